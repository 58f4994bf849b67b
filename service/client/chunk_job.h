/* What a worker thread does with a received chunk: check its hash, decode it,
 * compare the tar headers, write the files' bytes, record it.  In this order:
 * nothing is written before its check. */
#ifndef SL_CLIENT_CHUNK_JOB_H
#define SL_CLIENT_CHUNK_JOB_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "checks.h"
#include "journal.h"
#include "sluice/base/error.h"
#include "stage.h"
#include "want.h"

struct sl_bench; /* decoders for as many threads as there are */

SL_MUST_CHECK enum sl_status sl_bench_new(
    struct sl_bench **out, unsigned seats);
void sl_bench_free(struct sl_bench *bench);

struct sl_chunk_task {
	const struct sl_want *want; /* its reader is open */
	uint32_t chunk;             /* batch-wide number */
	struct sl_slice stored;
	const struct sl_stage *stage;
	struct sl_journal *journal;     /* NULL: record nothing */
	const struct sl_checks *checks; /* or NULL */
};

/* Any thread.  Blocks while all seats are taken. */
SL_MUST_CHECK enum sl_status sl_chunk_task_run(struct sl_bench *bench,
    const struct sl_chunk_task *task, struct sl_error *err);

#endif /* SL_CLIENT_CHUNK_JOB_H */
