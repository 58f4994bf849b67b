/* A statement: the rows of one licence's ledger for whole UTC months, their
 * sums, and what they cost.  It is signed by the billing key; anyone can
 * recompute it.  JSON, version 1, one line:
 *
 *   {"version":1,"type":"statement","licence":U,"customer":NAME,"dataset":D,
 *    "agreement":NAME|null,"currency":"EUR"|null,
 *    "period":{"from":T,"until":T},"opening":{"number":n,"head":hex},
 *    "rows":[…],"closing":{"number":n,"head":hex},
 *    "lines":[{"kind":"charge","programme":"","episodes":n,"duration_ms":n,
 *      "bytes":n,"amount_micro":n,"amount":"12.34"}],
 *    "total":{"episodes":n,"duration_ms":n,"bytes":n,"amount":"12.34"},
 *    "issued":T}
 *
 * One line for each kind that occurs, in the order charge, fee, credit; a
 * line's amount is the sum of its rows rounded half-even once to the
 * currency's minor unit, and the total is the sum of the rounded lines. */
#ifndef SLUICE_CATALOG_STATEMENT_H
#define SLUICE_CATALOG_STATEMENT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/ledger.h"

#define SL_STATEMENT_BYTES_MAX (128 * 1024 * 1024)

/* A place in a ledger: row `number` has hash `head`; 0 and zeros before the
 * first. */
struct sl_ledger_head {
	uint64_t number;
	unsigned char head[SL_SHA256_BYTES];
};

struct sl_statement_line {
	enum sl_ledger_kind kind;
	int64_t episodes;
	int64_t duration_ms;
	int64_t bytes;
	int64_t amount_micro;           /* not rounded */
	char amount[SL_MONEY_TEXT_MAX]; /* rounded */
};

struct sl_statement_total {
	int64_t episodes;
	int64_t duration_ms;
	int64_t bytes;
	char amount[SL_MONEY_TEXT_MAX];
};

/* The owner embeds it and calls clear. */
struct sl_statement {
	struct sl_uuid licence;
	char customer[SL_SLUG_MAX + 1];
	char dataset[SL_DATASET_NAME_MAX + 1];
	char agreement[SL_SLUG_MAX + 1]; /* "" for none */
	char currency[4];                /* "" for none */
	char programme[SL_SLUG_MAX + 1]; /* of every line; "" for none */
	int64_t from_us;
	int64_t until_us;
	struct sl_ledger_head opening;
	struct sl_ledger_row *rows;
	size_t row_count;
	struct sl_ledger_head closing;
	struct sl_statement_line lines[SL_LEDGER_KIND_COUNT];
	size_t line_count;
	struct sl_statement_total total;
	int64_t issued_us;
};

void sl_statement_init(struct sl_statement *statement);
void sl_statement_clear(struct sl_statement *statement);

/* Make one of the parts that the database has: the JSON above without "lines"
 * and "total", with "programme".  Key order is free.  What does not recompute
 * is refused, so it is never signed.  *out must be initialised and is replaced
 * on success only. */
SL_MUST_CHECK enum sl_status sl_statement_build(
    struct sl_statement *out, const json_t *parts, struct sl_error *err);

/* The form only, strictly; see check. */
SL_MUST_CHECK enum sl_status sl_statement_parse(
    struct sl_statement *out, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_statement_format(
    struct sl_buf *buf, const struct sl_statement *statement);

/* Recompute it: the chain from opening to closing, every row's time in the
 * period, amounts month by month from the prices frozen in the rows, fees of
 * each month once and at most the price, lines and total.  SL_ERR_INTEGRITY
 * with code row_missing, row_altered, row_misplaced, amount_differs,
 * line_differs, total_differs or closing_differs; `row` (NULL is allowed)
 * becomes the number of the first row that differs, 0 if it is none. */
SL_MUST_CHECK enum sl_status sl_statement_check(
    uint64_t *row, const struct sl_statement *statement, struct sl_error *err);

#endif /* SLUICE_CATALOG_STATEMENT_H */
