#include "sluice/store/receipt.h"

#include "call.h"

static const struct sl_query key_add_query = {"customer_key_add",
    "SELECT sluice.customer_key_add($1::uuid, $2::text)", 2, 0};
static const struct sl_query keys_query = {
    "customer_keys", "SELECT sluice.customer_keys($1::uuid)", 1, 0};
static const struct sl_query add_query = {"receipt_add",
    "SELECT sluice.receipt_add($1::uuid, $2::text, $3::text, "
    "$4::text)",
    4, 0};
static const struct sl_query mine_query = {"customer_receipts",
    "SELECT sluice.customer_receipts($1::uuid, $2::uuid)", 2, 0};
static const struct sl_query list_query = {
    "receipt_list", "SELECT sluice.receipt_list($1::text, $2::text)", 2, 0};
static const struct sl_query carry_query = {"receipt_carry",
    "SELECT sluice.receipt_carry($1::text, $2::text, $3::text, $4::text)", 4,
    0};
static const struct sl_query key_revoke_query = {"customer_key_revoke",
    "SELECT sluice.customer_key_revoke($1::text, $2::text)", 2, 0};

enum sl_status
sl_store_customer_key_add(struct sl_db *db, const struct sl_uuid *customer,
    const char *public_key, sl_json_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, customer);
	sl_params_text(&params, public_key);
	return sl_call_json(db, &key_add_query, &params, fn, ctx, err);
}

enum sl_status
sl_store_customer_keys(struct sl_db *db, const struct sl_uuid *customer,
    sl_json_fn *fn, void *ctx, struct sl_error *err)
{
	return sl_call_ids(db, &keys_query, &customer, fn, ctx, err);
}

enum sl_status
sl_store_receipt_add(struct sl_db *db, const struct sl_receipt_new *receipt,
    sl_json_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, &receipt->customer);
	sl_params_text(&params, receipt->public_key);
	sl_params_slice(&params, receipt->text);
	sl_params_slice(&params, receipt->minisig);
	return sl_call_json(db, &add_query, &params, fn, ctx, err);
}

enum sl_status
sl_store_customer_receipts(struct sl_db *db, const struct sl_uuid *customer,
    const struct sl_uuid *licence, sl_json_fn *fn, void *ctx,
    struct sl_error *err)
{
	const struct sl_uuid *ids[] = {customer, licence};

	return sl_call_ids(db, &mine_query, ids, fn, ctx, err);
}

/* ---- sluicectl ---- */

enum sl_status
sl_store_receipt_list(json_t **out, struct sl_db *db, const char *customer,
    const char *licence, struct sl_error *err)
{
	const char *texts[] = {customer, licence};

	return sl_wait_texts(out, db, &list_query, texts, err);
}

enum sl_status
sl_store_receipt_carry(json_t **out, struct sl_db *db,
    const struct sl_receipt_new *receipt, const char *reason,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, receipt->public_key);
	sl_params_slice(&params, receipt->text);
	sl_params_slice(&params, receipt->minisig);
	sl_params_text(&params, reason);
	return sl_wait_json(out, db, &carry_query, &params, err);
}

enum sl_status
sl_store_customer_key_revoke(json_t **out, struct sl_db *db,
    const char *public_key, const char *reason, struct sl_error *err)
{
	const char *texts[] = {public_key, reason};

	return sl_wait_texts(out, db, &key_revoke_query, texts, err);
}
