#include "charge.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* -- the mirrors -- */

void
sl_evidence_close(struct sl_evidence *evidence)
{
	for (size_t i = 0; i < evidence->count; i++)
		sl_check_clear(&evidence->checks[i]);
	evidence->count = 0;
}

static enum sl_status
open_one(struct sl_check *check, struct sl_error *err)
{
	enum sl_status status = sl_check_open(check, SL_MIRROR_LOOK, err);

	if (status != SL_OK)
		return status;
	status = sl_check_load_whole(check, err);
	if (status != SL_OK)
		sl_check_clear(check);
	return status;
}

enum sl_status
sl_evidence_open(struct sl_evidence *evidence,
    const struct sl_bill_options *options, struct sl_error *err)
{
	memset(evidence, 0, sizeof(*evidence));
	for (size_t i = 0; i < options->mirror_count; i++) {
		struct sl_check *check = &evidence->checks[i];
		enum sl_status status;

		evidence->looks[i].dir = options->mirrors[i];
		check->options = &evidence->looks[i];
		check->result = &evidence->unused;
		status = open_one(check, err);
		if (status != SL_OK) {
			sl_evidence_close(evidence);
			return status;
		}
		evidence->count = i + 1;
	}
	return SL_OK;
}

/* The batch as one of the mirrors has it; NULL if none does. */
static const struct sl_index *
find_index(const struct sl_evidence *evidence, const struct sl_ledger_row *row)
{
	for (size_t i = 0; i < evidence->count; i++) {
		const struct sl_check *check = &evidence->checks[i];
		const struct sl_index *index;

		if (strcmp(check->mirror.state.dataset, row->dataset) != 0)
			continue;
		index = sl_heads_index(&check->heads, row->seq);
		if (index != NULL)
			return index;
	}
	return NULL;
}

static bool
is_held(const struct sl_evidence *evidence, const struct sl_ledger_row *row,
    uint32_t ordinal)
{
	for (size_t i = 0; i < evidence->count; i++) {
		const struct sl_state *state =
		    &evidence->checks[i].mirror.state;

		if (strcmp(state->dataset, row->dataset) == 0 &&
		    sl_holdings_contain(&state->held, row->seq, ordinal))
			return true;
	}
	return false;
}

/* -- the sums -- */

struct sums {
	const struct sl_evidence *evidence;
	struct sl_bill_result *result;
	struct sl_holdings charged; /* by rows before */
	struct sl_multirange numbers;
	int64_t bytes;
	int64_t duration_ms;
	struct sl_multirange named; /* episodes whose segments the row names */
};

static enum sl_status
differ(struct sl_bill_difference *out, const struct sl_ledger_row *row,
    const char *field, int64_t said, int64_t ours)
{
	out->row = row->number;
	snprintf(out->field, sizeof(out->field), "%s", field);
	snprintf(out->said, sizeof(out->said), "%" PRId64, said);
	snprintf(out->ours, sizeof(out->ours), "%" PRId64, ours);
	return SL_ERR_INTEGRITY;
}

static enum sl_status
twice(struct sl_bill_difference *out, const struct sl_ledger_row *row,
    const char *field, uint32_t what)
{
	out->row = row->number;
	snprintf(out->field, sizeof(out->field), "%s", field);
	snprintf(out->said, sizeof(out->said), "%u", what);
	snprintf(out->ours, sizeof(out->ours), "%s", "charged before");
	return SL_ERR_INTEGRITY;
}

/* The same episode or segment a second time? */
static enum sl_status
check_twice(struct sums *sums, const struct sl_ledger_row *row,
    struct sl_bill_difference *out)
{
	enum sl_status status = SL_OK;

	for (size_t r = 0; r < row->ordinals.count; r++) {
		const struct sl_range *range = &row->ordinals.ranges[r];

		for (uint32_t at = range->first; at <= range->last; at++) {
			if (sl_holdings_contain(&sums->charged, row->seq, at))
				return twice(out, row, "ordinals", at);
		}
		status = sl_holdings_add(
		    &sums->charged, row->seq, range->first, range->last);
		if (status != SL_OK)
			return status;
	}
	for (size_t r = 0; r < row->numbers.count; r++) {
		const struct sl_range *range = &row->numbers.ranges[r];

		for (uint32_t at = range->first; at <= range->last; at++) {
			if (sl_multirange_contains(&sums->numbers, at))
				return twice(out, row, "numbers", at);
		}
	}
	return sl_multirange_unite(&sums->numbers, &row->numbers);
}

static enum sl_status
add_segment(struct sums *sums, const struct sl_ledger_row *row,
    const struct sl_index *index, uint32_t ordinal)
{
	const struct sl_index_segment *segment = &index->segments[ordinal];
	struct sl_bill_result *result = sums->result;
	enum sl_status status;

	/* The dataset's own files are free. */
	if (segment->number == 0)
		return SL_OK;
	sums->bytes += (int64_t)segment->content_bytes;
	status =
	    sl_multirange_add(&sums->named, segment->number, segment->number);
	if (status != SL_OK || is_held(sums->evidence, row, ordinal))
		return status;
	result->not_held_segments++;
	result->not_held_bytes += segment->content_bytes;
	return sl_multirange_add(
	    &result->not_held_episodes, segment->number, segment->number);
}

/* Episodes are charged once, with the duration that the batch says. */
static enum sl_status
add_numbers(struct sums *sums, const struct sl_ledger_row *row,
    const struct sl_index *index, struct sl_bill_difference *out)
{
	for (size_t r = 0; r < row->numbers.count; r++) {
		const struct sl_range *range = &row->numbers.ranges[r];

		for (uint32_t at = range->first; at <= range->last; at++) {
			const struct sl_entry *entry =
			    sl_index_find_entry(index, at);

			if (entry == NULL ||
			    !sl_multirange_contains(&sums->named, at))
				return differ(out, row, "numbers", at, 0);
			sums->duration_ms += entry->facets.duration_ms;
		}
	}
	return SL_OK;
}

static enum sl_status
check_sums(const struct sums *sums, const struct sl_ledger_row *row,
    struct sl_bill_difference *out)
{
	int64_t episodes = (int64_t)sl_multirange_count(&row->numbers);

	if (row->episodes != episodes)
		return differ(out, row, "episodes", row->episodes, episodes);
	if (row->duration_ms != sums->duration_ms)
		return differ(out, row, "duration_ms", row->duration_ms,
		    sums->duration_ms);
	if (row->bytes != sums->bytes)
		return differ(out, row, "bytes", row->bytes, sums->bytes);
	return SL_OK;
}

static enum sl_status
check_charge(struct sums *sums, const struct sl_ledger_row *row,
    struct sl_bill_difference *out)
{
	const struct sl_index *index = find_index(sums->evidence, row);
	enum sl_status status = check_twice(sums, row, out);

	if (status != SL_OK || index == NULL)
		return status;
	sums->bytes = sums->duration_ms = 0;
	sl_multirange_clear(&sums->named);
	for (size_t r = 0; r < row->ordinals.count; r++) {
		const struct sl_range *range = &row->ordinals.ranges[r];

		if (range->last >= index->segment_count)
			return differ(out, row, "ordinals", range->last,
			    (int64_t)index->segment_count - 1);
		for (uint32_t at = range->first;
		     status == SL_OK && at <= range->last; at++)
			status = add_segment(sums, row, index, at);
	}
	if (status == SL_OK)
		status = add_numbers(sums, row, index, out);
	if (status == SL_OK)
		status = check_sums(sums, row, out);
	if (status == SL_OK)
		sums->result->recomputed++;
	return status;
}

enum sl_status
sl_charge_check(const struct sl_evidence *evidence,
    struct sl_bill_result *result, struct sl_bill_difference *difference,
    struct sl_error *err)
{
	const struct sl_statement *statement = &result->statement;
	struct sums sums = {.evidence = evidence, .result = result};
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < statement->row_count; i++) {
		const struct sl_ledger_row *row = &statement->rows[i];

		if (row->kind != SL_LEDGER_CHARGE)
			continue;
		result->charges++;
		status = check_charge(&sums, row, difference);
	}
	if (status == SL_ERR_INTEGRITY)
		sl_error_code(err, status,
		    strcmp(difference->ours, "charged before") == 0
		        ? "charged_twice"
		        : "charge_differs",
		    "row %" PRIu64 ": %s is %s, the signed index gives %s",
		    difference->row, difference->field, difference->said,
		    difference->ours);
	else if (status != SL_OK)
		sl_error_set(err, status, "out of memory");
	sl_holdings_clear(&sums.charged);
	sl_multirange_clear(&sums.numbers);
	sl_multirange_clear(&sums.named);
	return status;
}
