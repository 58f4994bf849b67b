#include "sluice/catalog/where.h"

#include <stdio.h>

#include "suites.h"

/* Of facets: */

START_TEST(a_facet_takes_only_its_values)
{
	static const struct {
		enum sl_facet facet;
		const char *value;
		bool good;
	} cases[] = {{SL_FACET_TASK, "pick", true},
	    {SL_FACET_TASK, "Pick", false}, {SL_FACET_TASK, "", false},
	    {SL_FACET_SUCCESS, "true", true},
	    {SL_FACET_SUCCESS, "partial", true},
	    {SL_FACET_SUCCESS, "yes", false}, {SL_FACET_SITE, "lab.1", true},
	    {SL_FACET_RECORDED, "2026-11-20T10:00:00Z", true},
	    {SL_FACET_RECORDED, "2026-11-20T10:00:00.5Z", false},
	    {SL_FACET_RECORDED, "2026-11-20T10:00:00+00:00", false},
	    {SL_FACET_RECORDED, "2026-11-20", false}};
	struct sl_facets facets = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg((sl_facets_set(&facets, cases[i].facet,
		                   sl_slice_text(cases[i].value),
		                   NULL) == SL_OK) == cases[i].good,
		    "'%s'", cases[i].value);
}
END_TEST

START_TEST(facets_go_through_json_strictly)
{
	static const char *const bad[] = {"[]", "{\"task\":1}",
	    "{\"task\":null}", "{\"colour\":\"red\"}", "{\"duration_ms\":-1}",
	    "{\"duration_ms\":4294967296}", "{\"success\":true}"};
	struct sl_facets facets = {0};
	struct sl_facets again;
	json_t *json;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json = json_loads(bad[i], 0, NULL);
		ck_assert_msg(
		    sl_facets_from_json(&again, json, NULL) == SL_ERR_INVALID,
		    "'%s' was taken", bad[i]);
		json_decref(json);
	}
	ck_assert(sl_facets_set(&facets, SL_FACET_TASK, sl_slice_text("pick"),
	              NULL) == SL_OK);
	facets.duration_ms = 1234;
	json = sl_facets_to_json(&facets);
	ck_assert(sl_facets_from_json(&again, json, NULL) == SL_OK);
	ck_assert_mem_eq(&facets, &again, sizeof(facets));
	json_decref(json);
}
END_TEST

/* Of filters: */

START_TEST(malformed_filters_are_refused)
{
	static const char *const bad[] = {",", "task", "task=", "=pick",
	    "task=pick,", ",task=pick", "task=pick,,site=a", "task=a|",
	    "task=|a", "task=a||b", "task=a,task=b", "colour=red", "Task=pick",
	    "task=Pick", "task=a b", "task==a", "success=yes", "recorded=20",
	    "recorded=2026-1", "recorded=2026-11-2", "recorded=2026/11",
	    "recorded=2026-11-20T10:00:00Z", "recorded=2026-1a",
	    "duration_ms=5", "task=\xc3\xa4"};
	struct sl_where *where;
	struct sl_error err = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(sl_where_parse(&where, sl_slice_text(bad[i]),
		                  &err) == SL_ERR_INVALID,
		    "'%s' was taken", bad[i]);
		ck_assert_ptr_null(where);
	}
}
END_TEST

START_TEST(long_filters_are_refused)
{
	struct sl_where *where;
	struct sl_buf buf;

	sl_buf_init(&buf, 4096);
	ck_assert(sl_buf_append_text(&buf, "task=a") == SL_OK);
	for (int i = 1; i < SL_WHERE_VALUES_MAX; i++)
		ck_assert(sl_buf_printf(&buf, "|v%d", i) == SL_OK);
	ck_assert(sl_where_parse(&where, sl_buf_slice(&buf), NULL) == SL_OK);
	sl_where_free(where);
	ck_assert(sl_buf_append_text(&buf, "|x") == SL_OK);
	ck_assert(
	    sl_where_parse(&where, sl_buf_slice(&buf), NULL) == SL_ERR_LIMIT);
	while (buf.len <= SL_WHERE_TEXT_MAX)
		ck_assert(sl_buf_append_text(&buf, "x") == SL_OK);
	ck_assert(
	    sl_where_parse(&where, sl_buf_slice(&buf), NULL) == SL_ERR_LIMIT);
	sl_buf_clear(&buf);
}
END_TEST

static bool
matches(const char *text, const struct sl_facets *facets)
{
	struct sl_where *where;
	bool yes;

	ck_assert_msg(
	    sl_where_parse(&where, sl_slice_text(text), NULL) == SL_OK,
	    "'%s' was refused", text);
	yes = sl_where_matches(where, facets);
	sl_where_free(where);
	return yes;
}

START_TEST(a_filter_matches_by_all_keys_and_any_value)
{
	struct sl_facets facets = {0};

	(void)snprintf(facets.value[SL_FACET_TASK], 65, "pick");
	(void)snprintf(facets.value[SL_FACET_SUCCESS], 65, "true");
	(void)snprintf(
	    facets.value[SL_FACET_RECORDED], 65, "2026-11-20T10:00:00Z");
	ck_assert(matches("", &facets));
	ck_assert(matches("task=pick", &facets));
	ck_assert(matches("task=place|pick", &facets));
	ck_assert(matches("success=true,task=pick", &facets));
	ck_assert(!matches("success=false,task=pick", &facets));
	ck_assert(!matches("task=pic", &facets));
	ck_assert(!matches("task=pickup", &facets));
	ck_assert(!matches("site=lab", &facets));
	ck_assert(matches("recorded=2026", &facets));
	ck_assert(matches("recorded=2025|2026-11", &facets));
	ck_assert(matches("recorded=2026-11-20", &facets));
	ck_assert(!matches("recorded=2026-12", &facets));
	ck_assert(!matches("recorded=2026-11-21", &facets));
}
END_TEST

START_TEST(the_canonical_text_is_stable)
{
	struct sl_where *where;
	struct sl_where *again;
	struct sl_buf buf;

	sl_buf_init(&buf, 1000);
	ck_assert(sl_where_parse(&where,
	              sl_slice_text("robot=b|a|b,success=true,task=z|pick"),
	              NULL) == SL_OK);
	ck_assert(sl_where_format(&buf, where) == SL_OK);
	ck_assert_str_eq(
	    sl_buf_text(&buf), "task=pick|z,success=true,robot=a|b");
	ck_assert_uint_eq(sl_where_value_count(where, SL_FACET_ROBOT), 2);
	ck_assert_str_eq(sl_where_value(where, SL_FACET_ROBOT, 1), "b");
	ck_assert_uint_eq(sl_where_value_count(where, SL_FACET_SITE), 0);
	ck_assert_uint_eq(sl_where_value_count(NULL, SL_FACET_SITE), 0);
	ck_assert(sl_where_parse(&again, sl_buf_slice(&buf), NULL) == SL_OK);
	sl_buf_reset(&buf);
	ck_assert(sl_where_format(&buf, again) == SL_OK);
	ck_assert_str_eq(
	    sl_buf_text(&buf), "task=pick|z,success=true,robot=a|b");
	sl_where_free(where);
	sl_where_free(again);
	sl_buf_clear(&buf);
}
END_TEST

TCase *
where_cases(void)
{
	TCase *tc = tcase_create("where");

	tcase_add_test(tc, a_facet_takes_only_its_values);
	tcase_add_test(tc, facets_go_through_json_strictly);
	tcase_add_test(tc, malformed_filters_are_refused);
	tcase_add_test(tc, long_filters_are_refused);
	tcase_add_test(tc, a_filter_matches_by_all_keys_and_any_value);
	tcase_add_test(tc, the_canonical_text_is_stable);
	return tc;
}
