#include "sluice/store/customer.h"

#include "call.h"
#include "sluice/store/account.h"

static const struct sl_query add_query = {"customer_add",
    "SELECT sluice.customer_add($1::text, $2::text, $3::text, $4::text)", 4, 0};
static const struct sl_query list_query = {
    "customer_list", "SELECT sluice.customer_list()", 0, 0};
static const struct sl_query show_query = {
    "customer_show", "SELECT sluice.customer_show($1::text)", 1, 0};
static const struct sl_query token_issue_query = {"token_issue",
    "SELECT sluice.token_issue($1::text, $2::text, $3::text, $4::bytea, "
    "$5::text, $6::int, $7::bigint, $8::text)",
    8, 0};
static const struct sl_query token_list_query = {
    "token_list", "SELECT sluice.token_list($1::text)", 1, 0};
static const struct sl_query token_revoke_query = {
    "token_revoke", "SELECT sluice.token_revoke($1::text, $2::text)", 2, 0};
static const struct sl_query publisher_add_query = {"publisher_add",
    "SELECT sluice.publisher_add($1::text, $2::text, $3::text, $4::text)", 4,
    0};
static const struct sl_query publisher_list_query = {
    "publisher_list", "SELECT sluice.publisher_list()", 0, 0};
static const struct sl_query key_revoke_query = {
    "key_revoke", "SELECT sluice.key_revoke($1::text, $2::text)", 2, 0};
static const struct sl_query trusted_keys_query = {
    "trusted_keys", "SELECT sluice.trusted_keys($1::text)", 1, 0};
static const struct sl_query audit_list_query = {
    "audit_list", "SELECT sluice.audit_list($1::int)", 1, 0};
static const struct sl_query setting_list_query = {
    "setting_list", "SELECT sluice.setting_list()", 0, 0};
static const struct sl_query setting_set_query = {"setting_set",
    "SELECT sluice.setting_set($1::text, $2::text, $3::text)", 3, 0};

#define SCOPES_ALL (SL_SCOPE_CATALOG | SL_SCOPE_DELIVER | SL_SCOPE_USAGE)

/* What audit_list may give at once. */
#define AUDIT_MAX 100000

enum sl_status
sl_store_customer_add(json_t **out, struct sl_db *db, const char *name,
    const char *title, const char *contact, const char *reason,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, name);
	sl_params_text(&params, title);
	sl_params_text(&params, contact);
	sl_params_text(&params, reason);
	return sl_wait_json(out, db, &add_query, &params, err);
}

enum sl_status
sl_store_customer_list(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &list_query, NULL, err);
}

enum sl_status
sl_store_customer_show(
    json_t **out, struct sl_db *db, const char *name, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, name);
	return sl_wait_json(out, db, &show_query, &params, err);
}

enum sl_status
sl_store_token_issue(json_t **out, struct sl_db *db,
    const struct sl_token_new *token, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, token->customer);
	sl_params_text(&params, token->licence);
	sl_params_text(&params, token->name);
	sl_params_bytea(&params, sl_slice_of(token->mac, sizeof(token->mac)));
	sl_params_text(&params, token->tail);
	sl_params_int8(
	    &params, token->scopes == 0 ? SCOPES_ALL : token->scopes);
	if (token->expires_us == 0)
		sl_params_null(&params);
	else
		sl_params_int8(&params, token->expires_us);
	sl_params_text(&params, token->reason);
	return sl_wait_json(out, db, &token_issue_query, &params, err);
}

enum sl_status
sl_store_token_list(
    json_t **out, struct sl_db *db, const char *customer, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, customer);
	return sl_wait_json(out, db, &token_list_query, &params, err);
}

enum sl_status
sl_store_token_revoke(json_t **out, struct sl_db *db, const char *token,
    const char *reason, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, token);
	sl_params_text(&params, reason);
	return sl_wait_json(out, db, &token_revoke_query, &params, err);
}

enum sl_status
sl_store_publisher_add(json_t **out, struct sl_db *db, const char *name,
    const char *title, const char *login, const char *reason,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, name);
	sl_params_text(&params, title);
	sl_params_text(&params, login);
	sl_params_text(&params, reason);
	return sl_wait_json(out, db, &publisher_add_query, &params, err);
}

enum sl_status
sl_store_publisher_list(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &publisher_list_query, NULL, err);
}

enum sl_status
sl_store_key_revoke(json_t **out, struct sl_db *db, const char *public_key,
    const char *reason, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, public_key);
	sl_params_text(&params, reason);
	return sl_wait_json(out, db, &key_revoke_query, &params, err);
}

enum sl_status
sl_store_trusted_keys(
    json_t **out, struct sl_db *db, const char *customer, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, customer);
	return sl_wait_json(out, db, &trusted_keys_query, &params, err);
}

enum sl_status
sl_store_audit_list(
    json_t **out, struct sl_db *db, uint32_t limit, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_int8(&params, limit > AUDIT_MAX ? AUDIT_MAX : limit);
	return sl_wait_json(out, db, &audit_list_query, &params, err);
}

enum sl_status
sl_store_setting_list(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &setting_list_query, NULL, err);
}

enum sl_status
sl_store_setting_set(json_t **out, struct sl_db *db, const char *name,
    const char *value, const char *reason, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, name);
	sl_params_text(&params, value);
	sl_params_text(&params, reason);
	return sl_wait_json(out, db, &setting_set_query, &params, err);
}
