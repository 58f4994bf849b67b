/* What the caller asks the seller for: access to a dataset, or data to be
 * collected. */
#include <string.h>

#include "internal.h"
#include "query.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/name.h"
#include "sluice/store/request.h"

#define PURPOSE_MAX 200
#define MESSAGE_MAX 4000

static enum sl_status
read_dataset(
    struct sl_access_request *out, const json_t *body, struct sl_error *err)
{
	bool is_access = strcmp(out->kind, "access") == 0;
	enum sl_status status =
	    sl_json_maybe_text(&out->dataset, body, "dataset", err);

	if (status != SL_OK)
		return status;
	if (!is_access && strcmp(out->kind, "collection") != 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "kind: is access or collection");
	if (is_access && out->dataset == NULL)
		return sl_error_set(err, SL_ERR_INVALID,
		    "dataset: is needed to ask for access");
	if (out->dataset == NULL ||
	    sl_dataset_name_is_valid(sl_slice_text(out->dataset)))
		return SL_OK;
	return sl_error_code(
	    err, SL_ERR_NOT_FOUND, "not_found", "There is no such dataset.");
}

static enum sl_status
read_request(
    struct sl_access_request *out, const json_t *body, struct sl_error *err)
{
	static const char *const keys[] = {
	    "kind", "dataset", "purpose", "message", NULL};
	enum sl_status status = sl_json_only_keys(body, keys, err);

	if (status == SL_OK)
		status = sl_json_need_text(&out->kind, body, "kind", err);
	if (status == SL_OK)
		status = query_words(
		    &out->purpose, body, "purpose", 0, PURPOSE_MAX, err);
	if (status == SL_OK)
		status = query_prose(
		    &out->message, body, "message", MESSAGE_MAX, err);
	if (status == SL_OK)
		status = read_dataset(out, body, err);
	return status;
}

void
handle_ask(struct request *request)
{
	struct sl_access_request asked = {
	    .customer = request->account.customer};
	struct sl_error err = {0};
	json_t *body = NULL;
	enum sl_status status = query_turn(request, &err);

	if (status == SL_OK)
		status = query_json(request, &body, &err);
	if (status == SL_OK)
		status =
		    query_blame_body(read_request(&asked, body, &err), &err);
	if (status == SL_OK)
		status = sl_store_request_add(request_db(request), &asked,
		    request_on_json, request, &err);
	json_decref(body);
	request_called(request, status, &err);
}

void
handle_asked(struct request *request)
{
	struct sl_error err = {0};

	request_called(request,
	    sl_store_customer_requests(request_db(request),
	        &request->account.customer, request_on_json, request, &err),
	    &err);
}
