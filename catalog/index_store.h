/* What an index keeps besides its tables, and the checks that parsing and
 * building share.  Private to catalog. */
#ifndef SLUICE_CATALOG_INDEX_STORE_PRIVATE_H
#define SLUICE_CATALOG_INDEX_STORE_PRIVATE_H

#include <stdbool.h>

#include "sluice/catalog/index.h"

/* A file that waits for seal. */
struct sl_index_pending {
	uint32_t number;
	char layer[SL_LAYER_MAX + 1];
	struct sl_index_file file;
};

struct sl_index_block {
	struct sl_index_block *next;
	size_t used;
	size_t size;
	char bytes[];
};

struct sl_index_store {
	struct sl_index_block *blocks; /* the strings */
	struct sl_index_pending *pending;
	size_t pending_count;
	bool sealed;
	uint32_t segments_ended; /* the segment under way while packing */
};

/* An index without anything in it. */
SL_MUST_CHECK enum sl_status sl_index_alloc(
    struct sl_index **out, struct sl_error *err);

/* A copy that lives as long as the index; NULL when out of memory. */
const char *sl_index_copy_text(struct sl_index *index, const char *text);

/* Make room for one more item of a table that grows by doubling. */
SL_MUST_CHECK enum sl_status sl_index_grow(void **table, size_t item_size,
    size_t count, size_t max, const char *what, struct sl_error *err);

/* Entries, segments and files against each other, all paths, and the sums
 * over files and entries; chunks are not looked at. */
SL_MUST_CHECK enum sl_status sl_index_check_tables(
    struct sl_index *index, struct sl_error *err);

/* One more chunk for a segment: sizes, order and sums. */
SL_MUST_CHECK enum sl_status sl_index_count_chunk(struct sl_index *index,
    struct sl_index_segment *segment, struct sl_index_chunk *chunk,
    struct sl_error *err);

/* All chunks of a segment are counted: can they hold a tar of its files? */
SL_MUST_CHECK enum sl_status sl_index_check_sizes(
    const struct sl_index_segment *segment, struct sl_error *err);

#endif /* SLUICE_CATALOG_INDEX_STORE_PRIVATE_H */
