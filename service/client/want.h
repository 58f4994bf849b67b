/* The chunks that are wanted, in runs, and the segments they belong to. */
#ifndef SL_CLIENT_WANT_H
#define SL_CLIENT_WANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heads.h"
#include "holdings.h"
#include "sluice/base/error.h"
#include "sluice/pack/segment_reader.h"

/* A segment of which chunks are wanted. */
struct sl_want {
	uint32_t seq;
	uint32_t ordinal;
	const struct sl_index *index;
	const struct sl_index_segment *segment;
	/* Bit per file of the segment: write only these; NULL: all. */
	unsigned char *files;
	struct sl_segment_reader *reader; /* while chunks are under way */
	uint32_t chunks_left;
	size_t episode; /* place in sl_wants.episodes */
};

/* Consecutive chunks of one want. */
struct sl_run_of {
	struct sl_want *want;
	uint32_t first; /* batch-wide chunk number */
	uint32_t count;
};

struct sl_wants {
	struct sl_want *items; /* by seq, ordinal */
	size_t count;
	size_t capacity;
	struct sl_run_of *runs; /* what is left to ask for */
	size_t run_count;
	size_t run_capacity;
	uint32_t *episodes; /* per episode: segments left */
	size_t episode_count;
	bool has_own_files; /* the first of them is the pseudo-episode 0 */
	size_t episodes_done;
	uint64_t decoded_bytes; /* of all wanted segments */
	uint64_t decoded_done;
	uint64_t chunks;        /* in runs at the beginning */
	uint64_t stored_bytes;  /* of them */
	uint64_t chunks_staged; /* not in runs: they are there already */
};

/* Segments `fetch` without chunks `done` (batch-wide numbers). */
SL_MUST_CHECK enum sl_status sl_wants_build(struct sl_wants *wants,
    const struct sl_heads *heads, const struct sl_holdings *fetch,
    const struct sl_holdings *done, struct sl_error *err);

/* A damaged file: file `file` of a segment.  Call in the order of seq,
 * ordinal; finish with sl_wants_seal. */
SL_MUST_CHECK enum sl_status sl_wants_add_file(struct sl_wants *wants,
    const struct sl_heads *heads, uint32_t seq, uint32_t ordinal, uint32_t file,
    struct sl_error *err);
/* `is_needed` (NULL: all are) says of each chunk that covers a file whether it
 * is to be fetched. */
SL_MUST_CHECK enum sl_status sl_wants_seal(struct sl_wants *wants,
    bool (*is_needed)(void *ctx, const struct sl_want *want, uint32_t chunk),
    void *ctx, struct sl_error *err);

void sl_wants_clear(struct sl_wants *wants);

/* A reader for the segment; its chunks and sizes are checked against the
 * index (SL_ERR_INTEGRITY). */
SL_MUST_CHECK enum sl_status sl_want_open_reader(
    struct sl_want *want, struct sl_error *err);

/* Put runs back to be asked for again. */
SL_MUST_CHECK enum sl_status sl_wants_put_back(
    struct sl_wants *wants, const struct sl_run_of *run);

/* Take runs of about `bytes` stored bytes from the front, ascending, ending
 * between episodes if that is not far; *out is the caller's to free. */
SL_MUST_CHECK enum sl_status sl_wants_take(struct sl_wants *wants,
    uint64_t bytes, struct sl_run_of **out, size_t *count);

/* Segments that are whole: no chunk of them is left. */
SL_MUST_CHECK enum sl_status sl_wants_whole(
    const struct sl_wants *wants, struct sl_holdings *out);

#endif /* SL_CLIENT_WANT_H */
