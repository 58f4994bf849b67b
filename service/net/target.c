/* The target of a request: a plain absolute path and a form-encoded query. */
#include "request.h"

static bool
is_path_char(unsigned char c)
{
	/* pchar of RFC 3986 without pct-encoded, and '/'. */
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("-._~!$&'()*+,;=:@/", c) != NULL);
}

static bool
is_component(const unsigned char *data, size_t len)
{
	if (len == 0 || (len == 1 && data[0] == '.'))
		return false;
	return !(len == 2 && data[0] == '.' && data[1] == '.');
}

static bool
is_path(const unsigned char *data, size_t len)
{
	size_t start = 1;

	if (len == 0 || data[0] != '/')
		return false;
	if (len == 1)
		return true;
	for (size_t i = 1; i <= len; i++) {
		if (i < len && !is_path_char(data[i]))
			return false;
		if (i < len && data[i] != '/')
			continue;
		if (!is_component(data + start, i - start))
			return false;
		start = i + 1;
	}
	return true;
}

/* Length of the UTF-8 character at `data` (RFC 3629), 0 if it is none or a
 * control character. */
static size_t
text_char_len(const unsigned char *data, size_t len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t code = data[0];
	size_t need;

	if (code < 0x80)
		return code >= 0x20 && code != 0x7f ? 1 : 0;
	if (code >= 0xc2 && code <= 0xdf)
		need = 2;
	else if (code >= 0xe0 && code <= 0xef)
		need = 3;
	else if (code >= 0xf0 && code <= 0xf4)
		need = 4;
	else
		return 0;
	if (len < need)
		return 0;
	code &= 0x7fu >> need;
	for (size_t i = 1; i < need; i++) {
		if ((data[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (data[i] & 0x3fu);
	}
	if (code < least[need] || code > 0x10ffff || code < 0xa0 ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return need;
}

static bool
is_text(const unsigned char *data, size_t len)
{
	size_t step;

	for (size_t i = 0; i < len; i += step) {
		step = text_char_len(data + i, len - i);
		if (step == 0)
			return false;
	}
	return true;
}

/* Value of a hexadecimal digit, -1 if it is none. */
static int
hex_value(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Form-decode in place; the new length, or -1. */
static int
decode_form(unsigned char *data, size_t len)
{
	size_t out = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = data[i];
		int high;
		int low;

		if (c <= 0x20 || c >= 0x7f || c == '#')
			return -1;
		if (c == '+')
			c = ' ';
		if (c == '%') {
			if (len - i < 3)
				return -1;
			high = hex_value(data[i + 1]);
			low = hex_value(data[i + 2]);
			if (high < 0 || low < 0)
				return -1;
			c = (unsigned char)(high * 16 + low);
			i += 2;
		}
		data[out++] = c;
	}
	return is_text(data, out) ? (int)out : -1;
}

static bool
decode_span(struct sl_http_request *request, struct sl_span *span)
{
	int len = decode_form(request->head.data + span->start, span->len);

	if (len < 0)
		return false;
	span->len = (uint16_t)len;
	return true;
}

/* One "key=value". */
static bool
parse_field(struct sl_http_request *request, struct sl_span field,
    struct sl_refusal *out)
{
	const unsigned char *data = request->head.data + field.start;
	const unsigned char *equals = memchr(data, '=', field.len);
	struct sl_pair pair;
	struct sl_slice key;
	const struct sl_pair *other;

	if (equals == NULL || equals == data)
		return sl_refuse(out, 400, "query is not made of key=value");
	pair.key.start = field.start;
	pair.key.len = (uint16_t)(equals - data);
	pair.value.start = (uint16_t)(field.start + pair.key.len + 1);
	pair.value.len = (uint16_t)(field.len - pair.key.len - 1);
	if (!decode_span(request, &pair.key) ||
	    !decode_span(request, &pair.value))
		return sl_refuse(out, 400, "bad escape or text in the query");
	key = sl_slice_of(data, pair.key.len);
	for (size_t i = 0; i < request->query_count; i++) {
		other = &request->query[i];
		if (sl_slice_is(key,
		        sl_slice_of(request->head.data + other->key.start,
		            other->key.len)))
			return sl_refuse(out, 400, "repeated key in the query");
	}
	if (request->query_count == SL_HTTP_QUERY_MAX)
		return sl_refuse(out, 400, "too many keys in the query");
	request->query[request->query_count++] = pair;
	return true;
}

static bool
parse_query(struct sl_http_request *request, struct sl_span query,
    struct sl_refusal *out)
{
	const unsigned char *data = request->head.data;
	size_t end = (size_t)query.start + query.len;
	size_t start = query.start;

	if (query.len == 0)
		return true;
	for (size_t i = start; i <= end; i++) {
		struct sl_span field = {(uint16_t)start, (uint16_t)(i - start)};

		if (i < end && data[i] != '&')
			continue;
		if (!parse_field(request, field, out))
			return false;
		start = i + 1;
	}
	return true;
}

bool
sl_target_parse(struct sl_http_request *request, struct sl_span target,
    struct sl_refusal *out)
{
	const unsigned char *data = request->head.data + target.start;
	const unsigned char *mark = memchr(data, '?', target.len);
	struct sl_span query = {0};

	request->path = target;
	if (mark != NULL) {
		request->path.len = (uint16_t)(mark - data);
		query.start = (uint16_t)(target.start + request->path.len + 1);
		query.len = (uint16_t)(target.len - request->path.len - 1);
	}
	if (!is_path(data, request->path.len))
		return sl_refuse(out, 400, "target is not a plain path");
	return parse_query(request, query, out);
}
