#include <string.h>

#include "internal.h"
#include "query.h"

/* The {d} of the path as text, or NULL after having answered 404. */
static const char *
dataset_param(struct request *request)
{
	struct sl_error err = {0};
	const char *name = NULL;

	if (sl_dataset_name_is_valid(request->params[0]))
		name = request_text(request, request->params[0]);
	if (name != NULL)
		return name;
	sl_error_code(
	    &err, SL_ERR_NOT_FOUND, "not_found", "There is no such dataset.");
	request_fail(request, &err);
	return NULL;
}

void
handle_datasets(struct request *request)
{
	struct sl_catalog_query query;
	struct sl_error err = {0};
	enum sl_status status = query_catalog(request, &query, &err);

	if (status == SL_OK)
		status = sl_store_catalog(request_db(request),
		    request_customer(request), &query, request_on_json, request,
		    &err);
	request_called(request, status, &err);
}

static void
on_dataset(
    void *ctx, enum sl_status status, json_t *value, const struct sl_error *err)
{
	struct request *request = ctx;

	if (!request_reply(request))
		return;
	if (status != SL_OK) {
		request_fail(request, err);
		return;
	}
	account_keep_own(request,
	    json_object_get(json_object_get(value, "access"), "licences"));
	request_respond_json(request, value);
}

void
handle_dataset(struct request *request)
{
	struct sl_error err = {0};
	const char *name = dataset_param(request);

	if (name == NULL)
		return;
	request_called(request,
	    sl_store_dataset_show(request_db(request),
	        request_customer(request), name, on_dataset, request, &err),
	    &err);
}

void
handle_episodes(struct request *request)
{
	struct sl_error err = {0};
	const char *name = dataset_param(request);
	struct sl_page page = {.cursor = request_query(request, "cursor")};
	uint64_t limit;
	enum sl_status status;

	if (name == NULL)
		return;
	status = request_number(request, "limit", 1000, 0, &limit, &err);
	page.limit = status == SL_OK ? (uint32_t)limit : 0;
	if (status == SL_OK)
		status = query_check_where(request, &page.where, &err);
	if (status == SL_OK)
		status = sl_store_dataset_episodes(request_db(request),
		    request_customer(request), name, &page, request_on_json,
		    request, &err);
	request_called(request, status, &err);
}

void
handle_batches(struct request *request)
{
	struct sl_error err = {0};
	const char *name = dataset_param(request);
	struct sl_page page = {.cursor = request_query(request, "cursor")};
	uint64_t limit;
	enum sl_status status;

	if (name == NULL)
		return;
	status = request_number(request, "limit", 1000, 0, &limit, &err);
	page.limit = status == SL_OK ? (uint32_t)limit : 0;
	if (status == SL_OK)
		status = sl_store_dataset_batches(request_db(request),
		    request_customer(request), name, &page, request_on_json,
		    request, &err);
	request_called(request, status, &err);
}
