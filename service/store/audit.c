#include "sluice/store/audit.h"

#include "call.h"

static const struct sl_query list_query = {
    "audit_list", "SELECT sluice.audit_list($1::int)", 1, 0};
static const struct sl_query verify_query = {
    "audit_verify", "SELECT sluice.audit_verify()", 0, 0};

/* What audit_list may give at once. */
#define AUDIT_MAX 100000

enum sl_status
sl_store_audit_list(
    json_t **out, struct sl_db *db, uint32_t limit, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_int8(&params, limit > AUDIT_MAX ? AUDIT_MAX : limit);
	return sl_wait_json(out, db, &list_query, &params, err);
}

enum sl_status
sl_store_audit_verify(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &verify_query, NULL, err);
}
