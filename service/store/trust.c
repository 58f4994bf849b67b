#include "sluice/store/trust.h"

#include <string.h>

#include "call.h"

static const struct sl_query install_query = {"trust_install",
    "SELECT sluice.trust_install($1::int, $2::bytea, $3::jsonb, $4::text)", 4,
    0};
static const struct sl_query latest_query = {
    "trust_latest", "SELECT sluice.trust_latest()", 0, 0};
static const struct sl_query show_query = {
    "trust_show", "SELECT sluice.trust_show($1::int)", 1, 0};
static const struct sl_query list_query = {
    "trust_list", "SELECT sluice.trust_list()", 0, 0};
static const struct sl_query versions_query = {
    "trust_versions", "SELECT sluice.trust_versions($1::int, $2::int)", 2, 0};
static const struct sl_query pin_query = {
    "trust_pin", "SELECT jsonb_build_object('pin', sluice.trust_pin())", 0, 0};

enum sl_status
sl_store_trust_install(json_t **out, struct sl_db *db,
    const struct sl_trust_installation *brought, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_int8(&params, brought->version);
	sl_params_bytea(&params, brought->text);
	sl_call_json_param(&params, brought->signatures);
	sl_params_text(&params, brought->reason);
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
sl_store_trust_list(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &list_query, NULL, err);
}

enum sl_status
sl_store_trust_versions(json_t **out, struct sl_db *db, uint32_t after,
    uint32_t limit, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_int8(&params, after);
	sl_params_int8(&params, limit);
	return sl_wait_json(out, db, &versions_query, &params, err);
}

size_t
sl_store_trust_signatures(
    struct sl_slice out[SL_TRUST_SIGNATURES_MAX], const json_t *version)
{
	json_t *signatures = json_object_get(version, "signatures");
	const char *key;
	json_t *value;
	size_t count = 0;

	if (json_object_size(signatures) > SL_TRUST_SIGNATURES_MAX)
		return 0;
	json_object_foreach (signatures, key, value)
		out[count++] = sl_slice_text(json_string_value(value));
	return count;
}

enum sl_status
sl_store_trust_load(
    struct sl_trust *out, struct sl_db *db, struct sl_error *err)
{
	struct sl_slice signatures[SL_TRUST_SIGNATURES_MAX];
	struct sl_trust trust;
	struct sl_slice text;
	json_t *version;
	enum sl_status status = sl_store_trust_latest(&version, db, err);

	if (status != SL_OK)
		return status;
	sl_trust_init(&trust);
	text =
	    sl_slice_text(json_string_value(json_object_get(version, "text")));
	status = sl_trust_parse(&trust, text, err);
	if (status == SL_OK)
		status = sl_trust_verify(&trust, text, signatures,
		    sl_store_trust_signatures(signatures, version), err);
	if (status == SL_OK) {
		sl_trust_clear(out);
		*out = trust;
	} else {
		sl_trust_clear(&trust);
		sl_error_prefix(err, status, "the trust file in the database");
	}
	json_decref(version);
	return status;
}

enum sl_status
sl_store_trust_pin(
    struct sl_trust_pin *out, struct sl_db *db, struct sl_error *err)
{
	json_t *answer;
	const json_t *pin;
	enum sl_status status;

	memset(out, 0, sizeof(*out));
	status = sl_wait_json(&answer, db, &pin_query, NULL, err);
	if (status != SL_OK)
		return status;
	pin = json_object_get(answer, "pin");
	if (!json_is_null(pin))
		status = sl_trust_pin_read(out, pin, err);
	json_decref(answer);
	return status;
}

/* ---- asynchronous ---- */

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
