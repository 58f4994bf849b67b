#include "sluice/store/policy.h"

#include "call.h"

static const struct sl_query list_query = {
    "policy_list", "SELECT sluice.policy_list()", 0, 0};
static const struct sl_query show_query = {
    "policy_show", "SELECT sluice.policy_show($1::text)", 1, 0};
static const struct sl_query set_query = {"policy_set",
    "SELECT sluice.policy_set($1::text, $2::jsonb, $3::int, "
    "$4::text)",
    4, 0};
static const struct sl_query remove_query = {
    "policy_remove", "SELECT sluice.policy_remove($1::text, $2::text)", 2, 0};

enum sl_status
sl_store_policy_list(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &list_query, NULL, err);
}

enum sl_status
sl_store_policy_show(
    json_t **out, struct sl_db *db, const char *name, struct sl_error *err)
{
	const char *texts[] = {name};

	return sl_wait_texts(out, db, &show_query, texts, err);
}

enum sl_status
sl_store_policy_set(json_t **out, struct sl_db *db,
    const struct sl_policy_change *change, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, change->name);
	sl_call_json_param(&params, change->policy);
	sl_call_number_param(&params, change->version);
	sl_params_text(&params, change->reason);
	return sl_wait_json(out, db, &set_query, &params, err);
}

enum sl_status
sl_store_policy_remove(json_t **out, struct sl_db *db, const char *name,
    const char *reason, struct sl_error *err)
{
	const char *texts[] = {name, reason};

	return sl_wait_texts(out, db, &remove_query, texts, err);
}
