#include "sluice/store/audit.h"

#include "call.h"

static const struct sl_query list_query = {"audit_list",
    "SELECT sluice.audit_list($1::int, $2::bigint, $3::bigint, $4::text, "
    "$5::text, $6::text)",
    6, 0};
static const struct sl_query verify_query = {
    "audit_verify", "SELECT sluice.audit_verify()", 0, 0};

enum sl_status
sl_store_audit_list(json_t **out, struct sl_db *db,
    const struct sl_audit_search *search, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_int8(&params, search->limit);
	sl_call_number_param(&params, search->since_us);
	sl_call_number_param(&params, search->until_us);
	sl_params_text(&params, search->actor);
	sl_params_text(&params, search->action);
	sl_params_text(&params, search->customer);
	return sl_wait_json(out, db, &list_query, &params, err);
}

enum sl_status
sl_store_audit_verify(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &verify_query, NULL, err);
}
