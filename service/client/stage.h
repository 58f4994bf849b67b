/* Where decoded bytes wait: .sluice/<name>/SEQ/ORDINAL.FILE, written at their
 * offsets, in any order and on any thread. */
#ifndef SL_CLIENT_STAGE_H
#define SL_CLIENT_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/index.h"

#define SL_STAGE_NAME_MAX 32

/* The owner embeds it and calls close. */
struct sl_stage {
	int folder;
	int *batches; /* descriptors by seq - 1, or -1 */
	size_t count;
};

/* `meta` is .sluice, `count` how many batches there are. */
SL_MUST_CHECK enum sl_status sl_stage_open(struct sl_stage *stage, int meta,
    const char *name, size_t count, struct sl_error *err);
void sl_stage_close(struct sl_stage *stage);

/* Before the first write of a batch's file; one thread. */
SL_MUST_CHECK enum sl_status sl_stage_prepare(
    struct sl_stage *stage, uint32_t seq, struct sl_error *err);

struct sl_stage_file {
	uint32_t seq;
	uint32_t ordinal;
	uint32_t file; /* place in its segment */
};

/* "12.0" */
void sl_stage_name(
    char out[SL_STAGE_NAME_MAX], const struct sl_stage_file *file);

/* Descriptor of the folder of a prepared batch. */
int sl_stage_folder(const struct sl_stage *stage, uint32_t seq);

SL_MUST_CHECK enum sl_status sl_stage_write(const struct sl_stage *stage,
    const struct sl_stage_file *file, uint64_t offset, struct sl_slice bytes,
    struct sl_error *err);

/* Is it there as it was signed?  SL_ERR_NOT_FOUND, or SL_ERR_INTEGRITY.  Any
 * thread. */
SL_MUST_CHECK enum sl_status sl_stage_check(const struct sl_stage *stage,
    const struct sl_stage_file *file, const struct sl_index_file *info,
    struct sl_error *err);
/* Nothing there is fine. */
SL_MUST_CHECK enum sl_status sl_stage_remove(const struct sl_stage *stage,
    const struct sl_stage_file *file, struct sl_error *err);

/* Check the length, set the time, fsync if told.  SL_ERR_INTEGRITY with code
 * staging_damaged if it is not what was written there. */
SL_MUST_CHECK enum sl_status sl_stage_seal(const struct sl_stage *stage,
    const struct sl_stage_file *file, uint64_t bytes, int64_t published_us,
    bool sync, struct sl_error *err);

#endif /* SL_CLIENT_STAGE_H */
