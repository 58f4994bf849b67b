#include "sluice/store/publisher.h"

#include "call.h"

static const struct sl_query add_query = {"publisher_add",
    "SELECT sluice.publisher_add($1::text, $2::text, $3::text, "
    "$4::text)",
    4, 0};
static const struct sl_query list_query = {
    "publisher_list", "SELECT sluice.publisher_list()", 0, 0};
static const struct sl_query login_add_query = {"publisher_login_add",
    "SELECT sluice.publisher_login_add($1::text, $2::text, "
    "$3::text, $4::text)",
    4, 0};
static const struct sl_query login_remove_query = {"publisher_login_remove",
    "SELECT sluice.publisher_login_remove($1::text, $2::text, "
    "$3::text)",
    3, 0};
static const struct sl_query key_revoke_query = {
    "key_revoke", "SELECT sluice.key_revoke($1::text, $2::text)", 2, 0};
static const struct sl_query billing_add_query = {"billing_key_add",
    "SELECT sluice.billing_key_add($1::text, $2::text)", 2, 0};
static const struct sl_query billing_list_query = {
    "billing_key_list", "SELECT sluice.billing_key_list()", 0, 0};
static const struct sl_query billing_revoke_query = {"billing_key_revoke",
    "SELECT sluice.billing_key_revoke($1::text, $2::text)", 2, 0};

enum sl_status
sl_store_publisher_add(json_t **out, struct sl_db *db, const char *name,
    const char *title, const char *login, const char *reason,
    struct sl_error *err)
{
	const char *texts[] = {name, title, login, reason};

	return sl_wait_texts(out, db, &add_query, texts, err);
}

enum sl_status
sl_store_publisher_list(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &list_query, NULL, err);
}

enum sl_status
sl_store_publisher_login_add(json_t **out, struct sl_db *db,
    const char *publisher, const char *login, const char *site,
    const char *reason, struct sl_error *err)
{
	const char *texts[] = {publisher, login, site, reason};

	return sl_wait_texts(out, db, &login_add_query, texts, err);
}

enum sl_status
sl_store_publisher_login_remove(json_t **out, struct sl_db *db,
    const char *publisher, const char *login, const char *reason,
    struct sl_error *err)
{
	const char *texts[] = {publisher, login, reason};

	return sl_wait_texts(out, db, &login_remove_query, texts, err);
}

enum sl_status
sl_store_key_revoke(json_t **out, struct sl_db *db, const char *public_key,
    const char *reason, struct sl_error *err)
{
	const char *texts[] = {public_key, reason};

	return sl_wait_texts(out, db, &key_revoke_query, texts, err);
}

/* ---- billing keys ---- */

enum sl_status
sl_store_billing_key_add(json_t **out, struct sl_db *db, const char *public_key,
    const char *reason, struct sl_error *err)
{
	const char *texts[] = {public_key, reason};

	return sl_wait_texts(out, db, &billing_add_query, texts, err);
}

enum sl_status
sl_store_billing_key_list(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &billing_list_query, NULL, err);
}

enum sl_status
sl_store_billing_key_revoke(json_t **out, struct sl_db *db,
    const char *public_key, const char *reason, struct sl_error *err)
{
	const char *texts[] = {public_key, reason};

	return sl_wait_texts(out, db, &billing_revoke_query, texts, err);
}
