/* Header lines, one by one and together. */
#include "request.h"

#include <strings.h>

/* Headers of which one value decides: a second one is refused, because two
 * readers could choose differently. */
static const char *const singles[] = {
    "authorization",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "last-event-id",
    "range",
};

bool
sl_is_token_char(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* Lower-case the name in place; false if it is not a token. */
static bool
lower_name(unsigned char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!sl_is_token_char(data[i]))
			return false;
		if (data[i] >= 'A' && data[i] <= 'Z')
			data[i] = (unsigned char)(data[i] + ('a' - 'A'));
	}
	return len > 0;
}

/* RFC 9110, section 5.5: no control character but the tab. */
static bool
is_value(const unsigned char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((data[i] < 0x20 && data[i] != '\t') || data[i] == 0x7f)
			return false;
	}
	return true;
}

static bool
is_blank(unsigned char c)
{
	return c == ' ' || c == '\t';
}

static struct sl_span
trim(const unsigned char *head, struct sl_span span)
{
	while (span.len > 0 && is_blank(head[span.start])) {
		span.start++;
		span.len--;
	}
	while (span.len > 0 && is_blank(head[span.start + span.len - 1]))
		span.len--;
	return span;
}

bool
sl_header_parse(struct sl_http_request *request, struct sl_span line,
    struct sl_refusal *out)
{
	unsigned char *data = request->head.data + line.start;
	const unsigned char *colon = memchr(data, ':', line.len);
	struct sl_pair *header;
	size_t name_len;

	if (is_blank(data[0]))
		return sl_refuse(out, 400, "continued header line");
	if (colon == NULL)
		return sl_refuse(out, 400, "header line without colon");
	name_len = (size_t)(colon - data);
	if (!lower_name(data, name_len))
		return sl_refuse(out, 400, "header name is not a token");
	if (request->header_count == SL_HTTP_HEADERS_MAX)
		return sl_refuse(out, 431, "too many headers");
	header = &request->headers[request->header_count];
	header->key.start = line.start;
	header->key.len = (uint16_t)name_len;
	header->value.start = (uint16_t)(line.start + name_len + 1);
	header->value.len = (uint16_t)(line.len - name_len - 1);
	if (!is_value(colon + 1, header->value.len))
		return sl_refuse(out, 400, "control character in a header");
	header->value = trim(request->head.data, header->value);
	request->header_count++;
	return true;
}

static size_t
count_header(const struct sl_http_request *request, const char *name)
{
	struct sl_slice wanted = sl_slice_text(name);
	size_t count = 0;

	for (size_t i = 0; i < request->header_count; i++) {
		struct sl_span key = request->headers[i].key;

		if (sl_slice_is(wanted,
		        sl_slice_of(request->head.data + key.start, key.len)))
			count++;
	}
	return count;
}

/* Plain digits without leading zeros, at most INT64_MAX. */
static bool
parse_length(struct sl_slice text, uint64_t *out)
{
	uint64_t value = 0;

	if (text.len == 0 || (text.len > 1 && text.data[0] == '0'))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned)text.data[i] - '0';

		if (digit > 9 || value > ((uint64_t)INT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

static bool
is_host(struct sl_slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = text.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		        (c >= '0' && c <= '9') ||
		        (c != '\0' && strchr("-._:[]", c) != NULL)))
			return false;
	}
	return text.len > 0;
}

static bool
check_framing(struct sl_http_request *request, struct sl_refusal *out)
{
	struct sl_slice text;
	bool has_length =
	    sl_http_request_header(request, "content-length", &text);

	if (count_header(request, "transfer-encoding") != 0)
		return sl_refuse(out, has_length ? 400 : 501,
		    "Transfer-Encoding is not accepted");
	if (!has_length)
		return true;
	if (!parse_length(text, &request->body_len))
		return sl_refuse(out, 400, "bad Content-Length");
	if (request->method != SL_HTTP_POST && request->body_len != 0)
		return sl_refuse(out, 400, "body without POST");
	return true;
}

bool
sl_headers_check(struct sl_http_request *request, struct sl_refusal *out)
{
	struct sl_slice text;

	for (size_t i = 0; i < sizeof(singles) / sizeof(singles[0]); i++) {
		if (count_header(request, singles[i]) > 1)
			return sl_refuse(out, 400, "repeated header");
	}
	if (!sl_http_request_header(request, "host", &text))
		return sl_refuse(out, 400, "no Host");
	if (!is_host(text))
		return sl_refuse(out, 400, "bad Host");
	if (!check_framing(request, out))
		return false;
	if (sl_http_request_header(request, "expect", &text) &&
	    (text.len != strlen("100-continue") ||
	        strncasecmp(
	            (const char *)text.data, "100-continue", text.len) != 0))
		return sl_refuse(out, 417, "unknown expectation");
	return true;
}

/* Whether a comma-separated list has the token. */
static bool
list_has(struct sl_slice list, const char *token)
{
	size_t token_len = strlen(token);
	size_t start = 0;

	for (size_t i = 0; i <= list.len; i++) {
		size_t from = start;
		size_t to = i;

		if (i < list.len && list.data[i] != ',')
			continue;
		while (from < to && is_blank(list.data[from]))
			from++;
		while (to > from && is_blank(list.data[to - 1]))
			to--;
		if (to - from == token_len &&
		    strncasecmp(
		        (const char *)list.data + from, token, token_len) == 0)
			return true;
		start = i + 1;
	}
	return false;
}

bool
sl_header_has_token(
    const struct sl_http_request *request, const char *name, const char *token)
{
	struct sl_slice wanted = sl_slice_text(name);

	for (size_t i = 0; i < request->header_count; i++) {
		const struct sl_pair *header = &request->headers[i];
		const unsigned char *head = request->head.data;

		if (sl_slice_is(wanted,
		        sl_slice_of(
		            head + header->key.start, header->key.len)) &&
		    list_has(sl_slice_of(
		                 head + header->value.start, header->value.len),
		        token))
			return true;
	}
	return false;
}
