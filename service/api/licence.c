/* One licence of the caller's: what it says, why it serves or not, the text
 * that it is bound to, and that the text is accepted. */
#include <string.h>

#include "internal.h"
#include "query.h"
#include "sluice/catalog/explain.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/layer.h"
#include "sluice/session/access.h"
#include "sluice/store/acceptance.h"
#include "sluice/store/licence.h"

#define PERSON_MAX 200

/* The {id} of the path.  What is no id, and a licence that the token is not
 * for, do not exist. */
static enum sl_status
licence_param(
    const struct request *request, struct sl_uuid *out, struct sl_error *err)
{
	const struct sl_account *account = &request->account;

	if (sl_uuid_parse(out, request->params[0]) == SL_OK &&
	    (!account->has_licence || sl_uuid_is(&account->licence, out)))
		return SL_OK;
	return sl_error_code(err, SL_ERR_NOT_FOUND, "licence_not_found",
	    "There is no such licence.");
}

void
handle_licence(struct request *request)
{
	struct sl_error err = {0};
	struct sl_uuid licence;
	enum sl_status status = licence_param(request, &licence, &err);

	if (status == SL_OK)
		status = sl_store_customer_licence(request_db(request),
		    &request->account.customer, &licence, request_on_json,
		    request, &err);
	request_called(request, status, &err);
}

/* ---- explain ---- */

static void
on_answer(void *ctx, enum sl_status status,
    const struct sl_access_answer *answer, const struct sl_error *err)
{
	struct request *request = ctx;
	struct sl_error words = *err;
	json_t *value;

	if (!request_reply(request))
		return;
	if (status != SL_OK) {
		request_fail(request, err);
		return;
	}
	value = sl_decision_to_json(&answer->decision, answer->terms,
	    &answer->licence, answer->version);
	if (value == NULL) {
		sl_error_set(&words, SL_ERR_NOMEM, "out of memory");
		request_fail(request, &words);
		return;
	}
	request_respond_json(request, value);
	json_decref(value);
}

void
handle_explain(struct request *request)
{
	struct sl_access_request asked = {.account = &request->account,
	    .purpose = request_query(request, "purpose"),
	    .address = sl_exchange_peer_address(request->exchange),
	    .new_delivery = true};
	struct sl_error err = {0};
	struct sl_layers layers;
	struct sl_uuid licence;
	bool has_layers = false;
	uint64_t seq = 0;
	enum sl_status status = licence_param(request, &licence, &err);

	if (status == SL_OK)
		status = query_layers(request, &layers, &has_layers, &err);
	if (status == SL_OK)
		status = query_purpose(request, &asked.purpose, &err);
	if (status == SL_OK)
		status =
		    request_number(request, "seq", SL_SEQ_MAX, 0, &seq, &err);
	asked.licence = &licence;
	asked.layers = has_layers ? &layers : NULL;
	asked.seq = (uint32_t)seq;
	if (status == SL_OK)
		status = sl_access_explain(
		    request_db(request), &asked, on_answer, request, &err);
	request_called(request, status, &err);
}

/* ---- the text of the terms ---- */

static void
on_text(
    void *ctx, enum sl_status status, json_t *value, const struct sl_error *err)
{
	struct request *request = ctx;
	json_t *text = json_object_get(value, "text");

	if (!request_reply(request))
		return;
	if (status != SL_OK) {
		request_fail(request, err);
		return;
	}
	request_respond_text(request,
	    json_string_value(json_object_get(value, "sha256")),
	    sl_slice_of(json_string_value(text), json_string_length(text)));
}

void
handle_terms(struct request *request)
{
	struct sl_error err = {0};
	struct sl_uuid licence;
	enum sl_status status = licence_param(request, &licence, &err);

	if (status == SL_OK)
		status = sl_store_licence_text(request_db(request),
		    &request->account.customer, &licence, on_text, request,
		    &err);
	request_called(request, status, &err);
}

static enum sl_status
read_acceptance(
    struct sl_acceptance_new *out, const json_t *body, struct sl_error *err)
{
	static const char *const keys[] = {"sha256", "name", NULL};
	unsigned char hash[32];
	enum sl_status status = sl_json_only_keys(body, keys, err);

	if (status == SL_OK)
		status =
		    sl_json_need_hex(hash, sizeof(hash), body, "sha256", err);
	if (status == SL_OK)
		status = sl_json_need_text(&out->sha256, body, "sha256", err);
	if (status == SL_OK)
		status =
		    query_words(&out->person, body, "name", 1, PERSON_MAX, err);
	return status;
}

void
handle_accept(struct request *request)
{
	struct sl_acceptance_new acceptance = {
	    .customer = request->account.customer};
	struct sl_error err = {0};
	json_t *body = NULL;
	enum sl_status status =
	    licence_param(request, &acceptance.licence, &err);

	if (status == SL_OK)
		status = query_turn(request, &err);
	if (status == SL_OK)
		status = query_json(request, &body, &err);
	if (status == SL_OK)
		status = query_blame_body(
		    read_acceptance(&acceptance, body, &err), &err);
	if (status == SL_OK)
		status = sl_store_licence_accept(request_db(request),
		    &acceptance, request_on_json, request, &err);
	json_decref(body);
	request_called(request, status, &err);
}
