#include "statement_sum.h"

#include <string.h>

static bool
add(int64_t *sum, int64_t more)
{
	return !__builtin_add_overflow(*sum, more, sum);
}

/* False when a sum does not fit. */
static bool
add_rows(struct sl_statement_line *line, size_t *count,
    const struct sl_statement *statement)
{
	*count = 0;
	for (size_t i = 0; i < statement->row_count; i++) {
		const struct sl_ledger_row *row = &statement->rows[i];

		if (row->kind != line->kind)
			continue;
		++*count;
		if (!add(&line->episodes, row->episodes) ||
		    !add(&line->duration_ms, row->duration_ms) ||
		    !add(&line->bytes, row->bytes) ||
		    !add(&line->amount_micro, row->amount_micro))
			return false;
	}
	return true;
}

static bool
sum_up(struct sl_statement_sums *sums, const struct sl_statement *statement,
    uint32_t digits)
{
	static const enum sl_ledger_kind order[SL_LEDGER_KIND_COUNT] = {
	    SL_LEDGER_CHARGE, SL_LEDGER_FEE, SL_LEDGER_CREDIT};
	struct sl_statement_total *total = &sums->total;
	int64_t amount = 0;

	for (size_t i = 0; i < SL_LEDGER_KIND_COUNT; i++) {
		struct sl_statement_line line = {.kind = order[i]};
		size_t count;

		if (!add_rows(&line, &count, statement))
			return false;
		if (count == 0)
			continue;
		sl_money_format(line.amount, line.amount_micro, digits);
		if (!add(&total->episodes, line.episodes) ||
		    !add(&total->duration_ms, line.duration_ms) ||
		    !add(&total->bytes, line.bytes) ||
		    !add(&amount, sl_money_round(line.amount_micro, digits)))
			return false;
		sums->lines[sums->line_count++] = line;
	}
	sl_money_format(total->amount, amount, digits);
	return true;
}

enum sl_status
sl_statement_sum(struct sl_statement_sums *out,
    const struct sl_statement *statement, struct sl_error *err)
{
	uint32_t digits = 0;

	memset(out, 0, sizeof(*out));
	if (statement->currency[0] != '\0' &&
	    sl_currency_digits(&digits, sl_slice_text(statement->currency)) !=
	        SL_OK)
		return sl_error_set(
		    err, SL_ERR_INVALID, "the currency is not known here");
	if (!sum_up(out, statement, digits))
		return sl_error_code(err, SL_ERR_INTEGRITY, "line_differs",
		    "the sums are too great");
	return SL_OK;
}
