/* What the caller signs: the keys for it, and receipts.  A receipt is verified
 * here, against a key that the same customer registered before; whether what
 * it says fits the ledger is PostgreSQL's answer. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "query.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/receipt.h"
#include "sluice/crypto/key.h"
#include "sluice/crypto/minisig.h"
#include "sluice/store/receipt.h"

#define KEYS_MAX 64

/* ---- keys ---- */

static enum sl_status
read_key(const char **out, const json_t *body, struct sl_error *err)
{
	static const char *const keys[] = {"key", NULL};
	struct sl_verify_key key;
	enum sl_status status = sl_json_only_keys(body, keys, err);

	if (status == SL_OK)
		status = sl_json_need_text(out, body, "key", err);
	if (status == SL_OK &&
	    sl_verify_key_parse(&key, sl_slice_text(*out)) != SL_OK)
		status = sl_error_code(err, SL_ERR_INVALID, "bad_key",
		    "The key is no Ed25519 public key as minisign writes it.");
	return status;
}

void
handle_key(struct request *request)
{
	struct sl_error err = {0};
	const char *key = NULL;
	json_t *body = NULL;
	enum sl_status status = query_turn(request, &err);

	if (status == SL_OK)
		status = query_json(request, &body, &err);
	if (status == SL_OK)
		status = query_blame_body(read_key(&key, body, &err), &err);
	if (status == SL_OK)
		status = sl_store_customer_key_add(request_db(request),
		    &request->account.customer, key, request_on_json, request,
		    &err);
	json_decref(body);
	request_called(request, status, &err);
}

/* ---- receipts ---- */

struct receipt_state {
	json_t *body;
	struct sl_slice text;
	struct sl_slice minisig;
};

static void
state_free(void *arg)
{
	struct receipt_state *state = arg;

	json_decref(state->body);
	free(state);
}

static struct sl_slice
member(const json_t *body, const char *key)
{
	json_t *value = json_object_get(body, key);

	return sl_slice_of(json_string_value(value), json_string_length(value));
}

/* Form only, and that it is the caller's own; the signature comes later. */
static enum sl_status
check_receipt(
    const struct request *request, struct sl_slice text, struct sl_error *err)
{
	const struct sl_account *account = &request->account;
	struct sl_receipt receipt;
	struct sl_error why = {0};
	enum sl_status status;

	sl_receipt_init(&receipt);
	status = sl_receipt_parse(&receipt, text, &why);
	if (status != SL_OK)
		status = sl_error_code(
		    err, SL_ERR_INVALID, "bad_receipt", "%s", why.text);
	else if (strcmp(receipt.customer, account->customer_name) != 0)
		status = sl_error_code(err, SL_ERR_INVALID, "bad_receipt",
		    "The receipt is of another customer.");
	else if (account->has_licence &&
	    !sl_uuid_is(&account->licence, &receipt.licence))
		status = sl_error_code(err, SL_ERR_NOT_FOUND,
		    "licence_not_found", "There is no such licence.");
	sl_receipt_clear(&receipt);
	return status;
}

static enum sl_status
read_receipt(const struct request *request, struct receipt_state *state,
    struct sl_error *err)
{
	static const char *const keys[] = {"receipt", "minisig", NULL};
	const char *text;
	struct sl_minisig parts;
	enum sl_status status = sl_json_only_keys(state->body, keys, err);

	if (status == SL_OK)
		status = sl_json_need_text(&text, state->body, "receipt", err);
	if (status == SL_OK)
		status = sl_json_need_text(&text, state->body, "minisig", err);
	if (status != SL_OK)
		return status;
	state->text = member(state->body, "receipt");
	state->minisig = member(state->body, "minisig");
	if (sl_minisig_parse(&parts, state->minisig, NULL) != SL_OK)
		return sl_error_code(err, SL_ERR_INVALID, "bad_signature",
		    "minisig is no signature file of minisign.");
	return check_receipt(request, state->text, err);
}

/* The row of the server's that the receipt does not agree with. */
static void
respond_mismatch(struct request *request, json_t *answer)
{
	struct sl_error words = {0};

	sl_error_code(&words, SL_ERR_CONFLICT, "head_mismatch",
	    "The receipt is kept, but its ledger head is not on the server's "
	    "chain.");
	request_fail_with(request, &words, answer);
}

static void
on_kept(
    void *ctx, enum sl_status status, json_t *value, const struct sl_error *err)
{
	struct request *request = ctx;

	if (!request_reply(request))
		return;
	if (status != SL_OK)
		request_fail(request, err);
	else if (json_is_true(json_object_get(value, "on_chain")))
		request_respond_json(request, value);
	else
		respond_mismatch(request, value);
}

/* The text of the key that signed; borrowed from `texts`. */
static enum sl_status
find_signer(const struct receipt_state *state, json_t *texts, const char **out,
    struct sl_error *err)
{
	struct sl_verify_key keys[KEYS_MAX];
	const char *words[KEYS_MAX];
	size_t count = 0;
	size_t signer = 0;
	json_t *text;
	size_t i;

	json_array_foreach (texts, i, text) {
		words[count] = json_string_value(text);
		if (count + 1 < KEYS_MAX && words[count] != NULL &&
		    sl_verify_key_parse(
		        &keys[count], sl_slice_text(words[count])) == SL_OK)
			count++;
	}
	if (sl_minisig_verify(state->minisig, state->text, keys, count, &signer,
	        err) != SL_OK)
		return sl_error_code(err, SL_ERR_INVALID,
		    strcmp(err->code, "unknown_key") == 0 ? "unknown_key"
		                                          : "bad_signature",
		    strcmp(err->code, "unknown_key") == 0
		        ? "The receipt is signed by a key that is not "
		          "registered: POST /v1/keys first."
		        : "The signature is not of this receipt.");
	*out = words[signer];
	return SL_OK;
}

static void
on_keys(
    void *ctx, enum sl_status status, json_t *texts, const struct sl_error *err)
{
	struct request *request = ctx;
	struct sl_error words = *err;
	struct sl_receipt_new receipt = {0};

	if (!request_reply(request))
		return;
	if (status == SL_OK)
		status = find_signer(
		    request->state, texts, &receipt.public_key, &words);
	if (status == SL_OK) {
		const struct receipt_state *state = request->state;

		receipt.customer = request->account.customer;
		receipt.text = state->text;
		receipt.minisig = state->minisig;
		status = sl_store_receipt_add(
		    request_db(request), &receipt, on_kept, request, &words);
	}
	request_called(request, status, &words);
}

void
handle_receipt(struct request *request)
{
	struct receipt_state *state = calloc(1, sizeof(*state));
	struct sl_error err = {0};
	enum sl_status status;

	if (state == NULL) {
		sl_error_set(&err, SL_ERR_NOMEM, "out of memory");
		request_fail(request, &err);
		return;
	}
	request->state = state;
	request->state_free = state_free;
	status = query_turn(request, &err);
	if (status == SL_OK)
		status = query_json(request, &state->body, &err);
	if (status == SL_OK)
		status =
		    query_blame_body(read_receipt(request, state, &err), &err);
	if (status == SL_OK)
		status = sl_store_customer_keys(request_db(request),
		    &request->account.customer, on_keys, request, &err);
	request_called(request, status, &err);
}

void
handle_receipts(struct request *request)
{
	struct sl_error err = {0};
	struct sl_uuid licence;
	bool has_licence;
	enum sl_status status =
	    query_licence(request, &licence, &has_licence, &err);

	if (status == SL_OK)
		status = sl_store_customer_receipts(request_db(request),
		    &request->account.customer, has_licence ? &licence : NULL,
		    request_on_json, request, &err);
	request_called(request, status, &err);
}
