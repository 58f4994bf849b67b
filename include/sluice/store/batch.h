/* Visible batches and where their segments lie. */
#ifndef SLUICE_STORE_BATCH_H
#define SLUICE_STORE_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/uuid.h"
#include "sluice/catalog/entry.h"
#include "sluice/catalog/multirange.h"
#include "sluice/store/reply.h"

enum sl_batch_object_kind {
	SL_BATCH_MANIFEST,
	SL_BATCH_MINISIG,
	SL_BATCH_INDEX,
	SL_BATCH_FILES,
	SL_BATCH_QUALITY,
	SL_BATCH_PACK,
};
#define SL_BATCH_OBJECTS 6

struct sl_batch {
	uint32_t seq;
	struct sl_uuid publication; /* folder of its objects */
	int64_t published_us;
	uint64_t content_bytes;
	uint32_t segment_count;
	struct {
		uint64_t bytes;
		unsigned char sha256[32];
	} objects[SL_BATCH_OBJECTS];
};

typedef void sl_batches_fn(void *ctx, enum sl_status status,
    const struct sl_batch *batches, size_t count, const struct sl_error *err);

/* What a delivery has at most. */
#define SL_BATCHES_MAX 1000

/* Visible batches from `from` to `until`, ascending, at most SL_BATCHES_MAX. */
SL_MUST_CHECK enum sl_status sl_store_batches(struct sl_db *db, int64_t dataset,
    uint32_t from, uint32_t until, sl_batches_fn *fn, void *ctx,
    struct sl_error *err);

/* One segment, with what a licence has to know of it. */
struct sl_segment_row {
	uint32_t seq;
	uint32_t ordinal;
	uint32_t number;    /* of the episode, 0 for dataset files */
	uint32_t first_seq; /* batch that added the episode */
	uint32_t chunk_first;
	uint32_t chunk_count;
	const uint32_t *chunk_sizes; /* stored bytes of each chunk */
	uint64_t pack_offset;        /* of the first chunk */
	uint64_t stored_bytes;
	uint64_t content_bytes;
	uint64_t duration_ms; /* of the episode */
	bool retracted;
	bool erased;
	bool live; /* part of the episode's latest revision */
	const char *layer;
	struct sl_facets facets; /* of the latest revision up to page->seen */
	struct sl_uuid publication;
};

typedef void sl_segments_fn(void *ctx, enum sl_status status,
    const struct sl_segment_row *rows, size_t count,
    const struct sl_error *err);

/* Segments of one batch, named by ordinals or by the chunks they have. */
struct sl_segment_want {
	uint32_t seq;
	bool by_chunk;
	const struct sl_multirange *numbers;
};

/* One page, ordered by (seq, ordinal), each segment once, of visible batches up
 * to `seen`; what does not exist there is left out.  The page begins after
 * (after_seq, after_ordinal); pass 0, 0 and first true for the first.  `limit`
 * at most 2,048 rows. */
struct sl_segment_page {
	const struct sl_segment_want *wants;
	size_t want_count;
	uint32_t seen;
	bool first;
	uint32_t after_seq;
	uint32_t after_ordinal;
	uint32_t limit;
};

SL_MUST_CHECK enum sl_status sl_store_segments(struct sl_db *db,
    int64_t dataset, const struct sl_segment_page *page, sl_segments_fn *fn,
    void *ctx, struct sl_error *err);

/* What visible batches say of episodes, for sl_live_apply(). */
struct sl_entry_row {
	uint32_t seq;
	struct sl_entry entry;
};

typedef void sl_entries_fn(void *ctx, enum sl_status status,
    const struct sl_entry_row *rows, size_t count, const struct sl_error *err);

/* One page ordered by (seq, number), of batches up to `until`: what comes after
 * (after_seq, after_number).  Begin after batch n with (n, UINT32_MAX), from
 * the start with (0, UINT32_MAX).  `limit` at most 4,096 rows; fewer rows than
 * that mean the end. */
struct sl_entry_page {
	uint32_t until;
	uint32_t after_seq;
	uint32_t after_number;
	uint32_t limit;
};

SL_MUST_CHECK enum sl_status sl_store_entries(struct sl_db *db, int64_t dataset,
    const struct sl_entry_page *page, sl_entries_fn *fn, void *ctx,
    struct sl_error *err);

#endif /* SLUICE_STORE_BATCH_H */
