/* The files of a set of segments, as a flat list. */
#ifndef SL_CLIENT_FILES_H
#define SL_CLIENT_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "heads.h"
#include "holdings.h"
#include "stage.h"

struct sl_file_ref {
	struct sl_stage_file place;
	const struct sl_index_file *info; /* borrowed from the heads */
	int64_t published_us;
};

/* The owner embeds it and calls clear. */
struct sl_file_list {
	struct sl_file_ref *items;
	size_t count;
	size_t capacity;
	uint64_t bytes;
};

/* In the order of seq, ordinal, file. */
SL_MUST_CHECK enum sl_status sl_file_list_build(struct sl_file_list *list,
    const struct sl_heads *heads, const struct sl_holdings *segments,
    struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_file_list_add(
    struct sl_file_list *list, const struct sl_file_ref *file);
/* By path. */
void sl_file_list_sort(struct sl_file_list *list);
void sl_file_list_clear(struct sl_file_list *list);

/* Call `run` once per item, on `threads` threads; the first failure ends it.
 * Each call has an error of its own; the first is copied to `err`. */
typedef enum sl_status sl_file_fn(void *ctx, size_t item, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_file_list_each(const struct sl_file_list *list,
    unsigned threads, sl_file_fn *run, void *ctx, struct sl_error *err);

#endif /* SL_CLIENT_FILES_H */
