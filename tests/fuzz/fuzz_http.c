/* Input: a byte that says how the rest is cut, then what a client sends.  Two
 * parsers, fed whole and in pieces, must agree about every request. */
#include "fuzz.h"

#include <string.h>

#include "sluice/net/http.h"

#define BODY_MAX 4096

/* Feed up to the end of a request, at most `step` bytes at a time. */
static enum sl_http_progress
feed(struct sl_http_parser *parser, struct sl_slice input, size_t step,
    size_t *used)
{
	enum sl_http_progress progress = SL_HTTP_MORE;
	size_t took;

	*used = 0;
	while (progress == SL_HTTP_HEAD_DONE ||
	    (progress == SL_HTTP_MORE && *used < input.len)) {
		size_t left = input.len - *used;

		progress = sl_http_parser_feed(parser,
		    sl_slice_of(input.data + *used, left < step ? left : step),
		    &took);
		*used += took;
		FUZZ_ASSERT(*used <= input.len);
		if (progress == SL_HTTP_HEAD_DONE)
			sl_http_parser_body_limit(parser, BODY_MAX);
	}
	return progress;
}

static void
check_text(struct sl_slice text)
{
	for (size_t i = 0; i < text.len; i++)
		FUZZ_ASSERT(text.data[i] >= 0x20 && text.data[i] != 0x7f);
}

/* What every accepted request promises. */
static void
check_request(const struct sl_http_request *request)
{
	struct sl_slice path = sl_http_request_path(request);
	struct sl_slice key;
	struct sl_slice value;

	FUZZ_ASSERT(path.len > 0 && path.data[0] == '/');
	FUZZ_ASSERT(memchr(path.data, '%', path.len) == NULL);
	FUZZ_ASSERT(memmem(path.data, path.len, "//", 2) == NULL);
	FUZZ_ASSERT(memmem(path.data, path.len, "/../", 4) == NULL);
	check_text(path);
	FUZZ_ASSERT(sl_http_request_header(request, "host", &value));
	FUZZ_ASSERT(value.len > 0);
	FUZZ_ASSERT(
	    !sl_http_request_header(request, "transfer-encoding", &value));
	FUZZ_ASSERT(sl_http_request_body(request).len ==
	    sl_http_request_body_len(request));
	FUZZ_ASSERT(sl_http_request_body_len(request) <= BODY_MAX);
	FUZZ_ASSERT(sl_http_request_query_count(request) <= SL_HTTP_QUERY_MAX);
	for (size_t i = 0; i < sl_http_request_query_count(request); i++) {
		sl_http_request_query_at(request, i, &key, &value);
		FUZZ_ASSERT(key.len > 0);
		check_text(key);
		check_text(value);
	}
}

static void
check_same(const struct sl_http_request *a, const struct sl_http_request *b)
{
	struct sl_slice keys[2];
	struct sl_slice values[2];

	FUZZ_ASSERT(sl_http_request_method(a) == sl_http_request_method(b));
	FUZZ_ASSERT(
	    sl_slice_is(sl_http_request_path(a), sl_http_request_path(b)));
	FUZZ_ASSERT(
	    sl_slice_is(sl_http_request_body(a), sl_http_request_body(b)));
	FUZZ_ASSERT(
	    sl_http_request_query_count(a) == sl_http_request_query_count(b));
	for (size_t i = 0; i < sl_http_request_query_count(a); i++) {
		sl_http_request_query_at(a, i, &keys[0], &values[0]);
		sl_http_request_query_at(b, i, &keys[1], &values[1]);
		FUZZ_ASSERT(sl_slice_is(keys[0], keys[1]));
		FUZZ_ASSERT(sl_slice_is(values[0], values[1]));
	}
}

static void
check_refusal(const struct sl_http_parser *a, const struct sl_http_parser *b)
{
	const char *why_a;
	const char *why_b;
	unsigned status = sl_http_parser_refusal(a, &why_a);

	FUZZ_ASSERT(status >= 400 && status < 600);
	FUZZ_ASSERT(sl_http_parser_refusal(b, &why_b) == status);
	FUZZ_ASSERT(strcmp(why_a, why_b) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_http_parser *whole;
	struct sl_http_parser *cut;
	enum sl_http_progress progress;
	struct sl_slice rest;
	size_t used;
	size_t used_cut;

	if (size < 2)
		return 0;
	if (sl_http_parser_new(&whole) != SL_OK ||
	    sl_http_parser_new(&cut) != SL_OK)
		abort();
	rest = sl_slice_of(data + 1, size - 1);
	do {
		progress = feed(whole, rest, SIZE_MAX, &used);
		FUZZ_ASSERT(feed(cut, rest, (size_t)data[0] + 1, &used_cut) ==
		    progress);
		if (progress == SL_HTTP_BAD)
			check_refusal(whole, cut);
		if (progress != SL_HTTP_DONE)
			break;
		FUZZ_ASSERT(used == used_cut);
		check_request(sl_http_parser_request(whole));
		check_same(
		    sl_http_parser_request(whole), sl_http_parser_request(cut));
		rest = sl_slice_of(rest.data + used, rest.len - used);
		sl_http_parser_reset(whole);
		sl_http_parser_reset(cut);
	} while (rest.len > 0);
	sl_http_parser_free(whole);
	sl_http_parser_free(cut);
	return 0;
}
