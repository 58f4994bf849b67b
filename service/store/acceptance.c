#include "sluice/store/acceptance.h"

#include "call.h"

static const struct sl_query text_add_query = {
    "terms_text_add", "SELECT sluice.terms_text_add($1::text, $2::text)", 2, 0};
static const struct sl_query licence_text_query = {
    "licence_text", "SELECT sluice.licence_text($1::uuid, $2::uuid)", 2, 0};
static const struct sl_query accept_query = {"licence_accept",
    "SELECT sluice.licence_accept($1::uuid, $2::uuid, $3::text, "
    "$4::text)",
    4, 0};

enum sl_status
sl_store_terms_text_add(json_t **out, struct sl_db *db, struct sl_slice text,
    const char *reason, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_slice(&params, text);
	sl_params_text(&params, reason);
	return sl_wait_json(out, db, &text_add_query, &params, err);
}

/* ---- sluiced ---- */

enum sl_status
sl_store_licence_text(struct sl_db *db, const struct sl_uuid *customer,
    const struct sl_uuid *licence, sl_json_fn *fn, void *ctx,
    struct sl_error *err)
{
	const struct sl_uuid *ids[] = {customer, licence};

	return sl_call_ids(db, &licence_text_query, ids, fn, ctx, err);
}

enum sl_status
sl_store_licence_accept(struct sl_db *db,
    const struct sl_acceptance_new *acceptance, sl_json_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, &acceptance->customer);
	sl_params_uuid(&params, &acceptance->licence);
	sl_params_text(&params, acceptance->sha256);
	sl_params_text(&params, acceptance->person);
	return sl_call_json(db, &accept_query, &params, fn, ctx, err);
}
