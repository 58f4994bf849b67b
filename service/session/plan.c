#include "plan.h"

#include <stdlib.h>
#include <string.h>

void
tranche_free(struct tranche *tranche)
{
	if (tranche == NULL)
		return;
	free(tranche->runs);
	free(tranche->sizes);
	sl_multirange_clear(&tranche->ordinals);
	free(tranche);
}

bool
tranche_cut(struct tranche *tranche, const struct sl_multirange *covered)
{
	for (size_t i = 0; i < tranche->run_count; i++) {
		if (!sl_multirange_contains(
		        covered, tranche->runs[i].ordinal)) {
			tranche->run_count = i;
			return true;
		}
	}
	return false;
}

void
plan_init(struct plan *plan, struct sl_fetch *fetch)
{
	memset(plan, 0, sizeof(*plan));
	plan->fetch = *fetch;
	sl_fetch_init(fetch);
	plan->byte_until = UINT64_MAX;
}

void
plan_drop(struct plan *plan)
{
	for (size_t i = 0; i < PLAN_PAGE_WANTS; i++)
		sl_multirange_clear(&plan->numbers[i]);
	sl_fetch_clear(&plan->fetch);
}

static bool
walk_is_done(const struct plan_walk *walk, const struct sl_multirange *set)
{
	return walk->range >= set->count;
}

/* The next wanted number. */
static uint32_t
walk_value(const struct plan_walk *walk, const struct sl_multirange *set)
{
	return set->ranges[walk->range].first + walk->offset;
}

/* Step over all wanted numbers up to `last`, which are of one range. */
static void
walk_past(
    struct plan_walk *walk, const struct sl_multirange *set, uint32_t last)
{
	const struct sl_range *range = &set->ranges[walk->range];

	if (last >= range->last) {
		walk->range++;
		walk->offset = 0;
	} else {
		walk->offset = last + 1 - range->first;
	}
}

static const struct sl_fetch_batch *
batch_at(const struct plan *plan, const struct plan_cursor *at)
{
	return at->batch < plan->fetch.batch_count
	    ? &plan->fetch.batches[at->batch]
	    : NULL;
}

static bool
is_batch_done(const struct plan_cursor *at, const struct sl_fetch_batch *batch)
{
	return walk_is_done(&at->segments, &batch->segments) &&
	    walk_is_done(&at->chunks, &batch->chunks);
}

static void
next_batch(struct plan_cursor *at)
{
	at->batch++;
	memset(&at->segments, 0, sizeof(at->segments));
	memset(&at->chunks, 0, sizeof(at->chunks));
}

static void
skip_done_batches(struct plan *plan)
{
	const struct sl_fetch_batch *batch;

	while ((batch = batch_at(plan, &plan->at)) != NULL &&
	    is_batch_done(&plan->at, batch))
		next_batch(&plan->at);
}

bool
plan_is_done(const struct plan *plan)
{
	return plan->stop_code[0] != '\0' || batch_at(plan, &plan->at) == NULL;
}

void
plan_rewind(struct plan *plan, const struct plan_cursor *cursor)
{
	plan->at = *cursor;
	plan->stop_code[0] = '\0';
}

/* Name what is left of one set, as far as there is room; *cut if not all. */
static enum sl_status
ask_set(struct plan *plan, size_t *used, struct plan_cursor *at, bool by_chunk,
    bool *cut)
{
	const struct sl_fetch_batch *batch = batch_at(plan, at);
	const struct sl_multirange *set =
	    by_chunk ? &batch->chunks : &batch->segments;
	struct plan_walk *walk = by_chunk ? &at->chunks : &at->segments;
	struct sl_segment_want *want = &plan->wants[plan->want_count];
	struct sl_multirange *numbers = &plan->numbers[plan->want_count];

	if (walk_is_done(walk, set))
		return SL_OK;
	sl_multirange_clear(numbers);
	while (!walk_is_done(walk, set) && *used < PLAN_PAGE_RANGES) {
		uint32_t last = set->ranges[walk->range].last;
		enum sl_status status =
		    sl_multirange_add(numbers, walk_value(walk, set), last);

		if (status != SL_OK)
			return status;
		walk_past(walk, set, last);
		(*used)++;
	}
	*cut = !walk_is_done(walk, set);
	if (numbers->count == 0)
		return SL_OK;
	want->seq = batch->seq;
	want->by_chunk = by_chunk;
	want->numbers = numbers;
	plan->want_count++;
	return SL_OK;
}

static void
stop(struct plan *plan, const char *code, uint32_t seq, uint32_t chunk)
{
	snprintf(plan->stop_code, sizeof(plan->stop_code), "%s", code);
	plan->stop_seq = seq;
	plan->stop_chunk = chunk;
}

void
plan_stop(struct plan *plan, const struct tranche *next, const char *code)
{
	const struct sl_fetch_batch *batch = batch_at(plan, &plan->at);

	if (next != NULL && next->run_count > 0)
		stop(plan, code, next->seq, next->runs[0].chunk_first);
	else if (batch != NULL &&
	    walk_is_done(&plan->at.segments, &batch->segments) &&
	    !walk_is_done(&plan->at.chunks, &batch->chunks))
		stop(plan, code, batch->seq,
		    walk_value(&plan->at.chunks, &batch->chunks));
	else
		stop(plan, code, 0, 0);
}

/* Segments and chunks of one batch are walked side by side, so both have to be
 * in the same question. */
static bool
is_too_long(const struct plan_cursor *at, const struct sl_fetch_batch *batch,
    size_t used)
{
	size_t segments = batch->segments.count - at->segments.range;
	size_t chunks = batch->chunks.count - at->chunks.range;

	return segments > 0 && chunks > 0 &&
	    segments + chunks > PLAN_PAGE_RANGES - used;
}

enum sl_status
plan_ask(struct plan *plan)
{
	struct plan_cursor at = plan->at;
	const struct sl_fetch_batch *batch;
	bool cut = false;
	size_t used = 0;

	plan->want_count = 0;
	while (!cut && (batch = batch_at(plan, &at)) != NULL &&
	    plan->want_count + 2 <= PLAN_PAGE_WANTS) {
		enum sl_status status;

		if (is_too_long(&at, batch, used)) {
			if (used == 0)
				stop(plan, "too_many_ranges", batch->seq, 0);
			break;
		}
		status = ask_set(plan, &used, &at, true, &cut);
		if (status == SL_OK && !cut)
			status = ask_set(plan, &used, &at, false, &cut);
		if (status != SL_OK)
			return status;
		if (!cut)
			next_batch(&at);
	}
	plan->page_end = at;
	return SL_OK;
}

/* Why this row may not be sent; NULL if it may. */
static const char *
judge_row(const struct sl_scope *scope, const struct sl_segment_row *row)
{
	if (row->erased)
		return "erased";
	if (row->retracted)
		return "retracted";
	if (row->number == 0)
		return NULL;
	if (!sl_scope_covers_layer(scope, row->layer))
		return "layer_not_in_scope";
	if (!sl_scope_covers_episode(
	        scope, row->number, row->first_seq, &row->facets))
		return "episode_not_in_scope";
	return NULL;
}

static bool
grow(void **items, size_t *capacity, size_t need, size_t item_size)
{
	size_t wanted = *capacity == 0 ? 16 : *capacity;
	void *grown;

	while (wanted < need)
		wanted *= 2;
	if (wanted == *capacity)
		return true;
	grown = reallocarray(*items, wanted, item_size);
	if (grown == NULL)
		return false;
	*items = grown;
	*capacity = wanted;
	return true;
}

/* Chunks `first` to `last` (batch-wide numbers) of a row. */
static enum sl_status
add_run(struct tranche *tranche, const struct sl_segment_row *row,
    uint32_t first, uint32_t last)
{
	uint32_t count = last - first + 1;
	uint32_t skipped = first - row->chunk_first;
	struct plan_run *run;

	if (!grow((void **)&tranche->runs, &tranche->run_capacity,
	        tranche->run_count + 1, sizeof(*tranche->runs)) ||
	    !grow((void **)&tranche->sizes, &tranche->size_capacity,
	        tranche->size_count + count, sizeof(*tranche->sizes)))
		return SL_ERR_NOMEM;
	run = &tranche->runs[tranche->run_count++];
	run->ordinal = row->ordinal;
	run->chunk_first = first;
	run->chunk_count = count;
	run->sizes = tranche->size_count;
	run->offset = row->pack_offset;
	for (uint32_t i = 0; i < skipped; i++)
		run->offset += row->chunk_sizes[i];
	for (uint32_t i = skipped; i < skipped + count; i++) {
		tranche->sizes[tranche->size_count++] = row->chunk_sizes[i];
		tranche->stored_bytes += row->chunk_sizes[i];
	}
	return SL_OK;
}

/* The wanted chunks of a row. */
static enum sl_status
add_chunks(struct plan *plan, const struct sl_multirange *wanted,
    const struct sl_segment_row *row, struct tranche *tranche)
{
	uint32_t end = row->chunk_first + row->chunk_count;
	struct plan_walk *walk = &plan->at.chunks;

	while (!walk_is_done(walk, wanted) && walk_value(walk, wanted) < end) {
		uint32_t first = walk_value(walk, wanted);
		uint32_t last = wanted->ranges[walk->range].last;
		enum sl_status status;

		if (last >= end)
			last = end - 1;
		status = add_run(tranche, row, first, last);
		if (status != SL_OK)
			return status;
		if (last - first + 1 < row->chunk_count)
			plan->has_partial = true;
		walk_past(walk, wanted, last);
	}
	return SL_OK;
}

static void
skip_chunks(struct plan *plan, const struct sl_multirange *wanted, uint32_t end)
{
	struct plan_walk *walk = &plan->at.chunks;

	while (!walk_is_done(walk, wanted) && walk_value(walk, wanted) < end) {
		uint32_t last = wanted->ranges[walk->range].last;

		walk_past(walk, wanted, last < end ? last : end - 1);
	}
}

/* Step over what was wanted of a row; true if all of it was. */
static bool
pass_row(struct plan *plan, const struct sl_fetch_batch *batch,
    const struct sl_segment_row *row)
{
	bool whole = !walk_is_done(&plan->at.segments, &batch->segments) &&
	    walk_value(&plan->at.segments, &batch->segments) == row->ordinal;

	if (whole)
		walk_past(&plan->at.segments, &batch->segments, row->ordinal);
	return whole;
}

static enum sl_status
take_row(struct plan *plan, const struct sl_fetch_batch *batch,
    const struct sl_segment_row *row, struct tranche *tranche)
{
	uint32_t end = row->chunk_first + row->chunk_count;
	enum sl_status status =
	    sl_multirange_add(&tranche->ordinals, row->ordinal, row->ordinal);

	if (status != SL_OK)
		return status;
	if (!pass_row(plan, batch, row))
		return add_chunks(plan, &batch->chunks, row, tranche);
	skip_chunks(plan, &batch->chunks, end);
	if (row->chunk_count == 0)
		return SL_OK;
	return add_run(tranche, row, row->chunk_first, end - 1);
}

/* Of a pack request: does the segment lie outside of the range asked for? */
static bool
is_outside(const struct plan *plan, const struct sl_segment_row *row)
{
	return row->pack_offset >= plan->byte_until ||
	    row->pack_offset + row->stored_bytes <= plan->byte_from;
}

/* The row's batch, after having stepped over those that are done; NULL if
 * something wanted before this row does not exist. */
static const struct sl_fetch_batch *
reach_row(struct plan *plan, const struct sl_segment_row *row)
{
	const struct sl_fetch_batch *batch;

	skip_done_batches(plan);
	batch = batch_at(plan, &plan->at);
	if (batch == NULL || batch->seq != row->seq)
		return NULL;
	if (!walk_is_done(&plan->at.segments, &batch->segments) &&
	    walk_value(&plan->at.segments, &batch->segments) < row->ordinal)
		return NULL;
	if (!walk_is_done(&plan->at.chunks, &batch->chunks) &&
	    walk_value(&plan->at.chunks, &batch->chunks) < row->chunk_first)
		return NULL;
	return batch;
}

static bool
is_full(const struct tranche *tranche, const struct sl_segment_row *row)
{
	return tranche->seq != row->seq ||
	    tranche->stored_bytes + row->stored_bytes > PLAN_TRANCHE_BYTES;
}

static struct tranche *
tranche_new(const struct plan *plan, const struct sl_segment_row *row)
{
	struct tranche *tranche = calloc(1, sizeof(*tranche));

	if (tranche == NULL)
		return NULL;
	tranche->start = plan->at;
	tranche->seq = row->seq;
	tranche->publication = row->publication;
	return tranche;
}

/* After a page that has all the rows: what is still wanted does not exist. */
static void
finish_page(struct plan *plan)
{
	const struct sl_fetch_batch *batch;

	skip_done_batches(plan);
	batch = batch_at(plan, &plan->at);
	if (batch == NULL || plan->at.batch > plan->page_end.batch)
		return;
	if (plan->at.batch == plan->page_end.batch &&
	    plan->at.segments.range >= plan->page_end.segments.range &&
	    plan->at.chunks.range >= plan->page_end.chunks.range)
		return;
	stop(plan, "not_found", batch->seq, 0);
}

enum sl_status
plan_answer(struct plan *plan, const struct sl_scope *scope,
    const struct sl_segment_row *rows, size_t count, struct tranche ***tail)
{
	struct tranche *tranche = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct sl_segment_row *row = &rows[i];
		const struct sl_fetch_batch *batch = reach_row(plan, row);
		const char *code = "not_found";
		enum sl_status status;

		if (batch != NULL &&
		    (is_outside(plan, row) ||
		        (plan->skips_retracted &&
		            (row->retracted || row->erased)))) {
			(void)pass_row(plan, batch, row);
			continue;
		}
		if (batch != NULL)
			code = judge_row(scope, row);
		if (code != NULL) {
			stop(plan, code, row->seq, row->chunk_first);
			return SL_OK;
		}
		if (tranche == NULL || is_full(tranche, row)) {
			tranche = tranche_new(plan, row);
			if (tranche == NULL)
				return SL_ERR_NOMEM;
			**tail = tranche;
			*tail = &tranche->next;
		}
		status = take_row(plan, batch, row, tranche);
		if (status != SL_OK)
			return status;
	}
	if (count < PLAN_PAGE_ROWS)
		finish_page(plan);
	else
		skip_done_batches(plan);
	return SL_OK;
}
