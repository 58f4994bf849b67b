/* What was charged: reports, the ledger's rows, statements, credits. */
#ifndef SLUICE_STORE_USAGE_H
#define SLUICE_STORE_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/uuid.h"
#include "sluice/store/reply.h"

/* ---- sluiced ---- */

/* {"usage":[…],"totals":…}; licence NULL: all; month "2026-11" or NULL. */
SL_MUST_CHECK enum sl_status sl_store_customer_usage(struct sl_db *db,
    const struct sl_uuid *customer, const struct sl_uuid *licence,
    const char *month, sl_json_fn *fn, void *ctx, struct sl_error *err);

/* {"licence":U,"rows":[…],"next":n|null}: the rows after number `after`, as
 * sl_ledger_row_from_json() takes them; `next` is what to ask after then.
 * SL_ERR_NOT_FOUND, code licence_not_found, if it is not the customer's. */
SL_MUST_CHECK enum sl_status sl_store_ledger_rows(struct sl_db *db,
    const struct sl_uuid *customer, const struct sl_uuid *licence,
    uint64_t after, sl_json_fn *fn, void *ctx, struct sl_error *err);

/* ---- sluicectl ---- */

/* Per licence and month: array of objects.  NULL: all. */
SL_MUST_CHECK enum sl_status sl_store_usage_report(json_t **out,
    struct sl_db *db, const char *customer, const char *dataset,
    const char *month, struct sl_error *err);

/* The parts of a statement for sl_statement_build().  Monthly fees that are
 * due are written. */
SL_MUST_CHECK enum sl_status sl_store_statement(json_t **out, struct sl_db *db,
    const char *licence, const char *month, struct sl_error *err);

/* What to invoice for a month, one object per licence and kind of row;
 * customer NULL: all.  Monthly fees that are due are written. */
SL_MUST_CHECK enum sl_status sl_store_usage_export(json_t **out,
    struct sl_db *db, const char *month, const char *customer,
    struct sl_error *err);

/* Everything recomputed from the ledger: array of what is wrong, [] if nothing
 * is. */
SL_MUST_CHECK enum sl_status sl_store_reconcile(
    json_t **out, struct sl_db *db, struct sl_error *err);

/* For sl_credit.amount_micro: all that is left of the row. */
#define SL_CREDIT_REST INT64_MIN

/* Money back, as a positive amount, and quota only with `restore_quota`: that
 * of the row, or the figures given here. */
struct sl_credit {
	const char *licence;
	uint64_t row; /* of the ledger; 0: none in particular */
	int64_t amount_micro;
	bool restore_quota;
	uint64_t episodes;
	uint64_t duration_ms;
	uint64_t bytes;
	const char *reference; /* a ticket; needed without a row */
	const char *reason;
};

/* {"row":{…},"changes":{…}}.  The same credit again changes nothing;
 * SL_ERR_CONFLICT, code reference_used, if it is not the same;
 * SL_ERR_LIMIT, code credit_too_large. */
SL_MUST_CHECK enum sl_status sl_store_usage_adjust(json_t **out,
    struct sl_db *db, const struct sl_credit *credit, struct sl_error *err);

#endif /* SLUICE_STORE_USAGE_H */
