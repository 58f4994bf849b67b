/* What a customer may ask about their own account. */
#include <string.h>

#include "internal.h"
#include "sluice/base/clock.h"
#include "sluice/store/licence.h"
#include "sluice/store/usage.h"

void
handle_licences(struct request *request)
{
	struct sl_error err = {0};

	if (sl_store_customer_licences(request_db(request),
	        &request->account.customer, request_on_json, request,
	        &err) == SL_OK)
		request_call(request);
	else
		request_fail(request, &err);
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
		status = request_uuid(
		    request, "licence", &licence, &has_licence, &err);
	if (status == SL_OK && !has_licence && request->account.has_licence) {
		licence = request->account.licence;
		has_licence = true;
	}
	if (status == SL_OK)
		status = sl_store_customer_usage(request_db(request),
		    &request->account.customer, has_licence ? &licence : NULL,
		    month, request_on_json, request, &err);
	if (status == SL_OK)
		request_call(request);
	else
		request_fail(request, &err);
}
