#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/catalog/selection.h"

/* What is known of an episode number. */
enum mark {
	MARK_HELD = 1,
	MARK_TARGET = 2,
	MARK_TOUCHED = 4, /* something to fetch or drop */
	MARK_MISSING = 8, /* a segment of the target did not come */
};

struct marks {
	unsigned char *of; /* by number */
	uint32_t max;
	unsigned char bit;
};

void
sl_plan_clear(struct sl_plan *plan)
{
	sl_holdings_clear(&plan->target);
	sl_holdings_clear(&plan->fetch);
	sl_holdings_clear(&plan->drop);
	sl_multirange_clear(&plan->joined);
	sl_multirange_clear(&plan->revised);
	sl_multirange_clear(&plan->left);
	sl_multirange_clear(&plan->retracted);
	memset(plan, 0, sizeof(*plan));
}

enum sl_status
sl_plan_each(const struct sl_heads *heads, const struct sl_holdings *segments,
    sl_segment_fn *on_segment, void *ctx, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; i < segments->count; i++) {
		const struct sl_holding *batch = &segments->batches[i];
		const struct sl_index *index =
		    sl_heads_index(heads, batch->seq);

		for (size_t r = 0; r < batch->set.count; r++) {
			const struct sl_range *range = &batch->set.ranges[r];

			if (index == NULL ||
			    range->last >= index->segment_count)
				return sl_error_code(err, SL_ERR_INTEGRITY,
				    "no_such_segment",
				    "segment %u.%u is not in the batches that "
				    "are known",
				    batch->seq, range->last);
			for (uint32_t at = range->first;
			     status == SL_OK && at <= range->last; at++)
				status =
				    on_segment(ctx, batch->seq, at, index, err);
			if (status != SL_OK)
				return status;
		}
	}
	return SL_OK;
}

static enum sl_status
mark_segment(void *ctx, uint32_t seq, uint32_t ordinal,
    const struct sl_index *index, struct sl_error *err)
{
	uint32_t number = index->segments[ordinal].number;
	struct marks *marks = ctx;

	(void)seq;
	(void)err;
	if (number <= marks->max)
		marks->of[number] |= marks->bit;
	return SL_OK;
}

static enum sl_status
mark_all(struct marks *marks, const struct sl_heads *heads,
    const struct sl_holdings *segments, unsigned char bit, struct sl_error *err)
{
	marks->bit = bit;
	return sl_plan_each(heads, segments, mark_segment, marks, err);
}

static enum sl_status
marks_init(
    struct marks *marks, const struct sl_heads *heads, struct sl_error *err)
{
	marks->max = sl_live_max_number(heads->live);
	marks->of = calloc((size_t)marks->max + 1, 1);
	return marks->of != NULL
	    ? SL_OK
	    : sl_error_set(err, SL_ERR_NOMEM, "out of memory");
}

static bool
is_retracted(const struct sl_heads *heads, uint32_t number)
{
	struct sl_live_episode episode;

	return sl_live_find(&episode, heads->live, number) == SL_OK &&
	    episode.retracted;
}

static enum sl_status
note_number(struct sl_plan *plan, const struct sl_heads *heads, uint32_t number,
    unsigned char marks)
{
	switch (marks & (MARK_HELD | MARK_TARGET)) {
	case MARK_HELD:
		return sl_multirange_add(is_retracted(heads, number)
		        ? &plan->retracted
		        : &plan->left,
		    number, number);
	case MARK_TARGET:
		plan->episodes++;
		return sl_multirange_add(&plan->joined, number, number);
	case MARK_HELD | MARK_TARGET:
		plan->episodes++;
		if (marks & MARK_TOUCHED)
			return sl_multirange_add(
			    &plan->revised, number, number);
		return SL_OK;
	default:
		return SL_OK;
	}
}

/* From plan->target and `held`: everything else. */
static enum sl_status
derive(struct sl_plan *plan, const struct sl_heads *heads,
    const struct sl_holdings *held, struct sl_error *err)
{
	struct marks marks = {0};
	enum sl_status status;

	status = sl_holdings_subtract(&plan->fetch, &plan->target, held);
	if (status == SL_OK)
		status = sl_holdings_subtract(&plan->drop, held, &plan->target);
	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	status = marks_init(&marks, heads, err);
	if (status == SL_OK)
		status = mark_all(&marks, heads, held, MARK_HELD, err);
	if (status == SL_OK)
		status =
		    mark_all(&marks, heads, &plan->target, MARK_TARGET, err);
	if (status == SL_OK)
		status =
		    mark_all(&marks, heads, &plan->fetch, MARK_TOUCHED, err);
	if (status == SL_OK)
		status =
		    mark_all(&marks, heads, &plan->drop, MARK_TOUCHED, err);
	for (uint32_t n = 1; status == SL_OK && n <= marks.max; n++)
		status = note_number(plan, heads, n, marks.of[n]);
	free(marks.of);
	return status;
}

/* Items up to the last whole episode that fits max_bytes. */
static size_t
cut_by_bytes(const struct sl_selection *selection, const struct sl_heads *heads,
    uint64_t max_bytes)
{
	uint64_t bytes = 0;
	size_t cut = 0;

	if (max_bytes == 0)
		return selection->item_count;
	for (size_t i = 0; i < selection->item_count; i++) {
		const struct sl_selection_item *item = &selection->items[i];
		const struct sl_index_segment *segment =
		    sl_heads_segment(heads, item->seq, item->ordinal);

		if (segment != NULL && item->number > 0)
			bytes += segment->content_bytes;
		if (bytes > max_bytes)
			return cut;
		if (i + 1 == selection->item_count ||
		    selection->items[i + 1].number != item->number)
			cut = i + 1;
	}
	return cut;
}

static enum sl_status
select_target(struct sl_plan *plan, const struct sl_heads *heads,
    const struct sl_wish *wish, struct sl_error *err)
{
	const struct sl_request request = {
	    .layers = wish->has_layers ? &wish->layers : NULL,
	    .where = wish->where,
	    .episodes = wish->has_episodes ? &wish->episodes : NULL,
	    .max_episodes = wish->max_episodes,
	};
	struct sl_selection *selection;
	enum sl_status status;
	size_t count;

	status = sl_selection_compute(
	    &selection, heads->live, &heads->grant.scope, &request, err);
	if (status != SL_OK)
		return status;
	count = cut_by_bytes(selection, heads, wish->max_bytes);
	for (size_t i = 0; status == SL_OK && i < count; i++) {
		const struct sl_selection_item *item = &selection->items[i];

		if (!sl_multirange_contains(&wish->deleted, item->number))
			status = sl_holdings_add(&plan->target, item->seq,
			    item->ordinal, item->ordinal);
	}
	sl_selection_free(selection);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "out of memory");
}

enum sl_status
sl_plan_compute(struct sl_plan *plan, const struct sl_heads *heads,
    const struct sl_wish *wish, const struct sl_holdings *held,
    struct sl_error *err)
{
	struct sl_path_set *paths = NULL;
	enum sl_status status;

	memset(plan, 0, sizeof(*plan));
	plan->seq = (uint32_t)heads->count;
	if (wish->has_layers &&
	    !sl_layers_contain(&heads->grant.scope.layers, &wish->layers))
		return sl_error_code(err, SL_ERR_DENIED, "layer_not_in_scope",
		    "the licence does not cover a layer that was asked for");
	status = select_target(plan, heads, wish, err);
	if (status == SL_OK)
		status = derive(plan, heads, held, err);
	if (status == SL_OK)
		status = sl_plan_paths(&paths, heads, &plan->target, err);
	sl_path_set_free(paths);
	if (status != SL_OK)
		sl_plan_clear(plan);
	return status;
}

/* -- reduce -- */

struct reduction {
	struct sl_holdings *target;
	const struct sl_holdings *staged;
	const struct sl_holdings *held;
	const struct sl_heads *heads;
	struct marks marks;
	bool keeps_old; /* second pass: over what is held */
};

static enum sl_status
mark_missing(void *ctx, uint32_t seq, uint32_t ordinal,
    const struct sl_index *index, struct sl_error *err)
{
	uint32_t number = index->segments[ordinal].number;
	struct reduction *reduction = ctx;

	(void)err;
	if (number <= reduction->marks.max &&
	    !sl_holdings_contain(reduction->held, seq, ordinal) &&
	    !sl_holdings_contain(reduction->staged, seq, ordinal))
		reduction->marks.of[number] |= MARK_MISSING;
	return SL_OK;
}

static enum sl_status
keep_segment(void *ctx, uint32_t seq, uint32_t ordinal,
    const struct sl_index *index, struct sl_error *err)
{
	uint32_t number = index->segments[ordinal].number;
	struct reduction *reduction = ctx;
	bool is_missing;
	enum sl_status status;

	if (number > reduction->marks.max)
		return SL_OK;
	is_missing = (reduction->marks.of[number] & MARK_MISSING) != 0;
	if (is_missing != reduction->keeps_old ||
	    (is_missing && is_retracted(reduction->heads, number)))
		return SL_OK;
	status = sl_holdings_add(reduction->target, seq, ordinal, ordinal);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "out of memory");
}

enum sl_status
sl_plan_reduce(struct sl_plan *plan, const struct sl_heads *heads,
    const struct sl_holdings *held, const struct sl_holdings *staged,
    struct sl_error *err)
{
	struct sl_plan reduced = {.seq = plan->seq};
	struct reduction reduction = {
	    .target = &reduced.target,
	    .staged = staged,
	    .held = held,
	    .heads = heads,
	};
	enum sl_status status = marks_init(&reduction.marks, heads, err);

	if (status == SL_OK)
		status = sl_plan_each(
		    heads, &plan->target, mark_missing, &reduction, err);
	if (status == SL_OK)
		status = sl_plan_each(
		    heads, &plan->target, keep_segment, &reduction, err);
	reduction.keeps_old = true;
	if (status == SL_OK)
		status =
		    sl_plan_each(heads, held, keep_segment, &reduction, err);
	if (status == SL_OK)
		status = derive(&reduced, heads, held, err);
	free(reduction.marks.of);
	if (status != SL_OK) {
		sl_plan_clear(&reduced);
		return status;
	}
	sl_plan_clear(plan);
	*plan = reduced;
	return SL_OK;
}

/* -- paths and totals -- */

static enum sl_status
add_paths(void *ctx, uint32_t seq, uint32_t ordinal,
    const struct sl_index *index, struct sl_error *err)
{
	const struct sl_index_segment *segment = &index->segments[ordinal];
	struct sl_path_set *paths = ctx;
	enum sl_status status = SL_OK;

	for (uint32_t i = 0; status == SL_OK && i < segment->file_count; i++)
		status = sl_path_set_add(paths,
		    sl_slice_text(index->files[segment->file_first + i].path),
		    seq, err);
	if (status == SL_OK || status == SL_ERR_NOMEM)
		return status;
	if (err != NULL)
		err->status = SL_ERR_INTEGRITY;
	return sl_error_prefix(err, SL_ERR_INTEGRITY, "batch %u", seq);
}

enum sl_status
sl_plan_paths(struct sl_path_set **out, const struct sl_heads *heads,
    const struct sl_holdings *segments, struct sl_error *err)
{
	enum sl_status status = sl_path_set_new(out);

	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	status = sl_plan_each(heads, segments, add_paths, *out, err);
	if (status != SL_OK) {
		sl_path_set_free(*out);
		*out = NULL;
	}
	return status;
}

static enum sl_status
count_target(void *ctx, uint32_t seq, uint32_t ordinal,
    const struct sl_index *index, struct sl_error *err)
{
	struct sl_pull_result *result = ctx;

	(void)seq;
	(void)err;
	result->segments++;
	result->files += index->segments[ordinal].file_count;
	result->content_bytes += index->segments[ordinal].content_bytes;
	return SL_OK;
}

static enum sl_status
count_fetch(void *ctx, uint32_t seq, uint32_t ordinal,
    const struct sl_index *index, struct sl_error *err)
{
	struct sl_pull_result *result = ctx;

	(void)seq;
	(void)err;
	result->fetch_segments++;
	result->fetch_content += index->segments[ordinal].content_bytes;
	result->fetch_bytes += index->segments[ordinal].stored_bytes;
	result->fetch_chunks += index->segments[ordinal].chunk_count;
	result->added_files += index->segments[ordinal].file_count;
	return SL_OK;
}

static enum sl_status
count_drop(void *ctx, uint32_t seq, uint32_t ordinal,
    const struct sl_index *index, struct sl_error *err)
{
	struct sl_pull_result *result = ctx;

	(void)seq;
	(void)err;
	result->removed_files += index->segments[ordinal].file_count;
	return SL_OK;
}

static enum sl_status
replace(struct sl_multirange *out, const struct sl_multirange *set)
{
	sl_multirange_clear(out);
	return sl_multirange_copy(out, set);
}

enum sl_status
sl_plan_report(const struct sl_plan *plan, const struct sl_heads *heads,
    struct sl_pull_result *result)
{
	enum sl_status status;

	result->seq = plan->seq;
	result->episodes = plan->episodes;
	result->segments = result->files = result->content_bytes = 0;
	result->fetch_segments = result->fetch_content = 0;
	result->fetch_bytes = result->fetch_chunks = 0;
	result->added_files = result->removed_files = 0;
	status = sl_plan_each(heads, &plan->target, count_target, result, NULL);
	if (status == SL_OK)
		status = sl_plan_each(
		    heads, &plan->fetch, count_fetch, result, NULL);
	if (status == SL_OK)
		status =
		    sl_plan_each(heads, &plan->drop, count_drop, result, NULL);
	if (status == SL_OK)
		status = replace(&result->joined, &plan->joined);
	if (status == SL_OK)
		status = replace(&result->revised, &plan->revised);
	if (status == SL_OK)
		status = replace(&result->left, &plan->left);
	if (status == SL_OK)
		status = replace(&result->retracted, &plan->retracted);
	return status;
}
