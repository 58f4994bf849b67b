#include "sluice/store/usage.h"

#include "call.h"

/* Rows of one page; each is a few hundred bytes, unless its sets have gaps. */
#define PAGE_ROWS 1000

static const struct sl_query customer_usage_query = {"customer_usage",
    "SELECT sluice.customer_usage($1::uuid, $2::uuid, $3::text)", 3, 0};
static const struct sl_query ledger_rows_query = {"ledger_rows",
    "SELECT sluice.ledger_rows($1::uuid, $2::uuid, $3::bigint, $4::int)", 4, 0};
static const struct sl_query usage_report_query = {"usage_report",
    "SELECT sluice.usage_report($1::text, $2::text, $3::text)", 3, 0};
static const struct sl_query statement_query = {
    "statement", "SELECT sluice.statement($1::text, $2::text)", 2, 0};
static const struct sl_query export_query = {
    "usage_export", "SELECT sluice.usage_export($1::text, $2::text)", 2, 0};
static const struct sl_query reconcile_query = {
    "reconcile", "SELECT sluice.reconcile()", 0, 0};
static const struct sl_query adjust_query = {"usage_adjust",
    "SELECT sluice.usage_adjust($1::text, $2::bigint, $3::bigint, $4::boolean, "
    "$5::bigint, $6::bigint, $7::bigint, $8::text, $9::text)",
    9, 0};

enum sl_status
sl_store_customer_usage(struct sl_db *db, const struct sl_uuid *customer,
    const struct sl_uuid *licence, const char *month, sl_json_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, customer);
	sl_params_uuid(&params, licence);
	sl_params_text(&params, month);
	return sl_call_json(db, &customer_usage_query, &params, fn, ctx, err);
}

enum sl_status
sl_store_ledger_rows(struct sl_db *db, const struct sl_uuid *customer,
    const struct sl_uuid *licence, uint64_t after, sl_json_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, customer);
	sl_params_uuid(&params, licence);
	sl_params_int8(&params, after > INT64_MAX ? INT64_MAX : (int64_t)after);
	sl_params_int8(&params, PAGE_ROWS);
	return sl_call_json(db, &ledger_rows_query, &params, fn, ctx, err);
}

/* ---- sluicectl ---- */

enum sl_status
sl_store_usage_report(json_t **out, struct sl_db *db, const char *customer,
    const char *dataset, const char *month, struct sl_error *err)
{
	const char *const texts[] = {customer, dataset, month};

	return sl_wait_texts(out, db, &usage_report_query, texts, err);
}

enum sl_status
sl_store_statement(json_t **out, struct sl_db *db, const char *licence,
    const char *month, struct sl_error *err)
{
	const char *const texts[] = {licence, month};

	return sl_wait_texts(out, db, &statement_query, texts, err);
}

enum sl_status
sl_store_usage_export(json_t **out, struct sl_db *db, const char *month,
    const char *customer, struct sl_error *err)
{
	const char *const texts[] = {month, customer};

	return sl_wait_texts(out, db, &export_query, texts, err);
}

enum sl_status
sl_store_reconcile(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &reconcile_query, NULL, err);
}

/* A figure of a credit; 0 is SQL's NULL, for the row's own. */
static void
push_figure(struct sl_params *params, uint64_t figure)
{
	sl_call_number_param(
	    params, figure > INT64_MAX ? INT64_MAX : (int64_t)figure);
}

enum sl_status
sl_store_usage_adjust(json_t **out, struct sl_db *db,
    const struct sl_credit *credit, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, credit->licence);
	push_figure(&params, credit->row);
	if (credit->amount_micro == SL_CREDIT_REST)
		sl_params_null(&params);
	else
		sl_params_int8(&params, credit->amount_micro);
	sl_params_bool(&params, credit->restore_quota);
	push_figure(&params, credit->episodes);
	push_figure(&params, credit->duration_ms);
	push_figure(&params, credit->bytes);
	sl_params_text(&params, credit->reference);
	sl_params_text(&params, credit->reason);
	return sl_wait_json(out, db, &adjust_query, &params, err);
}
