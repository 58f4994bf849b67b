/* The request parser against hostile and odd input. */
#include <stdio.h>
#include <stdlib.h>

#include "sluice/net/http.h"
#include "suites.h"

#define BODY_MAX 16

static struct sl_http_parser *parser;

static void
setup(void)
{
	ck_assert_int_eq(sl_http_parser_new(&parser), SL_OK);
}

static void
teardown(void)
{
	sl_http_parser_free(parser);
}

/* Feed in pieces of at most `step` bytes up to the end of a request; *used
 * says how far it came. */
static enum sl_http_progress
feed(const void *data, size_t len, size_t step, size_t *used)
{
	enum sl_http_progress progress = SL_HTTP_MORE;
	const unsigned char *bytes = data;
	size_t took;

	*used = 0;
	while (progress == SL_HTTP_MORE || progress == SL_HTTP_HEAD_DONE) {
		size_t piece = len - *used < step ? len - *used : step;

		if (piece == 0 && progress == SL_HTTP_MORE)
			break;
		progress = sl_http_parser_feed(
		    parser, sl_slice_of(bytes + *used, piece), &took);
		*used += took;
		if (progress == SL_HTTP_HEAD_DONE)
			sl_http_parser_body_limit(parser, BODY_MAX);
	}
	return progress;
}

static enum sl_http_progress
feed_text(const char *text)
{
	size_t used;

	return feed(text, strlen(text), SIZE_MAX, &used);
}

static void
expect_header(const char *name, const char *value)
{
	struct sl_slice out;

	ck_assert(
	    sl_http_request_header(sl_http_parser_request(parser), name, &out));
	ck_assert(sl_slice_is_text(out, value));
}

static void
expect_query(const char *key, const char *value)
{
	struct sl_slice out;

	ck_assert_msg(
	    sl_http_request_query(sl_http_parser_request(parser), key, &out),
	    "no key %s", key);
	ck_assert_msg(sl_slice_is_text(out, value), "%s", key);
}

/* A whole request, as the target and lines of head and body behind it. */
static unsigned
refusal_of(const char *text, size_t len)
{
	const char *why = "";
	size_t used;

	sl_http_parser_reset(parser);
	if (feed(text, len, SIZE_MAX, &used) != SL_HTTP_BAD)
		return 0;
	return sl_http_parser_refusal(parser, &why);
}

START_TEST(a_plain_request_is_taken_apart)
{
	const struct sl_http_request *request;
	struct sl_slice out;

	ck_assert_int_eq(feed_text("GET /v1/datasets?q=a HTTP/1.1\r\n"
	                           "Host: localhost:8443\r\n"
	                           "X-Odd:\t spaced out \t\r\n"
	                           "EMPTY:\r\n\r\n"),
	    SL_HTTP_DONE);
	request = sl_http_parser_request(parser);
	ck_assert_int_eq(sl_http_request_method(request), SL_HTTP_GET);
	ck_assert(
	    sl_slice_is_text(sl_http_request_path(request), "/v1/datasets"));
	expect_query("q", "a");
	ck_assert_uint_eq(sl_http_request_query_count(request), 1);
	expect_header("host", "localhost:8443");
	expect_header("x-odd", "spaced out");
	expect_header("empty", "");
	ck_assert(!sl_http_request_header(request, "absent", &out));
	ck_assert_uint_eq(sl_http_request_body(request).len, 0);
	ck_assert(!sl_http_parser_wants_close(parser));
}
END_TEST

START_TEST(a_query_is_split_first_and_decoded_once)
{
	ck_assert_int_eq(
	    feed_text("GET /?where=task%3Dpour%7Cpick&a+b=%2526&e=&u=%C3%A9"
	              " HTTP/1.1\r\nHost: a\r\n\r\n"),
	    SL_HTTP_DONE);
	expect_query("where", "task=pour|pick");
	expect_query("a b", "%26");
	expect_query("e", "");
	expect_query("u", "\xc3\xa9");
}
END_TEST

START_TEST(pipelined_requests_survive_a_cut_at_every_byte)
{
	static const char text[] = "POST /a?x=1%2B HTTP/1.1\r\nHost: a\r\n"
	                           "Content-Length: 5\r\n\r\nhello"
	                           "GET /b HTTP/1.1\r\nHost: b\r\n"
	                           "Connection: x, Close\r\n\r\n";
	size_t first;
	size_t second;

	for (size_t step = 1; step < sizeof(text); step++) {
		sl_http_parser_reset(parser);
		ck_assert_int_eq(
		    feed(text, sizeof(text) - 1, step, &first), SL_HTTP_DONE);
		ck_assert_int_eq(text[first], 'G');
		expect_query("x", "1+");
		ck_assert(sl_slice_is_text(
		    sl_http_request_body(sl_http_parser_request(parser)),
		    "hello"));
		sl_http_parser_reset(parser);
		ck_assert_int_eq(
		    feed(text + first, sizeof(text) - 1 - first, step, &second),
		    SL_HTTP_DONE);
		ck_assert_uint_eq(first + second, sizeof(text) - 1);
		expect_header("host", "b");
		ck_assert(sl_http_parser_wants_close(parser));
	}
}
END_TEST

START_TEST(an_expectation_is_reported_with_the_head)
{
	static const char text[] = "POST / HTTP/1.1\r\nHost: a\r\n"
	                           "Expect: 100-Continue\r\n"
	                           "Content-Length: 1\r\n\r\n";
	size_t used;

	ck_assert_int_eq(
	    sl_http_parser_feed(parser, sl_slice_text(text), &used),
	    SL_HTTP_HEAD_DONE);
	ck_assert(sl_http_parser_expects_continue(parser));
	ck_assert_uint_eq(
	    sl_http_request_body_len(sl_http_parser_request(parser)), 1);
	sl_http_parser_body_limit(parser, 0);
	ck_assert_int_eq(
	    sl_http_parser_feed(parser, sl_slice_of(NULL, 0), &used),
	    SL_HTTP_BAD);
}
END_TEST

struct hostile {
	unsigned status;
	const char *text;
};

#define H "Host: a\r\n"

static const struct hostile hostile[] = {
    /* Framing. */
    {400,
        "POST / HTTP/1.1\r\n" H
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {501, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"},
    {501, "GET / HTTP/1.1\r\n" H "transfer-encoding: xchunked\r\n\r\n"},
    {501, "POST / HTTP/1.1\r\n" H "TRANSFER-ENCODING:\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" H "Transfer-Encoding : chunked\r\n\r\n"},
    {400,
        "POST / HTTP/1.1\r\n" H
        "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"},
    {400,
        "POST / HTTP/1.1\r\n" H
        "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length: +5\r\n\r\nhello"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length: 5, 5\r\n\r\nhello"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length: 0x5\r\n\r\nhello"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length: 05\r\n\r\nhello"},
    {400, "POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n"},
    {400,
        "POST / HTTP/1.1\r\n" H
        "Content-Length: 18446744073709551621\r\n\r\nhello"},
    {413, "POST / HTTP/1.1\r\n" H "Content-Length: 17\r\n\r\n"},
    {413,
        "POST / HTTP/1.1\r\n" H "Content-Length: 9223372036854775807\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello"},
    {417, "POST / HTTP/1.1\r\n" H "Expect: 200-ok\r\n\r\n"},
    /* Host. */
    {400, "GET / HTTP/1.1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" H H "\r\n"},
    {400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
    /* Lines. */
    {400, "GET / HTTP/1.1\nHost: a\n\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" H "X: a\rb\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" H "X: a\r\n b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" H "X: a\r\n\tb\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n " H "\r\n"},
    {400, "GET / HTTP/1.1\r\n" H ": empty\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" H "no colon\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" H "b(d: x\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" H "X: \x01\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n" H "X: \x7f\r\n\r\n"},
    {400, "\r\nGET / HTTP/1.1\r\n" H "\r\n"},
    {400, "GET / HTTP/1.1\r\n" H "Range: a\r\nRange: b\r\n\r\n"},
    {400,
        "GET / HTTP/1.1\r\n" H "Authorization: a\r\nauthorization: b\r\n\r\n"},
    /* Request line. */
    {505, "GET / HTTP/1.0\r\n" H "\r\n"},
    {505, "GET / HTTP/9.9\r\n" H "\r\n"},
    {501, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {400, "GET / HTTP/1.10\r\n" H "\r\n"},
    {400, "GET / http/1.1\r\n" H "\r\n"},
    {400, "GET /\r\n" H "\r\n"},
    {400, "GET  / HTTP/1.1\r\n" H "\r\n"},
    {400, "GET / HTTP/1.1 \r\n" H "\r\n"},
    {400, "GET\t/ HTTP/1.1\r\n" H "\r\n"},
    {400, "G(T / HTTP/1.1\r\n" H "\r\n"},
    {400, " / HTTP/1.1\r\n" H "\r\n"},
    {501, "get / HTTP/1.1\r\n" H "\r\n"},
    {501, "DELETE / HTTP/1.1\r\n" H "\r\n"},
    {501, "CONNECT a:443 HTTP/1.1\r\n" H "\r\n"},
    /* Path. */
    {400, "GET http://b/ HTTP/1.1\r\n" H "\r\n"},
    {400, "GET a HTTP/1.1\r\n" H "\r\n"},
    {400, "GET * HTTP/1.1\r\n" H "\r\n"},
    {400, "GET //b HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /a//b HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /a/ HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /../b HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /a/.. HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /./b HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /%2e%2e HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /%00 HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /a\\b HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /a#b HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n"},
    /* Query. */
    {400, "GET /?a HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?=b HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=1& HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=1&a=2 HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=1&%61=2 HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=% HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=%4 HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=%4&b=1 HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=%zz HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=%00 HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=%0d%0a HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=%ff HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=%c0%af HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=%ed%a0%80 HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=%f4%90%80%80 HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=%c2%85 HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=%c3 HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=\xc3\xa9 HTTP/1.1\r\n" H "\r\n"},
    {400, "GET /?a=b#c HTTP/1.1\r\n" H "\r\n"},
};

START_TEST(hostile_input_is_refused)
{
	unsigned status;

	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		status = refusal_of(hostile[i].text, strlen(hostile[i].text));
		ck_assert_msg(status == hostile[i].status,
		    "%u instead of %u for %s", status, hostile[i].status,
		    hostile[i].text);
	}
}
END_TEST

START_TEST(a_nul_is_refused_everywhere)
{
	static const char text[] = "GET /a?b=c HTTP/1.1\r\nHost: a\r\n"
	                           "X: yz\r\n\r\n";
	char copy[sizeof(text)];

	for (size_t i = 0; i < sizeof(text) - 3; i++) {
		memcpy(copy, text, sizeof(text));
		copy[i] = '\0';
		ck_assert_msg(
		    refusal_of(copy, sizeof(text) - 1) != 0, "NUL at %zu", i);
	}
}
END_TEST

/* "GET / HTTP/1.1", Host, then `count` headers with values of `len` bytes. */
static unsigned
refusal_of_headers(size_t count, size_t len)
{
	size_t size = 64 + count * (len + 16);
	char *text = malloc(size);
	unsigned status;
	size_t used;

	ck_assert_ptr_nonnull(text);
	used = (size_t)snprintf(text, size, "GET / HTTP/1.1\r\n" H);
	for (size_t i = 0; i < count; i++) {
		used += (size_t)snprintf(text + used, size - used, "x%zu: ", i);
		memset(text + used, 'v', len);
		used += len;
		memcpy(text + used, "\r\n", 2);
		used += 2;
	}
	memcpy(text + used, "\r\n", 2);
	status = refusal_of(text, used + 2);
	free(text);
	return status;
}

START_TEST(the_head_is_bounded)
{
	ck_assert_uint_eq(refusal_of_headers(63, 10), 0);
	ck_assert_uint_eq(refusal_of_headers(64, 10), 431);
	ck_assert_uint_eq(refusal_of_headers(1, 8000), 0);
	ck_assert_uint_eq(refusal_of_headers(1, 8192), 431);
	ck_assert_uint_eq(refusal_of_headers(1, 1 << 20), 431);
	ck_assert_uint_eq(refusal_of_headers(2, 8000), 0);
	ck_assert_uint_eq(refusal_of_headers(3, 6000), 431);
}
END_TEST

START_TEST(a_long_target_is_414)
{
	char text[SL_HTTP_LINE_MAX + 64];

	memset(text, 'a', sizeof(text));
	memcpy(text, "GET /", 5);
	ck_assert_uint_eq(refusal_of(text, sizeof(text)), 414);
}
END_TEST

START_TEST(the_query_has_a_bounded_number_of_keys)
{
	char text[1024];
	size_t used = (size_t)snprintf(text, sizeof(text), "GET /?k=v");

	for (int i = 1; i < SL_HTTP_QUERY_MAX; i++)
		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, "&k%d=v", i);
	snprintf(text + used, sizeof(text) - used, " HTTP/1.1\r\n" H "\r\n");
	ck_assert_uint_eq(refusal_of(text, strlen(text)), 0);
	snprintf(
	    text + used, sizeof(text) - used, "&x=v HTTP/1.1\r\n" H "\r\n");
	ck_assert_uint_eq(refusal_of(text, strlen(text)), 400);
}
END_TEST

TCase *
parser_tcase(void)
{
	TCase *tcase = tcase_create("parser");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_plain_request_is_taken_apart);
	tcase_add_test(tcase, a_query_is_split_first_and_decoded_once);
	tcase_add_test(tcase, pipelined_requests_survive_a_cut_at_every_byte);
	tcase_add_test(tcase, an_expectation_is_reported_with_the_head);
	tcase_add_test(tcase, hostile_input_is_refused);
	tcase_add_test(tcase, a_nul_is_refused_everywhere);
	tcase_add_test(tcase, the_head_is_bounded);
	tcase_add_test(tcase, a_long_target_is_414);
	tcase_add_test(tcase, the_query_has_a_bounded_number_of_keys);
	return tcase;
}
