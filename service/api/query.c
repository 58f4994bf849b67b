#include "query.h"

#include <string.h>

#include "internal.h"
#include "sluice/base/clock.h"
#include "sluice/catalog/fetch.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/purpose.h"
#include "sluice/catalog/where.h"

#define HOST_TEXT_MAX 255

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
query_layers(struct request *request, struct sl_layers *out, bool *has,
    struct sl_error *err)
{
	struct sl_error why = {0};
	const char *text;
	enum sl_status status = query_filter(request, "layers", &text, err);

	*has = status == SL_OK && text != NULL && strcmp(text, "*") != 0;
	if (!*has || sl_layers_parse(out, sl_slice_text(text), &why) == SL_OK)
		return status;
	return sl_error_code(err, SL_ERR_INVALID, "bad_layers", "%s", why.text);
}

enum sl_status
query_licence(struct request *request, struct sl_uuid *out, bool *has,
    struct sl_error *err)
{
	const struct sl_account *account = &request->account;
	enum sl_status status = request_uuid(request, "licence", out, has, err);

	if (status != SL_OK || !account->has_licence)
		return status;
	if (*has && !sl_uuid_is(out, &account->licence))
		return sl_error_code(err, SL_ERR_NOT_FOUND, "licence_not_found",
		    "There is no such licence.");
	*out = account->licence;
	*has = true;
	return SL_OK;
}

enum sl_status
query_turn(struct request *request, struct sl_error *err)
{
	const struct sl_uuid *customer = &request->account.customer;

	if (limit_take(&request->api->writes,
	        sl_slice_of(customer, sizeof(*customer)),
	        sl_clock_monotonic_ms()))
		return SL_OK;
	return sl_error_code(err, SL_ERR_QUOTA, "rate_limited",
	    "Too many in a minute; try again.");
}

static enum sl_status
check_media_type(struct request *request, struct sl_error *err)
{
	static const char wanted[] = "application/json";
	struct sl_slice type;

	if (sl_http_request_header(request->http, "content-type", &type) &&
	    type.len >= sizeof(wanted) - 1 &&
	    strncasecmp((const char *)type.data, wanted, sizeof(wanted) - 1) ==
	        0)
		return SL_OK;
	request->status = 415;
	return sl_error_code(err, SL_ERR_INVALID, "unsupported_media_type",
	    "Send application/json.");
}

enum sl_status
query_json(struct request *request, json_t **out, struct sl_error *err)
{
	struct sl_error why = {0};
	enum sl_status status = check_media_type(request, err);

	*out = NULL;
	if (status != SL_OK)
		return status;
	if (sl_json_parse(out, sl_http_request_body(request->http),
	        request->route->body_max, &why) != SL_OK)
		return sl_error_code(
		    err, SL_ERR_INVALID, "bad_body", "%s", why.text);
	return SL_OK;
}

enum sl_status
query_blame_body(enum sl_status status, struct sl_error *err)
{
	struct sl_error why = *err;

	if (status != SL_ERR_INVALID || err->code[0] != '\0')
		return status;
	return sl_error_code(err, SL_ERR_INVALID, "bad_body", "%s", why.text);
}

/* Characters of valid UTF-8. */
static size_t
count_characters(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static bool
has_controls(const char *text, const char *allowed)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c < 0x20 || c == 0x7f) && strchr(allowed, c) == NULL)
			return true;
		/* U+0080 to U+009F */
		if (c == 0xc2 && (unsigned char)text[1] < 0xa0)
			return true;
	}
	return false;
}

enum sl_status
query_words(const char **out, const json_t *body, const char *key, size_t min,
    size_t max, struct sl_error *err)
{
	enum sl_status status = sl_json_need_text(out, body, key, err);
	size_t count;

	if (status != SL_OK)
		return status;
	count = count_characters(*out);
	if (count >= min && count <= max && !has_controls(*out, ""))
		return SL_OK;
	return sl_error_set(err, SL_ERR_INVALID,
	    "%s: is %zu to %zu characters on one line", key, min, max);
}

enum sl_status
query_prose(const char **out, const json_t *body, const char *key, size_t max,
    struct sl_error *err)
{
	enum sl_status status = sl_json_need_text(out, body, key, err);

	if (status != SL_OK ||
	    (count_characters(*out) <= max && !has_controls(*out, "\n\t")))
		return status;
	return sl_error_set(err, SL_ERR_INVALID,
	    "%s: is at most %zu characters without control characters", key,
	    max);
}

enum sl_status
query_endpoint(
    const struct request *request, char *out, size_t size, struct sl_error *err)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789.-:[]";
	struct sl_slice host;
	char text[HOST_TEXT_MAX + 1];

	if (sl_http_request_header(request->http, "host", &host) &&
	    host.len > 0 && host.len <= HOST_TEXT_MAX) {
		memcpy(text, host.data, host.len);
		text[host.len] = '\0';
		if (strspn(text, allowed) == host.len &&
		    (size_t)snprintf(out, size, "https://%s", text) < size)
			return SL_OK;
	}
	return sl_error_code(
	    err, SL_ERR_INVALID, "bad_host", "The Host header is odd.");
}

enum sl_status
query_body(
    struct request *request, struct sl_fetch *fetch, struct sl_error *err)
{
	struct sl_error why = {0};
	enum sl_status status = check_media_type(request, err);

	if (status != SL_OK)
		return status;
	if (sl_fetch_parse(fetch, sl_http_request_body(request->http), &why) !=
	    SL_OK)
		return sl_error_code(
		    err, SL_ERR_INVALID, "bad_body", "%s", why.text);
	return SL_OK;
}
