#include "sluice/store/trust.h"

#include "call.h"

static const struct sl_query install_query = {"trust_install",
    "SELECT sluice.trust_install($1::int, $2::bytea, $3::jsonb)", 3, 0};
static const struct sl_query latest_query = {
    "trust_latest", "SELECT sluice.trust_latest()", 0, 0};
static const struct sl_query show_query = {
    "trust_show", "SELECT sluice.trust_show($1::int)", 1, 0};
static const struct sl_query pin_query = {
    "trust_pin", "SELECT sluice.trust_pin()", 0, 0};
static const struct sl_query versions_query = {
    "trust_versions", "SELECT sluice.trust_versions($1::int, $2::int)", 2, 0};

enum sl_status
sl_store_trust_install(json_t **out, struct sl_db *db, uint32_t version,
    struct sl_slice text, const json_t *signatures, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_int8(&params, version);
	sl_params_bytea(&params, text);
	sl_call_json_param(&params, signatures);
	return sl_wait_json(out, db, &install_query, &params, err);
}

enum sl_status
sl_store_trust_latest(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &latest_query, NULL, err);
}

enum sl_status
sl_store_trust_show(
    json_t **out, struct sl_db *db, uint32_t version, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_int8(&params, version);
	return sl_wait_json(out, db, &show_query, &params, err);
}

enum sl_status
sl_store_trust_pin(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &pin_query, NULL, err);
}

enum sl_status
sl_store_trust_after(struct sl_db *db, uint32_t after, uint32_t limit,
    sl_json_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_int8(&params, after);
	sl_params_int8(&params, limit);
	return sl_call_json(db, &versions_query, &params, fn, ctx, err);
}

enum sl_status
sl_store_trust_newest(
    struct sl_db *db, sl_json_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_null(&params);
	sl_params_int8(&params, 1);
	return sl_call_json(db, &versions_query, &params, fn, ctx, err);
}
