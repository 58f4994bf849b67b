#include "sluice/store/setting.h"

#include "call.h"

static const struct sl_query list_query = {
    "setting_list", "SELECT sluice.setting_list()", 0, 0};
static const struct sl_query set_query = {"setting_set",
    "SELECT sluice.setting_set($1::text, $2::text, $3::text)", 3, 0};

enum sl_status
sl_store_setting_list(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &list_query, NULL, err);
}

enum sl_status
sl_store_setting_set(json_t **out, struct sl_db *db, const char *name,
    const char *value, const char *reason, struct sl_error *err)
{
	const char *texts[] = {name, value, reason};

	return sl_wait_texts(out, db, &set_query, texts, err);
}
