#include "sluice/store/account.h"

#include <string.h>

#include "call.h"

static const struct sl_query authenticate_query = {"authenticate",
    "SELECT code, customer, customer_name, token, scopes, licence, expires_us "
    "FROM sluice.authenticate($1::bytea)",
    1, 0};

static enum sl_status
read_account(struct sl_account *out, const struct sl_rows *rows)
{
	uint32_t scopes = 0;

	memset(out, 0, sizeof(*out));
	if (sl_rows_uuid(&out->customer, rows, 0, 1) != SL_OK ||
	    sl_call_copy(out->customer_name, sizeof(out->customer_name), rows,
	        0, 2) != SL_OK ||
	    sl_rows_uuid(&out->token, rows, 0, 3) != SL_OK ||
	    sl_rows_uint32(&scopes, rows, 0, 4) != SL_OK ||
	    sl_rows_time(&out->expires_us, rows, 0, 6) != SL_OK)
		return SL_ERR_INTEGRITY;
	out->scopes = scopes;
	out->has_licence = !sl_rows_is_null(rows, 0, 5);
	if (out->has_licence)
		return sl_rows_uuid(&out->licence, rows, 0, 5);
	return SL_OK;
}

/* Whoever shows a token may know what became of it. */
static const char *
refusal_words(const char *code)
{
	if (strcmp(code, "token_expired") == 0)
		return "the token has expired; ask for a new one";
	if (strcmp(code, "token_revoked") == 0)
		return "the token has been revoked; ask for a new one";
	return "the token is not accepted";
}

static enum sl_status
read_answer(
    struct sl_account *out, const struct sl_rows *rows, struct sl_error *err)
{
	char code[SL_ERROR_CODE_MAX];
	enum sl_status status;

	if (sl_rows_count(rows) != 1) {
		sl_call_bad_answer(err, SL_ERR_INTEGRITY);
		return SL_ERR_INTEGRITY;
	}
	if (!sl_rows_is_null(rows, 0, 0)) {
		status = sl_call_copy(code, sizeof(code), rows, 0, 0);
		if (status == SL_OK)
			return sl_error_code(
			    err, SL_ERR_AUTH, code, "%s", refusal_words(code));
	} else {
		status = read_account(out, rows);
	}
	if (status != SL_OK)
		sl_call_bad_answer(err, status);
	return status;
}

static void
on_account(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct sl_closure closure = sl_closure_take(ctx);
	sl_account_fn *fn = (sl_account_fn *)closure.fn;
	struct sl_account account;
	struct sl_error own = *err;

	if (status == SL_OK)
		status = read_answer(&account, rows, &own);
	fn(closure.ctx, status, status == SL_OK ? &account : NULL, &own);
}

enum sl_status
sl_store_authenticate(struct sl_db *db, const unsigned char mac[32],
    sl_account_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_bytea(&params, sl_slice_of(mac, 32));
	return sl_call_closure(db, &authenticate_query, &params, on_account,
	    (void (*)(void))fn, ctx, err);
}
