/* What a customer may ask about their own account. */
#include <string.h>

#include "internal.h"
#include "query.h"
#include "sluice/base/clock.h"
#include "sluice/store/licence.h"
#include "sluice/store/usage.h"

void
account_keep_own(const struct request *request, json_t *licences)
{
	char own[SL_UUID_TEXT_LEN + 1];
	size_t i = json_array_size(licences);

	if (!request->account.has_licence)
		return;
	sl_uuid_format(own, &request->account.licence);
	while (i-- > 0) {
		json_t *id = json_object_get(json_array_get(licences, i), "id");

		if (id == NULL || strcmp(json_string_value(id), own) != 0)
			json_array_remove(licences, i);
	}
}

static void
on_licences(
    void *ctx, enum sl_status status, json_t *value, const struct sl_error *err)
{
	struct request *request = ctx;

	if (!request_reply(request))
		return;
	if (status != SL_OK) {
		request_fail(request, err);
		return;
	}
	account_keep_own(request, json_object_get(value, "licences"));
	request_respond_json(request, value);
}

void
handle_licences(struct request *request)
{
	struct sl_error err = {0};

	request_called(request,
	    sl_store_customer_licences(request_db(request),
	        &request->account.customer, on_licences, request, &err),
	    &err);
}

/* "2026-11" */
static enum sl_status
check_month(const char *month, struct sl_error *err)
{
	char date[SL_TIME_TEXT_MAX];
	int64_t time;

	if (month == NULL)
		return SL_OK;
	snprintf(date, sizeof(date), "%.7s-01T00:00:00Z", month);
	if (strlen(month) == 7 &&
	    sl_time_parse(&time, sl_slice_text(date)) == SL_OK)
		return SL_OK;
	return sl_error_code(
	    err, SL_ERR_INVALID, "bad_query", "month is written 2026-11");
}

void
handle_usage(struct request *request)
{
	struct sl_error err = {0};
	const char *month = request_query(request, "month");
	struct sl_uuid licence;
	bool has_licence = false;
	enum sl_status status = check_month(month, &err);

	if (status == SL_OK)
		status = query_licence(request, &licence, &has_licence, &err);
	if (status == SL_OK)
		status = sl_store_customer_usage(request_db(request),
		    &request->account.customer, has_licence ? &licence : NULL,
		    month, request_on_json, request, &err);
	request_called(request, status, &err);
}

void
handle_usage_rows(struct request *request)
{
	struct sl_error err = {0};
	struct sl_uuid licence;
	bool has_licence = false;
	uint64_t after = 0;
	enum sl_status status =
	    query_licence(request, &licence, &has_licence, &err);

	if (status == SL_OK && !has_licence)
		status = sl_error_code(
		    &err, SL_ERR_INVALID, "bad_query", "licence= is missing");
	if (status == SL_OK)
		status = request_number(
		    request, "after", INT64_MAX, 0, &after, &err);
	if (status == SL_OK)
		status = sl_store_ledger_rows(request_db(request),
		    &request->account.customer, &licence, after,
		    request_on_json, request, &err);
	request_called(request, status, &err);
}
