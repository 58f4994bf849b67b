/* HTTP/1.1 requests: a strict parser without sockets (RFC 9110, RFC 9112).
 *
 * Refused, and the connection closed: anything but GET, HEAD and POST,
 * anything but HTTP/1.1, not exactly one Host, any Transfer-Encoding, a
 * Content-Length that is not plain digits or comes twice, names that are not
 * tokens, control characters, bare CR or LF, continued header lines, repeated
 * headers of which one value decides, a target that is not a plain absolute
 * path (no '%', no "//", no "." or ".." component), and all that exceeds the
 * limits below.
 *
 * The query is split at '&' and '=', then each key and value is form-decoded
 * once and must be UTF-8 without control characters; repeated keys are
 * refused. */
#ifndef SLUICE_NET_HTTP_H
#define SLUICE_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/slice.h"
#include "sluice/base/status.h"

#define SL_HTTP_LINE_MAX    8192  /* request line or one header */
#define SL_HTTP_HEAD_MAX    16384 /* all of it, the empty line included */
#define SL_HTTP_HEADERS_MAX 64
#define SL_HTTP_QUERY_MAX   32 /* keys in a query */

enum sl_http_method {
	SL_HTTP_GET,
	SL_HTTP_HEAD,
	SL_HTTP_POST,
};

/* "GET"; never NULL. */
const char *sl_http_method_name(enum sl_http_method method);

/* "Not Found" for 404; "Status" for codes it does not know. */
const char *sl_http_status_text(unsigned status);

/* One request; borrowed from its parser or exchange, and so are all slices. */
struct sl_http_request;

enum sl_http_method sl_http_request_method(
    const struct sl_http_request *request);

/* Begins with '/', without the query. */
struct sl_slice sl_http_request_path(const struct sl_http_request *request);

/* Value of the header `name` (lower case), the first if there are several;
 * spaces around it removed.  False if there is none. */
bool sl_http_request_header(const struct sl_http_request *request,
    const char *name, struct sl_slice *out);

/* Decoded value of a query key; false if the key is absent. */
bool sl_http_request_query(const struct sl_http_request *request,
    const char *key, struct sl_slice *out);

/* All keys of the query, to refuse unknown ones; index < count. */
size_t sl_http_request_query_count(const struct sl_http_request *request);
void sl_http_request_query_at(const struct sl_http_request *request,
    size_t index, struct sl_slice *key, struct sl_slice *value);

/* Empty when there is none, or it has not come. */
struct sl_slice sl_http_request_body(const struct sl_http_request *request);

/* Content-Length; 0 if absent. */
uint64_t sl_http_request_body_len(const struct sl_http_request *request);

struct sl_http_parser;

enum sl_http_progress {
	SL_HTTP_MORE,      /* all input used, more needed */
	SL_HTTP_HEAD_DONE, /* once per request with a body: see body_limit */
	SL_HTTP_DONE, /* the request is whole; input behind it is not used */
	SL_HTTP_BAD,  /* answer sl_http_parser_refusal() and close; final */
};

SL_MUST_CHECK enum sl_status sl_http_parser_new(struct sl_http_parser **out);

/* NULL is allowed. */
void sl_http_parser_free(struct sl_http_parser *parser);

/* Take input; *used says how much of it.  Stops at the end of a head whose
 * body is still to come, and at the end of a request. */
SL_MUST_CHECK enum sl_http_progress sl_http_parser_feed(
    struct sl_http_parser *parser, struct sl_slice input, size_t *used);

/* After HEAD_DONE, before more is fed: the largest body allowed (default 0).
 * A larger Content-Length makes the next feed BAD with 413. */
void sl_http_parser_body_limit(struct sl_http_parser *parser, size_t max);

/* After HEAD_DONE: the client waits for "100 Continue". */
bool sl_http_parser_expects_continue(const struct sl_http_parser *parser);

/* The body is not needed any more. */
void sl_http_parser_drop_body(struct sl_http_parser *parser);

/* After HEAD_DONE or DONE: the client wants the connection closed after this
 * request. */
bool sl_http_parser_wants_close(const struct sl_http_parser *parser);

/* Status to answer after BAD: 400, 413, 414, 417, 431, 501, 503
 * or 505; and
 * in words why. */
unsigned sl_http_parser_refusal(
    const struct sl_http_parser *parser, const char **why);

/* After HEAD_DONE or DONE.  Valid until reset or free. */
const struct sl_http_request *sl_http_parser_request(
    const struct sl_http_parser *parser);

/* Ready for the next request. */
void sl_http_parser_reset(struct sl_http_parser *parser);

#endif /* SLUICE_NET_HTTP_H */
