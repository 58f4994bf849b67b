#include "request.h"

const char *
sl_http_method_name(enum sl_http_method method)
{
	switch (method) {
	case SL_HTTP_GET:
		return "GET";
	case SL_HTTP_HEAD:
		return "HEAD";
	case SL_HTTP_POST:
		return "POST";
	}
	return "?";
}

const char *
sl_http_status_text(unsigned status)
{
	static const struct {
		unsigned status;
		const char *text;
	} texts[] = {
	    {100, "Continue"},
	    {200, "OK"},
	    {201, "Created"},
	    {202, "Accepted"},
	    {204, "No Content"},
	    {206, "Partial Content"},
	    {301, "Moved Permanently"},
	    {302, "Found"},
	    {303, "See Other"},
	    {304, "Not Modified"},
	    {308, "Permanent Redirect"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {406, "Not Acceptable"},
	    {408, "Request Timeout"},
	    {409, "Conflict"},
	    {410, "Gone"},
	    {412, "Precondition Failed"},
	    {413, "Content Too Large"},
	    {414, "URI Too Long"},
	    {415, "Unsupported Media Type"},
	    {416, "Range Not Satisfiable"},
	    {417, "Expectation Failed"},
	    {422, "Unprocessable Content"},
	    {429, "Too Many Requests"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"},
	    {501, "Not Implemented"},
	    {503, "Service Unavailable"},
	    {505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].status == status)
			return texts[i].text;
	}
	return "Status";
}

static struct sl_slice
span_slice(const struct sl_http_request *request, struct sl_span span)
{
	return sl_slice_of(request->head.data + span.start, span.len);
}

enum sl_http_method
sl_http_request_method(const struct sl_http_request *request)
{
	return request->method;
}

struct sl_slice
sl_http_request_path(const struct sl_http_request *request)
{
	return span_slice(request, request->path);
}

static bool
find_pair(const struct sl_http_request *request, const struct sl_pair *pairs,
    size_t count, const char *key, struct sl_slice *out)
{
	for (size_t i = 0; i < count; i++) {
		if (sl_slice_is_text(span_slice(request, pairs[i].key), key)) {
			*out = span_slice(request, pairs[i].value);
			return true;
		}
	}
	*out = sl_slice_of(NULL, 0);
	return false;
}

bool
sl_http_request_header(const struct sl_http_request *request, const char *name,
    struct sl_slice *out)
{
	return find_pair(
	    request, request->headers, request->header_count, name, out);
}

bool
sl_http_request_query(const struct sl_http_request *request, const char *key,
    struct sl_slice *out)
{
	return find_pair(
	    request, request->query, request->query_count, key, out);
}

size_t
sl_http_request_query_count(const struct sl_http_request *request)
{
	return request->query_count;
}

void
sl_http_request_query_at(const struct sl_http_request *request, size_t index,
    struct sl_slice *key, struct sl_slice *value)
{
	*key = span_slice(request, request->query[index].key);
	*value = span_slice(request, request->query[index].value);
}

struct sl_slice
sl_http_request_body(const struct sl_http_request *request)
{
	return sl_buf_slice(&request->body);
}

uint64_t
sl_http_request_body_len(const struct sl_http_request *request)
{
	return request->body_len;
}

bool
sl_refuse(struct sl_refusal *out, unsigned status, const char *why)
{
	out->status = status;
	out->why = why;
	return false;
}
