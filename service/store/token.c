#include "sluice/store/token.h"

#include "call.h"
#include "sluice/store/account.h"

static const struct sl_query issue_query = {"token_issue",
    "SELECT sluice.token_issue($1::text, $2::text, $3::text, "
    "$4::bytea, $5::text, $6::int, $7::bigint, $8::text)",
    8, 0};
static const struct sl_query list_query = {
    "token_list", "SELECT sluice.token_list($1::text)", 1, 0};
static const struct sl_query rotate_query = {"token_rotate",
    "SELECT sluice.token_rotate($1::text, $2::bytea, $3::text, "
    "$4::bigint, $5::int, $6::text)",
    6, 0};
static const struct sl_query revoke_query = {
    "token_revoke", "SELECT sluice.token_revoke($1::text, $2::text)", 2, 0};
static const struct sl_query revoke_all_query = {"token_revoke_all",
    "SELECT sluice.token_revoke_all($1::text, $2::text)", 2, 0};
static const struct sl_query activation_add_query = {"activation_add",
    "SELECT sluice.activation_add($1::text, $2::text, $3::text, "
    "$4::bytea, $5::int, $6::bigint, $7::bigint, $8::text)",
    8, 0};
static const struct sl_query activation_list_query = {
    "activation_list", "SELECT sluice.activation_list($1::text)", 1, 0};
static const struct sl_query redeem_query = {"activation_redeem",
    "SELECT sluice.activation_redeem($1::bytea, $2::bytea, "
    "$3::bytea, $4::text)",
    4, 0};

#define SCOPES_ALL (SL_SCOPE_CATALOG | SL_SCOPE_DELIVER | SL_SCOPE_USAGE)
#define MAC_SIZE   32

static void
mac_param(struct sl_params *params, const unsigned char mac[MAC_SIZE])
{
	sl_params_bytea(params, sl_slice_of(mac, MAC_SIZE));
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
	mac_param(&params, token->mac);
	sl_params_text(&params, token->tail);
	sl_params_int8(
	    &params, token->scopes == 0 ? SCOPES_ALL : token->scopes);
	sl_call_number_param(&params, token->expires_us);
	sl_params_text(&params, token->reason);
	return sl_wait_json(out, db, &issue_query, &params, err);
}

enum sl_status
sl_store_token_list(
    json_t **out, struct sl_db *db, const char *customer, struct sl_error *err)
{
	const char *texts[] = {customer};

	return sl_wait_texts(out, db, &list_query, texts, err);
}

enum sl_status
sl_store_token_rotate(json_t **out, struct sl_db *db,
    const struct sl_token_rotate *rotate, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, rotate->token);
	mac_param(&params, rotate->mac);
	sl_params_text(&params, rotate->tail);
	sl_call_number_param(&params, rotate->expires_us);
	sl_params_int8(&params, rotate->overlap_s);
	sl_params_text(&params, rotate->reason);
	return sl_wait_json(out, db, &rotate_query, &params, err);
}

enum sl_status
sl_store_token_revoke(json_t **out, struct sl_db *db, const char *token,
    const char *reason, struct sl_error *err)
{
	const char *texts[] = {token, reason};

	return sl_wait_texts(out, db, &revoke_query, texts, err);
}

enum sl_status
sl_store_token_revoke_all(json_t **out, struct sl_db *db, const char *customer,
    const char *reason, struct sl_error *err)
{
	const char *texts[] = {customer, reason};

	return sl_wait_texts(out, db, &revoke_all_query, texts, err);
}

/* ---- activations ---- */

enum sl_status
sl_store_activation_add(json_t **out, struct sl_db *db,
    const struct sl_activation_new *activation, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, activation->customer);
	sl_params_text(&params, activation->licence);
	sl_params_text(&params, activation->name);
	mac_param(&params, activation->code_mac);
	sl_params_int8(
	    &params, activation->scopes == 0 ? SCOPES_ALL : activation->scopes);
	sl_call_number_param(&params, activation->expires_us);
	sl_call_number_param(&params, activation->token_expires_us);
	sl_params_text(&params, activation->reason);
	return sl_wait_json(out, db, &activation_add_query, &params, err);
}

enum sl_status
sl_store_activation_list(
    json_t **out, struct sl_db *db, const char *customer, struct sl_error *err)
{
	const char *texts[] = {customer};

	return sl_wait_texts(out, db, &activation_list_query, texts, err);
}

enum sl_status
sl_store_activation_redeem(struct sl_db *db,
    const struct sl_activation_redeem *redeem, sl_json_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	mac_param(&params, redeem->code_mac);
	if (redeem->has_nonce)
		mac_param(&params, redeem->nonce_mac);
	else
		sl_params_null(&params);
	mac_param(&params, redeem->token_mac);
	sl_params_text(&params, redeem->tail);
	return sl_call_json(db, &redeem_query, &params, fn, ctx, err);
}
