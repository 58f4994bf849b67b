/* What a delivery still has to send, and in which tranches.
 *
 * A plan walks a fetch (batches with ordinals and chunk numbers) in order.
 * Rows of PostgreSQL for the next part of it become tranches: whole segments
 * of one batch, up to PLAN_TRANCHE_BYTES or one segment.  Each row is checked
 * against the licence's scope here.  No I/O. */
#ifndef SL_SESSION_PLAN_H
#define SL_SESSION_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/fetch.h"
#include "sluice/catalog/scope.h"
#include "sluice/store/batch.h"

#define PLAN_TRANCHE_BYTES (UINT64_C(16) << 20)
/* Rows asked for at once: about 40 KiB in memory. */
#define PLAN_PAGE_ROWS 512u
/* Ranges and batches named in one question. */
#define PLAN_PAGE_RANGES 1024u
#define PLAN_PAGE_WANTS  64u

/* Consecutive chunks of one segment. */
struct plan_run {
	uint32_t ordinal;
	uint32_t chunk_first; /* batch-wide number */
	uint32_t chunk_count;
	uint64_t offset; /* in the pack */
	size_t sizes;    /* of the first chunk, in the tranche's sizes */
};

/* Where a plan stands; a value, so that it can be taken back to. */
struct plan_cursor {
	size_t batch;
	struct plan_walk {
		size_t range;
		uint32_t offset;
	} segments, chunks;
};

struct tranche {
	struct tranche *next;
	struct plan_cursor start; /* of the plan, before this tranche */
	uint32_t seq;
	struct sl_uuid publication;
	uint64_t stored_bytes;
	struct plan_run *runs;
	size_t run_count;
	size_t run_capacity;
	uint32_t *sizes; /* stored bytes of each chunk */
	size_t size_count;
	size_t size_capacity;
	struct sl_multirange ordinals; /* to be charged */
};

void tranche_free(struct tranche *tranche);

/* Drop the runs from the first segment on that is not in `covered`; true if
 * something was dropped. */
bool tranche_cut(struct tranche *tranche, const struct sl_multirange *covered);

struct plan {
	struct sl_fetch fetch; /* owned */
	struct plan_cursor at;
	/* Only segments that touch this part of the pack; 0, UINT64_MAX: all */
	uint64_t byte_from;
	uint64_t byte_until;
	bool skips_retracted; /* leave them out instead of stopping */
	/* Why the plan stops before its end; "" if it does not. */
	char stop_code[SL_ERROR_CODE_MAX];
	uint32_t stop_seq;
	uint32_t stop_chunk;
	bool has_partial; /* some segment is sent in part only */
	/* The question under way. */
	struct sl_segment_want wants[PLAN_PAGE_WANTS];
	struct sl_multirange numbers[PLAN_PAGE_WANTS];
	size_t want_count;
	struct plan_cursor page_end;
};

/* Takes the fetch. */
void plan_init(struct plan *plan, struct sl_fetch *fetch);
void plan_drop(struct plan *plan);

/* Nothing is left, or the plan stops here. */
bool plan_is_done(const struct plan *plan);

/* Fill plan->wants with the next question.  May stop the plan instead. */
SL_MUST_CHECK enum sl_status plan_ask(struct plan *plan);

/* The rows of that question: append tranches to *tail and set *tail to the
 * place behind the last one.  Rows that the scope does not cover, that are
 * retracted or missing stop the plan. */
SL_MUST_CHECK enum sl_status plan_answer(struct plan *plan,
    const struct sl_scope *scope, const struct sl_segment_row *rows,
    size_t count, struct tranche ***tail);

/* Stop, at the first run of `next` or, if that is NULL, where the plan stands:
 * of a batch that is wanted by segments the chunk is not known, and stop_seq is
 * 0. */
void plan_stop(struct plan *plan, const struct tranche *next, const char *code);

/* Go back to where `cursor` was taken, e.g. after a new decision. */
void plan_rewind(struct plan *plan, const struct plan_cursor *cursor);

#endif /* SL_SESSION_PLAN_H */
