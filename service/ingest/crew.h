/* Worker threads whose caller looks up from waiting ten times a second, and a
 * meter that they share with it.
 *
 * A job is the first member of its owner's state and lives until it was waited
 * for. */
#ifndef SL_INGEST_CREW_H
#define SL_INGEST_CREW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/workers.h"

/* What all jobs have read so far, and whether they are to end. */
struct meter {
	atomic_ullong bytes;
	atomic_bool is_cancelled;
};

/* False: end now. */
bool meter_add(struct meter *meter, uint64_t bytes);

struct crew;

struct crew_job {
	struct sl_job job;
	void (*run)(struct crew_job *job); /* on a worker thread */
	/* Ours. */
	struct crew *crew;
	bool is_done;
};

/* 0: two threads per processor, and not more than work within the memory that
 * an ingest may take. */
SL_MUST_CHECK enum sl_status crew_new(
    struct crew **out, unsigned thread_count, struct meter *meter);
/* Ends what is under way, which reads no further, and joins it; what is queued
 * is not begun.  NULL is allowed. */
void crew_free(struct crew *crew);

/* How many jobs keep the threads busy. */
size_t crew_window(const struct crew *crew);

void crew_submit(struct crew *crew, struct crew_job *job);

/* False ends the run. */
typedef bool crew_look_fn(void *ctx);

/* Until the job has run; calls `on_look` meanwhile and at the end.
 * SL_ERR_CANCELLED once that was false, the job is still under way then. */
SL_MUST_CHECK enum sl_status crew_wait(
    struct crew *crew, struct crew_job *job, crew_look_fn *on_look, void *ctx);

#endif /* SL_INGEST_CREW_H */
