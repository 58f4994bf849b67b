#include "sluice/catalog/statement.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/catalog/month.h"
#include "statement_sum.h"

void
sl_statement_init(struct sl_statement *statement)
{
	memset(statement, 0, sizeof(*statement));
}

void
sl_statement_clear(struct sl_statement *statement)
{
	for (size_t i = 0; i < statement->row_count; i++)
		sl_ledger_row_clear(&statement->rows[i]);
	free(statement->rows);
	memset(statement, 0, sizeof(*statement));
}

/* Where the recomputation is. */
struct walk {
	struct sl_ledger_head head;
	int64_t at_us;
	int64_t month_us;
	int64_t episodes; /* charged in this month */
	int64_t duration_ms;
	int64_t fee_month_us; /* of the last fee */
};

static enum sl_status
differs(struct sl_error *err, const char *code, const struct sl_ledger_row *row,
    const char *what)
{
	return sl_error_code(err, SL_ERR_INTEGRITY, code, "row %llu %s",
	    (unsigned long long)row->number, what);
}

static enum sl_status
check_place(const struct walk *walk, const struct sl_statement *statement,
    const struct sl_ledger_row *row, struct sl_error *err)
{
	if (!sl_uuid_is(&row->licence, &statement->licence) ||
	    strcmp(row->dataset, statement->dataset) != 0)
		return differs(err, "row_misplaced", row,
		    "is of another licence or dataset");
	if (row->currency[0] != '\0' &&
	    strcmp(row->currency, statement->currency) != 0)
		return differs(
		    err, "row_misplaced", row, "is in another currency");
	if (row->at_us < statement->from_us ||
	    row->at_us >= statement->until_us)
		return differs(
		    err, "row_misplaced", row, "is not of this period");
	if (row->at_us < walk->at_us)
		return differs(err, "row_misplaced", row,
		    "is older than the row before it");
	return SL_OK;
}

/* What a charge must cost: the month with it less the month without. */
static enum sl_status
charge_amount(int64_t *out, struct walk *walk, const struct sl_ledger_row *row,
    const struct sl_price *price)
{
	int64_t before = 0;
	int64_t after = 0;
	enum sl_status status = SL_OK;

	if (price != NULL)
		status = sl_price_amount(
		    &before, price, walk->episodes, walk->duration_ms);
	if (__builtin_add_overflow(
	        walk->episodes, row->episodes, &walk->episodes) ||
	    __builtin_add_overflow(
	        walk->duration_ms, row->duration_ms, &walk->duration_ms))
		return SL_ERR_LIMIT;
	if (status == SL_OK && price != NULL)
		status = sl_price_amount(
		    &after, price, walk->episodes, walk->duration_ms);
	*out = after - before;
	return status;
}

/* A fee names its month, which is the row's, each month once.  It may be less
 * than the price says, where the agreement's ceiling left no more. */
static enum sl_status
check_fee(struct walk *walk, const struct sl_ledger_row *row,
    const struct sl_price *price, struct sl_error *err)
{
	int64_t month_us;

	if (sl_month_parse(&month_us, sl_slice_text(row->reference)) != SL_OK ||
	    month_us != sl_month_begin(row->at_us))
		return differs(err, "amount_differs", row,
		    "is a fee of another month than its own");
	if (month_us <= walk->fee_month_us)
		return differs(
		    err, "amount_differs", row, "is a second fee of its month");
	walk->fee_month_us = month_us;
	if (row->amount_micro > price->per_month)
		return differs(
		    err, "amount_differs", row, "is more than the monthly fee");
	return SL_OK;
}

static enum sl_status
check_charge(struct walk *walk, const struct sl_ledger_row *row,
    const struct sl_price *price, struct sl_error *err)
{
	int64_t amount = 0;

	if (charge_amount(&amount, walk, row, price) != SL_OK)
		return differs(
		    err, "amount_differs", row, "costs more than can be");
	if (amount != row->amount_micro)
		return sl_error_code(err, SL_ERR_INTEGRITY, "amount_differs",
		    "row %llu has amount %lld, its price gives %lld "
		    "(micro-units)",
		    (unsigned long long)row->number,
		    (long long)row->amount_micro, (long long)amount);
	return SL_OK;
}

static enum sl_status
check_amount(
    struct walk *walk, const struct sl_ledger_row *row, struct sl_error *err)
{
	struct sl_price price = {0};
	enum sl_status status = SL_OK;

	if (row->price != NULL)
		status = sl_price_parse(&price, sl_slice_text(row->price), err);
	if (status != SL_OK)
		return status;
	switch (row->kind) {
	case SL_LEDGER_CHARGE:
		return check_charge(
		    walk, row, row->price == NULL ? NULL : &price, err);
	case SL_LEDGER_FEE:
		return check_fee(walk, row, &price, err);
	case SL_LEDGER_CREDIT:
		break;
	}
	return SL_OK;
}

static enum sl_status
check_row(struct walk *walk, const struct sl_statement *statement,
    const struct sl_ledger_row *row, struct sl_error *err)
{
	int64_t month_us = sl_month_begin(row->at_us);
	enum sl_status status =
	    sl_ledger_follows(row, walk->head.number, walk->head.head, err);

	if (status == SL_OK)
		status = check_place(walk, statement, row, err);
	if (status != SL_OK)
		return status;
	if (month_us != walk->month_us) {
		walk->month_us = month_us;
		walk->episodes = 0;
		walk->duration_ms = 0;
	}
	walk->at_us = row->at_us;
	walk->head.number = row->number;
	memcpy(walk->head.head, row->hash, sizeof(walk->head.head));
	return check_amount(walk, row, err);
}

static enum sl_status
check_rows(
    uint64_t *row, const struct sl_statement *statement, struct sl_error *err)
{
	struct walk walk = {
	    .head = statement->opening, .fee_month_us = INT64_MIN};
	enum sl_status status = SL_OK;

	for (size_t i = 0; i < statement->row_count && status == SL_OK; i++) {
		status = check_row(&walk, statement, &statement->rows[i], err);
		if (status != SL_OK)
			*row = statement->rows[i].number;
	}
	if (status == SL_OK &&
	    (walk.head.number != statement->closing.number ||
	        memcmp(walk.head.head, statement->closing.head,
	            sizeof(walk.head.head)) != 0))
		status = sl_error_code(err, SL_ERR_INTEGRITY, "closing_differs",
		    "the closing is not the last row's number and hash");
	return status;
}

static bool
is_same_line(
    const struct sl_statement_line *a, const struct sl_statement_line *b)
{
	return a->kind == b->kind && a->episodes == b->episodes &&
	    a->duration_ms == b->duration_ms && a->bytes == b->bytes &&
	    a->amount_micro == b->amount_micro &&
	    strcmp(a->amount, b->amount) == 0;
}

static enum sl_status
check_sums(const struct sl_statement *statement, struct sl_error *err)
{
	struct sl_statement_sums sums;
	enum sl_status status = sl_statement_sum(&sums, statement, err);

	if (status != SL_OK)
		return status;
	if (sums.line_count != statement->line_count)
		return sl_error_code(err, SL_ERR_INTEGRITY, "line_differs",
		    "the rows give %zu lines, there are %zu", sums.line_count,
		    statement->line_count);
	for (size_t i = 0; i < sums.line_count; i++) {
		if (!is_same_line(&sums.lines[i], &statement->lines[i]))
			return sl_error_code(err, SL_ERR_INTEGRITY,
			    "line_differs",
			    "the line of every %s says %s, the sum of its rows "
			    "is %s (or its counts differ)",
			    sl_ledger_kind_name(sums.lines[i].kind),
			    statement->lines[i].amount, sums.lines[i].amount);
	}
	if (sums.total.episodes != statement->total.episodes ||
	    sums.total.duration_ms != statement->total.duration_ms ||
	    sums.total.bytes != statement->total.bytes ||
	    strcmp(sums.total.amount, statement->total.amount) != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "total_differs",
		    "the total says %s, the lines give %s (or its counts "
		    "differ)",
		    statement->total.amount, sums.total.amount);
	return SL_OK;
}

enum sl_status
sl_statement_check(
    uint64_t *row, const struct sl_statement *statement, struct sl_error *err)
{
	uint64_t number = 0;
	enum sl_status status = check_rows(&number, statement, err);

	if (status == SL_OK)
		status = check_sums(statement, err);
	if (row != NULL)
		*row = number;
	return status;
}
