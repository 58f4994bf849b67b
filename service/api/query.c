#include "query.h"

#include <string.h>

#include "sluice/catalog/fetch.h"
#include "sluice/catalog/purpose.h"
#include "sluice/catalog/where.h"

enum sl_status
query_filter(struct request *request, const char *key, const char **out,
    struct sl_error *err)
{
	struct sl_slice value;

	*out = NULL;
	if (!sl_http_request_query(request->http, key, &value))
		return SL_OK;
	if (value.len == 0)
		return sl_error_code(err, SL_ERR_INVALID, "empty_filter",
		    "%s= is empty; leave it out to ask for everything", key);
	*out = request_text(request, value);
	if (*out == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	return SL_OK;
}

enum sl_status
query_check_where(
    struct request *request, const char **out, struct sl_error *err)
{
	struct sl_where *where = NULL;
	struct sl_error why = {0};
	enum sl_status status = query_filter(request, "where", out, err);

	if (status != SL_OK || *out == NULL)
		return status;
	if (sl_where_parse(&where, sl_slice_text(*out), &why) != SL_OK)
		return sl_error_code(
		    err, SL_ERR_INVALID, "bad_where", "%s", why.text);
	sl_where_free(where);
	return SL_OK;
}

enum sl_status
query_purpose(struct request *request, const char **text, struct sl_error *err)
{
	char one[SL_PURPOSE_TEXT_MAX + 1];
	struct sl_purpose purpose;
	struct sl_error why = {0};

	if (*text == NULL)
		return SL_OK;
	if (sl_purpose_parse(&purpose, sl_slice_text(*text), &why) != SL_OK)
		return sl_error_code(
		    err, SL_ERR_INVALID, "bad_purpose", "%s", why.text);
	sl_purpose_format(one, &purpose);
	*text = request_text(request, sl_slice_text(one));
	if (*text == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	return SL_OK;
}

static enum sl_status
add_facet(struct request *request, struct sl_buf *text, const char *name,
    struct sl_error *err)
{
	const char *value;
	enum sl_status status = query_filter(request, name, &value, err);

	if (status != SL_OK || value == NULL)
		return status;
	if (sl_buf_printf(text, "%s%s=%s", text->len == 0 ? "" : ",", name,
	        value) != SL_OK)
		return sl_error_code(
		    err, SL_ERR_INVALID, "bad_where", "the filter is too long");
	return SL_OK;
}

/* The facet keys and `where` as one filter. */
static enum sl_status
join_where(struct request *request, const char **out, struct sl_error *err)
{
	const char *given;
	struct sl_buf text;
	struct sl_error why = {0};
	struct sl_where *where = NULL;
	enum sl_status status = query_check_where(request, &given, err);

	*out = NULL;
	if (status != SL_OK)
		return status;
	sl_buf_init(&text, SL_WHERE_TEXT_MAX);
	if (given != NULL)
		status = sl_buf_append_text(&text, given);
	for (int i = 0; i < SL_FACET_COUNT && status == SL_OK; i++)
		status = add_facet(
		    request, &text, sl_facet_name((enum sl_facet)i), err);
	if (status == SL_OK) {
		status = sl_where_parse(&where, sl_buf_slice(&text), &why);
		if (status != SL_OK)
			status = sl_error_code(
			    err, SL_ERR_INVALID, "bad_where", "%s", why.text);
	}
	if (status == SL_OK && text.len > 0)
		*out = request_text(request, sl_buf_slice(&text));
	sl_where_free(where);
	sl_buf_clear(&text);
	return status;
}

enum sl_status
query_catalog(
    struct request *request, struct sl_catalog_query *out, struct sl_error *err)
{
	uint64_t limit;
	enum sl_status status;

	memset(out, 0, sizeof(*out));
	out->text = request_query(request, "q");
	out->kind = request_query(request, "kind");
	out->cursor = request_query(request, "cursor");
	if (out->kind != NULL && strcmp(out->kind, "prebuilt") != 0 &&
	    strcmp(out->kind, "subscription") != 0)
		return sl_error_code(err, SL_ERR_INVALID, "bad_query",
		    "kind is prebuilt or subscription");
	status = request_number(request, "limit", 200, 0, &limit, err);
	if (status != SL_OK)
		return status;
	out->limit = (uint32_t)limit;
	return join_where(request, &out->where, err);
}

enum sl_status
query_body(
    struct request *request, struct sl_fetch *fetch, struct sl_error *err)
{
	struct sl_error why = {0};
	struct sl_slice type;

	if (!sl_http_request_header(request->http, "content-type", &type) ||
	    type.len < 16 ||
	    strncasecmp((const char *)type.data, "application/json", 16) != 0) {
		request->status = 415;
		return sl_error_code(err, SL_ERR_INVALID,
		    "unsupported_media_type", "Send application/json.");
	}
	if (sl_fetch_parse(fetch, sl_http_request_body(request->http), &why) !=
	    SL_OK)
		return sl_error_code(
		    err, SL_ERR_INVALID, "bad_body", "%s", why.text);
	return SL_OK;
}
