/* The parser proper: cuts input into lines and a body, and knows where it is.
 */
#include <stdlib.h>

#include "request.h"

enum parser_state {
	PARSER_REQUEST_LINE, /* waits for the end of the request line */
	PARSER_HEADERS,      /* waits for the end of a header line */
	PARSER_LIMIT,        /* head reported; waits for the body's limit */
	PARSER_BODY,         /* waits for the rest of the body */
	PARSER_DONE,         /* final until reset */
	PARSER_BAD,          /* final */
};

struct sl_http_parser {
	enum parser_state state;
	struct sl_http_request request;
	size_t line_start; /* of the line under way, in the head */
	size_t body_max;
	struct sl_refusal refusal;
};

enum sl_status
sl_http_parser_new(struct sl_http_parser **out)
{
	struct sl_http_parser *parser;

	*out = NULL;
	parser = calloc(1, sizeof(*parser));
	if (parser == NULL)
		return SL_ERR_NOMEM;
	sl_buf_init(&parser->request.head, SL_HTTP_HEAD_MAX);
	sl_buf_init(&parser->request.body, 0);
	*out = parser;
	return SL_OK;
}

void
sl_http_parser_free(struct sl_http_parser *parser)
{
	if (parser == NULL)
		return;
	sl_buf_clear(&parser->request.head);
	sl_buf_clear(&parser->request.body);
	free(parser);
}

static bool
parse_method(struct sl_http_request *request, struct sl_slice word,
    struct sl_refusal *out)
{
	static const enum sl_http_method methods[] = {
	    SL_HTTP_GET, SL_HTTP_HEAD, SL_HTTP_POST};

	for (size_t i = 0; i < word.len; i++) {
		if (!sl_is_token_char(word.data[i]))
			return sl_refuse(out, 400, "bad request line");
	}
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (sl_slice_is_text(word, sl_http_method_name(methods[i]))) {
			request->method = methods[i];
			return true;
		}
	}
	return sl_refuse(out, 501, "method is not GET, HEAD or POST");
}

static bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool
check_version(struct sl_slice word, struct sl_refusal *out)
{
	if (sl_slice_is_text(word, "HTTP/1.1"))
		return true;
	if (word.len == 8 && memcmp(word.data, "HTTP/", 5) == 0 &&
	    is_digit(word.data[5]) && word.data[6] == '.' &&
	    is_digit(word.data[7]))
		return sl_refuse(out, 505, "version is not HTTP/1.1");
	return sl_refuse(out, 400, "bad request line");
}

/* `line` begins the head and has no CRLF. */
static bool
parse_request_line(struct sl_http_request *request, struct sl_slice line,
    struct sl_refusal *out)
{
	const unsigned char *end = line.data + line.len;
	const unsigned char *first = memchr(line.data, ' ', line.len);
	const unsigned char *second;
	struct sl_span target;

	if (first == NULL || first == line.data)
		return sl_refuse(out, 400, "bad request line");
	second = memchr(first + 1, ' ', (size_t)(end - first - 1));
	if (second == NULL)
		return sl_refuse(out, 400, "bad request line");
	target.start = (uint16_t)(first + 1 - line.data);
	target.len = (uint16_t)(second - first - 1);
	return parse_method(request,
	           sl_slice_of(line.data, (size_t)(first - line.data)), out) &&
	    check_version(
	        sl_slice_of(second + 1, (size_t)(end - second - 1)), out) &&
	    sl_target_parse(request, target, out);
}

static bool
end_head(struct sl_http_parser *parser)
{
	if (!sl_headers_check(&parser->request, &parser->refusal))
		return false;
	parser->state =
	    parser->request.body_len == 0 ? PARSER_DONE : PARSER_LIMIT;
	return true;
}

/* A whole line, its LF included, is at the end of the head. */
static bool
take_line(struct sl_http_parser *parser)
{
	struct sl_http_request *request = &parser->request;
	size_t start = parser->line_start;
	size_t len = request->head.len - start;
	struct sl_span line;

	if (len < 2 || request->head.data[start + len - 2] != '\r')
		return sl_refuse(
		    &parser->refusal, 400, "line without carriage return");
	line.start = (uint16_t)start;
	line.len = (uint16_t)(len - 2);
	parser->line_start = request->head.len;
	if (parser->state == PARSER_REQUEST_LINE) {
		parser->state = PARSER_HEADERS;
		return parse_request_line(request,
		    sl_slice_of(request->head.data, line.len),
		    &parser->refusal);
	}
	if (line.len == 0)
		return end_head(parser);
	return sl_header_parse(request, line, &parser->refusal);
}

/* Take input up to the end of the line under way. */
static bool
feed_line(struct sl_http_parser *parser, struct sl_slice input, size_t *used)
{
	struct sl_buf *head = &parser->request.head;
	const unsigned char *end = memchr(input.data, '\n', input.len);
	size_t take = end == NULL ? input.len : (size_t)(end - input.data) + 1;

	if (take > SL_HTTP_LINE_MAX - (head->len - parser->line_start))
		return sl_refuse(&parser->refusal,
		    parser->state == PARSER_REQUEST_LINE ? 414 : 431,
		    "line is too long");
	if (take > SL_HTTP_HEAD_MAX - head->len)
		return sl_refuse(&parser->refusal, 431, "head is too large");
	if (sl_buf_append(head, input.data, take) != SL_OK)
		return sl_refuse(&parser->refusal, 503, "out of memory");
	*used += take;
	return end == NULL || take_line(parser);
}

static bool
feed_body(struct sl_http_parser *parser, struct sl_slice input, size_t *used)
{
	struct sl_http_request *request = &parser->request;
	uint64_t missing = request->body_len - request->body.len;
	size_t take = input.len < missing ? input.len : (size_t)missing;

	if (sl_buf_append(&request->body, input.data, take) != SL_OK)
		return sl_refuse(&parser->refusal, 503, "out of memory");
	*used += take;
	if (request->body.len == request->body_len)
		parser->state = PARSER_DONE;
	return true;
}

static bool
begin_body(struct sl_http_parser *parser)
{
	if (parser->request.body_len > parser->body_max)
		return sl_refuse(&parser->refusal, 413, "body is too large");
	sl_buf_init(&parser->request.body, (size_t)parser->request.body_len);
	parser->state = PARSER_BODY;
	return true;
}

/* Take some of the input, at most to the next change of state. */
static bool
feed_some(struct sl_http_parser *parser, struct sl_slice input, size_t *used)
{
	if (parser->state == PARSER_BODY)
		return feed_body(parser, input, used);
	return feed_line(parser, input, used);
}

enum sl_http_progress
sl_http_parser_feed(
    struct sl_http_parser *parser, struct sl_slice input, size_t *used)
{
	*used = 0;
	if (parser->state == PARSER_LIMIT && !begin_body(parser))
		parser->state = PARSER_BAD;
	while (parser->state < PARSER_DONE && *used < input.len) {
		struct sl_slice rest =
		    sl_slice_of(input.data + *used, input.len - *used);

		if (!feed_some(parser, rest, used))
			parser->state = PARSER_BAD;
		if (parser->state == PARSER_LIMIT)
			return SL_HTTP_HEAD_DONE;
	}
	if (parser->state == PARSER_BAD)
		return SL_HTTP_BAD;
	return parser->state == PARSER_DONE ? SL_HTTP_DONE : SL_HTTP_MORE;
}

void
sl_http_parser_body_limit(struct sl_http_parser *parser, size_t max)
{
	parser->body_max = max;
}

bool
sl_http_parser_expects_continue(const struct sl_http_parser *parser)
{
	struct sl_slice ignored;

	return sl_http_request_header(&parser->request, "expect", &ignored);
}

void
sl_http_parser_drop_body(struct sl_http_parser *parser)
{
	sl_buf_clear(&parser->request.body);
}

bool
sl_http_parser_wants_close(const struct sl_http_parser *parser)
{
	return sl_header_has_token(&parser->request, "connection", "close");
}

unsigned
sl_http_parser_refusal(const struct sl_http_parser *parser, const char **why)
{
	*why = parser->refusal.why;
	return parser->refusal.status;
}

const struct sl_http_request *
sl_http_parser_request(const struct sl_http_parser *parser)
{
	return &parser->request;
}

void
sl_http_parser_reset(struct sl_http_parser *parser)
{
	struct sl_http_request *request = &parser->request;

	sl_buf_reset(&request->head);
	sl_buf_clear(&request->body);
	sl_buf_init(&request->body, 0);
	request->method = SL_HTTP_GET;
	request->path = (struct sl_span){0};
	request->header_count = 0;
	request->query_count = 0;
	request->body_len = 0;
	parser->state = PARSER_REQUEST_LINE;
	parser->line_start = 0;
	parser->body_max = 0;
	parser->refusal = (struct sl_refusal){0};
}
