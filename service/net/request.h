/* A request as the parser leaves it; for this folder only. */
#ifndef SL_NET_REQUEST_H
#define SL_NET_REQUEST_H

#include "sluice/base/buf.h"
#include "sluice/net/http.h"

/* A part of the head; 16 bits hold SL_HTTP_HEAD_MAX. */
struct sl_span {
	uint16_t start;
	uint16_t len;
};

struct sl_pair {
	struct sl_span key;
	struct sl_span value;
};

struct sl_http_request {
	enum sl_http_method method;
	/* As received, but header names in lower case and the query decoded
	 * in place. */
	struct sl_buf head;
	struct sl_span path;
	struct sl_pair headers[SL_HTTP_HEADERS_MAX];
	size_t header_count;
	struct sl_pair query[SL_HTTP_QUERY_MAX];
	size_t query_count;
	uint64_t body_len;
	struct sl_buf body;
};

/* Why input is refused: the status to answer, and words. */
struct sl_refusal {
	unsigned status;
	const char *why;
};

/* What happened to a step of parsing. */
SL_MUST_CHECK bool sl_refuse(
    struct sl_refusal *out, unsigned status, const char *why);

/* Check the request's target (a span of its head) and take path and query from
 * it.  False and a refusal if it is not acceptable. */
SL_MUST_CHECK bool sl_target_parse(struct sl_http_request *request,
    struct sl_span target, struct sl_refusal *out);

/* Take one header line (without its CRLF).  The same. */
SL_MUST_CHECK bool sl_header_parse(struct sl_http_request *request,
    struct sl_span line, struct sl_refusal *out);

/* What the headers must satisfy together, and what they say about the body.
 * The same. */
SL_MUST_CHECK bool sl_headers_check(
    struct sl_http_request *request, struct sl_refusal *out);

/* Whether a header that is a list has the token, in any case. */
bool sl_header_has_token(
    const struct sl_http_request *request, const char *name, const char *token);

/* RFC 9110, section 5.6.2. */
bool sl_is_token_char(unsigned char c);

#endif /* SL_NET_REQUEST_H */
