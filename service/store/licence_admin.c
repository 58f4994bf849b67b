#include "sluice/store/licence_admin.h"

#include "call.h"

static const struct sl_query grant_query = {"licence_grant",
    "SELECT sluice.licence_grant($1::text, $2::text, $3::jsonb, "
    "$4::text, $5::text, $6::uuid)",
    6, 0};
static const struct sl_query amend_query = {"licence_amend",
    "SELECT sluice.licence_amend($1::text, $2::jsonb, $3::int, "
    "$4::text)",
    4, 0};
static const struct sl_query renew_query = {"licence_renew",
    "SELECT sluice.licence_renew($1::text, $2::bigint, $3::int, "
    "$4::text)",
    4, 0};
static const struct sl_query set_status_query = {"licence_set_status",
    "SELECT sluice.licence_set_status($1::text, $2::text, $3::text)", 3, 0};
static const struct sl_query list_query = {
    "licence_list", "SELECT sluice.licence_list($1::text, $2::text)", 2, 0};
static const struct sl_query show_query = {
    "licence_show", "SELECT sluice.licence_show($1::text)", 1, 0};
static const struct sl_query explain_state_query = {"licence_explain_state",
    "SELECT sluice.licence_explain_state($1::text)", 1, 0};
static const struct sl_query export_query = {
    "licence_export", "SELECT sluice.licence_export($1::text)", 1, 0};

enum sl_status
sl_store_licence_grant(json_t **out, struct sl_db *db,
    const struct sl_licence_new *licence, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, licence->customer);
	sl_params_text(&params, licence->dataset);
	sl_call_json_param(&params, licence->terms);
	sl_params_text(&params, licence->agreement);
	sl_params_text(&params, licence->reason);
	sl_params_text(&params, licence->id);
	return sl_wait_json(out, db, &grant_query, &params, err);
}

enum sl_status
sl_store_licence_amend(json_t **out, struct sl_db *db,
    const struct sl_licence_change *change, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, change->licence);
	sl_call_json_param(&params, change->terms);
	sl_call_number_param(&params, change->version);
	sl_params_text(&params, change->reason);
	return sl_wait_json(out, db, &amend_query, &params, err);
}

enum sl_status
sl_store_licence_renew(json_t **out, struct sl_db *db,
    const struct sl_licence_renew *change, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, change->licence);
	sl_params_int8(&params, change->until_us);
	sl_call_number_param(&params, change->version);
	sl_params_text(&params, change->reason);
	return sl_wait_json(out, db, &renew_query, &params, err);
}

enum sl_status
sl_store_licence_set_status(json_t **out, struct sl_db *db, const char *licence,
    const char *status, const char *reason, struct sl_error *err)
{
	const char *texts[] = {licence, status, reason};

	return sl_wait_texts(out, db, &set_status_query, texts, err);
}

enum sl_status
sl_store_licence_list(json_t **out, struct sl_db *db, const char *customer,
    const char *dataset, struct sl_error *err)
{
	const char *texts[] = {customer, dataset};

	return sl_wait_texts(out, db, &list_query, texts, err);
}

enum sl_status
sl_store_licence_show(
    json_t **out, struct sl_db *db, const char *licence, struct sl_error *err)
{
	const char *texts[] = {licence};

	return sl_wait_texts(out, db, &show_query, texts, err);
}

enum sl_status
sl_store_licence_explain_state(
    json_t **out, struct sl_db *db, const char *licence, struct sl_error *err)
{
	const char *texts[] = {licence};

	return sl_wait_texts(out, db, &explain_state_query, texts, err);
}

enum sl_status
sl_store_licence_export(
    json_t **out, struct sl_db *db, const char *licence, struct sl_error *err)
{
	const char *texts[] = {licence};

	return sl_wait_texts(out, db, &export_query, texts, err);
}
