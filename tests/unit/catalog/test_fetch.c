#include "sluice/catalog/fetch.h"

#include <stdio.h>

#include "suites.h"

START_TEST(malformed_requests_are_refused)
{
	static const char *const bad[] = {"", "[]", "{}", "{\"segments\":{}}",
	    "{\"segments\":[]}", "{\"segments\":{\"0\":\"1\"}}",
	    "{\"segments\":{\"07\":\"1\"}}", "{\"segments\":{\"-7\":\"1\"}}",
	    "{\"segments\":{\"7 \":\"1\"}}",
	    "{\"segments\":{\"2147483647\":\"1\"}}",
	    "{\"segments\":{\"7\":\"\"}}", "{\"segments\":{\"7\":1}}",
	    "{\"segments\":{\"7\":\"1-\"}}",
	    "{\"segments\":{\"7\":\"1\",\"7\":\"2\"}}",
	    "{\"segments\":{\"7\":\"1\"},\"extra\":1}",
	    "{\"segments\":{\"7\":\"1\"},\"licence\":null}",
	    "{\"segments\":{\"7\":\"1\"},\"licence\":\"x\"}",
	    "{\"segments\":{\"7\":\"1\"},\"purpose\":\"a b\"}",
	    "{\"segments\":{\"7\":\"1\"},\"purpose\":\"resell\"}",
	    "{\"segments\":{\"7\":\"1\"},\"purpose\":\"research@XX\"}"};
	struct sl_fetch fetch = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(sl_fetch_parse(&fetch, sl_slice_text(bad[i]),
		                  NULL) == SL_ERR_INVALID,
		    "'%s' was taken", bad[i]);
	sl_fetch_clear(&fetch);
}
END_TEST

START_TEST(a_request_goes_both_ways)
{
	static const char text[] =
	    "{\"licence\":\"01000000-0000-0000-0000-000000000000\","
	    "\"purpose\":\"research/retail@DE\",\"segments\":{\"3\":\"1\","
	    "\"7\":\"0-12,15\"},\"chunks\":{\"7\":\"120-131\","
	    "\"9\":\"4\"}}";
	struct sl_fetch fetch = {0};
	struct sl_error err = {0};
	struct sl_buf buf;

	sl_buf_init(&buf, SL_FETCH_BYTES_MAX);
	ck_assert_msg(
	    sl_fetch_parse(&fetch, sl_slice_text(text), &err) == SL_OK, "%s",
	    err.text);
	ck_assert_uint_eq(fetch.batch_count, 3);
	ck_assert_uint_eq(fetch.batches[1].seq, 7);
	ck_assert(sl_multirange_contains(&fetch.batches[1].segments, 15));
	ck_assert(sl_multirange_contains(&fetch.batches[1].chunks, 121));
	ck_assert(sl_fetch_format(&buf, &fetch) == SL_OK);
	ck_assert_str_eq(sl_buf_text(&buf), text);
	sl_fetch_clear(&fetch);
	sl_buf_reset(&buf);
	ck_assert(sl_fetch_add_chunks(&fetch, 9, 4, 4) == SL_OK);
	ck_assert(sl_fetch_add_chunks(&fetch, 7, 1, 2) == SL_OK);
	ck_assert(sl_fetch_add_chunks(&fetch, 0, 1, 2) == SL_ERR_INVALID);
	ck_assert(sl_fetch_format(&buf, &fetch) == SL_OK);
	ck_assert_str_eq(
	    sl_buf_text(&buf), "{\"chunks\":{\"7\":\"1-2\",\"9\":\"4\"}}");
	sl_fetch_clear(&fetch);
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(a_request_is_at_most_a_mebibyte)
{
	struct sl_fetch fetch = {0};
	struct sl_buf buf;

	sl_buf_init(&buf, 4 * SL_FETCH_BYTES_MAX);
	for (uint32_t i = 0; i < 200000; i++)
		ck_assert(
		    sl_fetch_add_segments(&fetch, 1, 2 * i, 2 * i) == SL_OK);
	ck_assert(sl_fetch_format(&buf, &fetch) == SL_ERR_LIMIT);
	ck_assert(
	    sl_fetch_parse(&fetch, sl_buf_slice(&buf), NULL) == SL_ERR_LIMIT);
	sl_fetch_clear(&fetch);
	for (uint32_t i = 1; i <= SL_FETCH_BATCHES_MAX; i++)
		ck_assert(sl_fetch_add_segments(&fetch, i, 1, 1) == SL_OK);
	ck_assert(sl_fetch_add_segments(
	              &fetch, SL_FETCH_BATCHES_MAX + 1, 1, 1) == SL_ERR_LIMIT);
	sl_fetch_clear(&fetch);
	sl_buf_clear(&buf);
}
END_TEST

TCase *
fetch_cases(void)
{
	TCase *tc = tcase_create("fetch");

	tcase_add_test(tc, malformed_requests_are_refused);
	tcase_add_test(tc, a_request_goes_both_ways);
	tcase_add_test(tc, a_request_is_at_most_a_mebibyte);
	return tc;
}
