#include "sluice/store/operator.h"

#include "call.h"

static const struct sl_query start_query = {
    "backup_start", "SELECT sluice.backup_start()", 0, 0};
static const struct sl_query heads_query = {
    "backup_heads", "SELECT sluice.backup_heads()", 0, 0};
static const struct sl_query add_query = {
    "login_add", "SELECT sluice.login_add($1::text, $2::text, $3::text)", 3, 0};
static const struct sl_query list_query = {
    "login_list", "SELECT sluice.login_list()", 0, 0};
static const struct sl_query remove_query = {
    "login_remove", "SELECT sluice.login_remove($1::text, $2::text)", 2, 0};

enum sl_status
sl_store_backup_start(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &start_query, NULL, err);
}

enum sl_status
sl_store_backup_heads(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &heads_query, NULL, err);
}

enum sl_status
sl_store_login_add(json_t **out, struct sl_db *db, const char *login,
    const char *role, const char *reason, struct sl_error *err)
{
	const char *texts[] = {login, role, reason};

	return sl_wait_texts(out, db, &add_query, texts, err);
}

enum sl_status
sl_store_login_list(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &list_query, NULL, err);
}

enum sl_status
sl_store_login_remove(json_t **out, struct sl_db *db, const char *login,
    const char *reason, struct sl_error *err)
{
	const char *texts[] = {login, reason};

	return sl_wait_texts(out, db, &remove_query, texts, err);
}
