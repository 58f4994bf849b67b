#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "limit.h"
#include "range.h"
#include "route.h"
#include "template.h"
#include "words.h"

/* ---- templates ---- */

/* Fill `text` with `values` (JSON); NULL if that fails. */
static char *
fill(const char *text, const char *values)
{
	struct sl_template_set *set;
	json_t *object = json_loads(values, 0, NULL);
	struct sl_buf out;
	char *result = NULL;

	ck_assert_ptr_nonnull(object);
	ck_assert_int_eq(sl_template_set_new(&set), SL_OK);
	sl_buf_init(&out, 4096);
	if (sl_template_set_add(set, "part", sl_slice_text("[{{x}}]"), NULL) ==
	        SL_OK &&
	    sl_template_set_add(set, "page", sl_slice_text(text), NULL) ==
	        SL_OK &&
	    sl_template_render(set, "page", object, &out, NULL) == SL_OK)
		result = strdup(sl_buf_text(&out));
	sl_buf_clear(&out);
	sl_template_set_free(set);
	json_decref(object);
	return result;
}

static void
check_fill(const char *text, const char *values, const char *wanted)
{
	char *found = fill(text, values);

	if (wanted == NULL)
		ck_assert_ptr_null(found);
	else
		ck_assert_str_eq(found, wanted);
	free(found);
}

START_TEST(values_are_always_escaped)
{
	check_fill("<a b=\"{{x}}\">", "{\"x\":\"\\\"'<>&\"}",
	    "<a b=\"&quot;&#39;&lt;&gt;&amp;\">");
	check_fill("{{x}}", "{\"x\":\"{{y}}\",\"y\":1}", "{{y}}");
	check_fill("{{n}}", "{\"n\":-5}", "-5");
}
END_TEST

START_TEST(sections_repeat_and_nest)
{
	check_fill("{{#a}}<{{n}}{{#b}}{{.}},{{/b}}>{{/a}}",
	    "{\"a\":[{\"n\":1,\"b\":[\"x\",\"y\"]},{\"n\":2,\"b\":[]}]}",
	    "<1x,y,><2>");
	check_fill("{{^a}}none{{/a}}{{#a}}some{{/a}}", "{\"a\":[]}", "none");
	check_fill("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":true}", "yes");
	check_fill("{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":\"\"}", "no");
	check_fill("{{#a}}{{x}}{{/a}}", "{\"a\":{\"x\":1},\"x\":2}", "1");
	check_fill("{{>part}}", "{\"x\":1}", "[1]");
}
END_TEST

START_TEST(what_does_not_fit_is_an_error)
{
	check_fill("{{y}}", "{\"x\":1}", NULL);
	check_fill("{{x}}", "{\"x\":[]}", NULL);
	check_fill("{{x}}", "{\"x\":1.5}", NULL);
	check_fill("{{#x}}", "{\"x\":1}", NULL);
	check_fill("{{/x}}", "{\"x\":1}", NULL);
	check_fill("{{#x}}{{#y}}{{/x}}{{/y}}", "{\"x\":1,\"y\":1}", NULL);
	check_fill("{{x", "{\"x\":1}", NULL);
	check_fill("{{&x}}", "{\"x\":1}", NULL);
	check_fill("{{{x}}}", "{\"x\":1}", NULL);
	check_fill("{{>nosuch}}", "{\"x\":1}", NULL);
	check_fill("{{>page}}", "{\"x\":1}", NULL);
}
END_TEST

/* ---- ranges ---- */

static const struct {
	const char *header;
	enum range_answer answer;
	uint64_t from;
	uint64_t until;
} ranges[] = {
    {"bytes=0-0", RANGE_PART, 0, 1},
    {"bytes=10-19", RANGE_PART, 10, 20},
    {"bytes=90-", RANGE_PART, 90, 100},
    {"bytes=90-1000", RANGE_PART, 90, 100},
    {"bytes=-5", RANGE_PART, 95, 100},
    {"bytes=-500", RANGE_PART, 0, 100},
    {"bytes=-18446744073709551615", RANGE_PART, 0, 100},
    {"bytes=0-18446744073709551615", RANGE_PART, 0, 100},
    {"bytes=100-", RANGE_UNSATISFIABLE, 0, 0},
    {"bytes=-0", RANGE_UNSATISFIABLE, 0, 0},
    {"bytes=5-2", RANGE_WHOLE, 0, 0},
    {"bytes=0-1,3-4", RANGE_WHOLE, 0, 0},
    {"bytes=-", RANGE_WHOLE, 0, 0},
    {"bytes=", RANGE_WHOLE, 0, 0},
    {"bytes=a-b", RANGE_WHOLE, 0, 0},
    {"bytes=+1-2", RANGE_WHOLE, 0, 0},
    {"bytes=1-99999999999999999999999", RANGE_WHOLE, 0, 0},
    {"items=0-1", RANGE_WHOLE, 0, 0},
    {"", RANGE_WHOLE, 0, 0},
};

START_TEST(a_range_is_one_part_or_the_whole)
{
	uint64_t from;
	uint64_t until;
	enum range_answer answer =
	    range_parse(sl_slice_text(ranges[_i].header), 100, &from, &until);

	ck_assert_msg(answer == ranges[_i].answer, "%s", ranges[_i].header);
	if (answer == RANGE_PART) {
		ck_assert_uint_eq(from, ranges[_i].from);
		ck_assert_uint_eq(until, ranges[_i].until);
	}
}
END_TEST

/* ---- routes ---- */

static enum route_match
find(const struct route **out, enum sl_http_method method, const char *path)
{
	struct sl_slice params[ROUTE_PARAMS_MAX];

	return route_find(out, method, sl_slice_text(path), params);
}

START_TEST(paths_find_their_route_and_only_that)
{
	const struct route *route;

	ck_assert_int_eq(find(&route, SL_HTTP_GET, "/"), ROUTE_FOUND);
	ck_assert(route->handle == handle_list_page);
	ck_assert_int_eq(
	    find(&route, SL_HTTP_HEAD, "/v1/datasets/a-b/head"), ROUTE_FOUND);
	ck_assert(route->handle == handle_head);
	ck_assert_int_eq(find(&route, SL_HTTP_POST, "/v1/datasets/a-b/head"),
	    ROUTE_OTHER_METHOD);
	for (size_t i = 0; i < 8; i++) {
		static const char *const none[] = {"", "/v1", "/v1/",
		    "/v1/datasets/", "/v1/datasets/a/", "/v1/datasets/a/nosuch",
		    "/v1/datasets/a/head/b", "/datasets"};

		ck_assert_msg(find(&route, SL_HTTP_GET, none[i]) == ROUTE_NONE,
		    "%s", none[i]);
	}
}
END_TEST

/* The code of an activation is what its caller has instead. */
/* What proves, not what is sold. */
static bool
is_log(const struct route *route)
{
	return route->handle == handle_checkpoint ||
	    route->handle == handle_checkpoint_text ||
	    route->handle == handle_checkpoint_minisig ||
	    route->handle == handle_inclusion || route->handle == handle_tile;
}

START_TEST(every_delivery_needs_a_token)
{
	for (size_t i = 0; i < route_count; i++) {
		bool is_catalog = routes[i].right == RIGHT_ANYONE ||
		    routes[i].right == RIGHT_CATALOG;
		bool is_activation =
		    strcmp(routes[i].pattern, "/v1/activate") == 0;

		if (routes[i].names_dataset || routes[i].body_max > 0)
			ck_assert_msg(
			    !is_catalog || is_activation || is_log(&routes[i]),
			    "%s", routes[i].pattern);
	}
}
END_TEST

START_TEST(the_rest_of_a_path_may_be_a_parameter)
{
	static const char *const none[] = {"/v1/datasets/a/log/1",
	    "/v1/datasets/a/log/1/", "/v1/datasets/a/log/1/tile/",
	    "/v1/datasets/a/log//tile/0/000"};
	struct sl_slice params[ROUTE_PARAMS_MAX];
	const struct route *route;

	ck_assert_int_eq(
	    route_find(&route, SL_HTTP_GET,
	        sl_slice_text("/v1/datasets/a/log/12/tile/0/x001/002.p/3"),
	        params),
	    ROUTE_FOUND);
	ck_assert(route->handle == handle_tile);
	ck_assert(sl_slice_is_text(params[0], "a"));
	ck_assert(sl_slice_is_text(params[1], "12"));
	ck_assert(sl_slice_is_text(params[2], "tile/0/x001/002.p/3"));
	ck_assert_int_eq(
	    find(&route, SL_HTTP_POST, "/v1/datasets/a/log/1/tile/0/000"),
	    ROUTE_OTHER_METHOD);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ck_assert_msg(find(&route, SL_HTTP_GET, none[i]) == ROUTE_NONE,
		    "%s", none[i]);
}
END_TEST

START_TEST(only_listed_query_keys_are_known)
{
	const struct route *route;

	ck_assert_int_eq(find(&route, SL_HTTP_GET, "/v1/usage"), ROUTE_FOUND);
	ck_assert(route_has_key(route, sl_slice_text("licence")));
	ck_assert(route_has_key(route, sl_slice_text("month")));
	ck_assert(!route_has_key(route, sl_slice_text("lic")));
	ck_assert(!route_has_key(route, sl_slice_text("licence month")));
	ck_assert(!route_has_key(route, sl_slice_text("")));
}
END_TEST

/* ---- limits ---- */

START_TEST(turns_come_back_with_time_and_keys_do_not_share)
{
	static struct limit limit;
	struct sl_slice a = sl_slice_text("a");
	struct sl_slice other = {0};
	char name[2] = "b";
	int64_t now = 1000;

	limit_init(&limit, 3, 60);
	for (int i = 0; i < 3; i++)
		ck_assert(limit_take(&limit, a, now));
	ck_assert(!limit_take(&limit, a, now));
	/* Some other key has a bucket of its own. */
	for (; other.len == 0 && name[0] <= 'z'; name[0]++)
		if (limit_take(&limit, sl_slice_text(name), now))
			other = sl_slice_text(name);
	ck_assert_uint_gt(other.len, 0);
	ck_assert(!limit_take(&limit, a, now + 999));
	ck_assert(limit_take(&limit, a, now + 1000));
	ck_assert(!limit_take(&limit, a, now + 1000));
	/* Never more than the burst, however long it was; a clock that goes
	 * back gives nothing. */
	now += INT64_C(1000) * 3600 * 24 * 365;
	for (int i = 0; i < 3; i++)
		ck_assert(limit_take(&limit, a, now));
	ck_assert(!limit_take(&limit, a, now));
	ck_assert(!limit_take(&limit, a, 0));
}
END_TEST

START_TEST(addresses_of_one_network_are_one_key)
{
	unsigned char one[16];
	unsigned char two[16];

	ck_assert(sl_slice_is(limit_address("2001:db8::1", one),
	    limit_address("2001:db8::ffff:1", two)));
	ck_assert(!sl_slice_is(limit_address("2001:db8::1", one),
	    limit_address("2001:db8:0:1::1", two)));
	ck_assert(!sl_slice_is(
	    limit_address("192.0.2.1", one), limit_address("192.0.2.2", two)));
	ck_assert_uint_eq(limit_address("", one).len, 0);
}
END_TEST

/* ---- words ---- */

START_TEST(figures_read_well)
{
	char out[WORDS_MAX];

	words_count(out, 0);
	ck_assert_str_eq(out, "0");
	words_count(out, 1234567);
	ck_assert_str_eq(out, "1,234,567");
	words_count(out, UINT64_MAX);
	ck_assert_str_eq(out, "18,446,744,073,709,551,615");
	words_bytes(out, 999);
	ck_assert_str_eq(out, "999 B");
	words_bytes(out, 1234567);
	ck_assert_str_eq(out, "1.2 MB");
	words_bytes(out, UINT64_MAX);
	ck_assert_str_eq(out, "18447 PB");
	words_duration(out, 59);
	ck_assert_str_eq(out, "59 s");
	words_duration(out, 5400);
	ck_assert_str_eq(out, "1.5 h");
	words_date(out, "2026-11-01T01:15:00Z");
	ck_assert_str_eq(out, "1 Nov 2026");
	words_date(out, "2026-13-01T01:15:00Z");
	ck_assert_str_eq(out, "");
	words_date(out, NULL);
	ck_assert_str_eq(out, "");
}
END_TEST

static Suite *
suite_api(void)
{
	Suite *suite = suite_create("api");
	TCase *tcase = tcase_create("api");

	tcase_add_test(tcase, values_are_always_escaped);
	tcase_add_test(tcase, sections_repeat_and_nest);
	tcase_add_test(tcase, what_does_not_fit_is_an_error);
	tcase_add_loop_test(tcase, a_range_is_one_part_or_the_whole, 0,
	    (int)(sizeof(ranges) / sizeof(ranges[0])));
	tcase_add_test(tcase, paths_find_their_route_and_only_that);
	tcase_add_test(tcase, the_rest_of_a_path_may_be_a_parameter);
	tcase_add_test(tcase, every_delivery_needs_a_token);
	tcase_add_test(tcase, only_listed_query_keys_are_known);
	tcase_add_test(tcase, turns_come_back_with_time_and_keys_do_not_share);
	tcase_add_test(tcase, addresses_of_one_network_are_one_key);
	tcase_add_test(tcase, figures_read_well);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite_api());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
