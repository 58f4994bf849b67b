#include "sluice/store/request.h"

#include "call.h"

static const struct sl_query add_query = {"request_add",
    "SELECT sluice.request_add($1::uuid, $2::text, $3::text, "
    "$4::text, $5::text)",
    5, 0};
static const struct sl_query mine_query = {
    "customer_requests", "SELECT sluice.customer_requests($1::uuid)", 1, 0};
static const struct sl_query list_query = {
    "request_list", "SELECT sluice.request_list($1::text)", 1, 0};
static const struct sl_query show_query = {
    "request_show", "SELECT sluice.request_show($1::text)", 1, 0};
static const struct sl_query approve_query = {"request_approve",
    "SELECT sluice.request_approve($1::text, $2::text, $3::text)", 3, 0};
static const struct sl_query reject_query = {
    "request_reject", "SELECT sluice.request_reject($1::text, $2::text)", 2, 0};

enum sl_status
sl_store_request_add(struct sl_db *db, const struct sl_access_request *request,
    sl_json_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, &request->customer);
	sl_params_text(&params, request->kind);
	sl_params_text(&params, request->dataset);
	sl_params_text(&params, request->purpose);
	sl_params_text(&params, request->message);
	return sl_call_json(db, &add_query, &params, fn, ctx, err);
}

enum sl_status
sl_store_customer_requests(struct sl_db *db, const struct sl_uuid *customer,
    sl_json_fn *fn, void *ctx, struct sl_error *err)
{
	return sl_call_ids(db, &mine_query, &customer, fn, ctx, err);
}

/* ---- sluicectl ---- */

enum sl_status
sl_store_request_list(
    json_t **out, struct sl_db *db, const char *status, struct sl_error *err)
{
	const char *texts[] = {status};

	return sl_wait_texts(out, db, &list_query, texts, err);
}

enum sl_status
sl_store_request_show(
    json_t **out, struct sl_db *db, const char *id, struct sl_error *err)
{
	const char *texts[] = {id};

	return sl_wait_texts(out, db, &show_query, texts, err);
}

enum sl_status
sl_store_request_approve(json_t **out, struct sl_db *db, const char *id,
    const char *licence, const char *reason, struct sl_error *err)
{
	const char *texts[] = {id, licence, reason};

	return sl_wait_texts(out, db, &approve_query, texts, err);
}

enum sl_status
sl_store_request_reject(json_t **out, struct sl_db *db, const char *id,
    const char *reason, struct sl_error *err)
{
	const char *texts[] = {id, reason};

	return sl_wait_texts(out, db, &reject_query, texts, err);
}
