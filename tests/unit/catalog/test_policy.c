#include "sluice/catalog/policy.h"

#include <stdlib.h>

#include "suites.h"

START_TEST(released_policies_are_read_and_written)
{
	struct sl_policy policy;
	struct sl_error err = {0};
	struct sl_buf golden;
	struct sl_buf again;
	char *text;
	json_t *json;

	sl_buf_init(&golden, SL_TERMS_BYTES_MAX);
	sl_buf_init(&again, SL_TERMS_BYTES_MAX);
	read_golden(&golden, "policy-v1.json");
	sl_policy_init(&policy);
	ck_assert_msg(
	    sl_policy_parse(&policy, sl_buf_slice(&golden), &err) == SL_OK,
	    "%s", err.text);
	ck_assert(policy.window.history == SL_HISTORY_LAST);
	ck_assert_uint_eq(policy.window.history_number, 3);
	ck_assert(policy.window.future == SL_FUTURE_UNTIL);
	ck_assert_uint_eq(policy.window.future_number, 90);
	ck_assert_uint_eq(policy.days, 365);
	json = sl_policy_to_json(&policy);
	text = json_dumps(json, JSON_COMPACT);
	ck_assert(sl_buf_append_text(&again, text) == SL_OK);
	ck_assert(sl_buf_append_text(&again, "\n") == SL_OK);
	assert_golden(&again, "policy-v1.json");
	free(text);
	json_decref(json);
	sl_policy_clear(&policy);
	sl_buf_clear(&golden);
	sl_buf_clear(&again);
}
END_TEST

/* The released policy with one part replaced. */
static enum sl_status
parse_with(const char *part, const char *other)
{
	struct sl_policy policy;
	struct sl_buf golden;
	struct sl_buf changed;
	const char *at;
	enum sl_status status;

	sl_buf_init(&golden, SL_TERMS_BYTES_MAX);
	sl_buf_init(&changed, SL_TERMS_BYTES_MAX);
	read_golden(&golden, "policy-v1.json");
	at = strstr(sl_buf_text(&golden), part);
	ck_assert_msg(at != NULL, "no '%s'", part);
	ck_assert(sl_buf_append(&changed, golden.data,
	              (size_t)(at - (const char *)golden.data)) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, other) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, at + strlen(part)) == SL_OK);
	sl_policy_init(&policy);
	status = sl_policy_parse(&policy, sl_buf_slice(&changed), NULL);
	sl_policy_clear(&policy);
	sl_buf_clear(&golden);
	sl_buf_clear(&changed);
	return status;
}

START_TEST(policies_are_read_strictly)
{
	static const char *const swaps[][2] = {
	    {"\"version\":1", "\"version\":2"},
	    {"\"version\":1", "\"version\":1,\"dataset\":\"ds-x\""},
	    {"\"last:3\"", "\"last:0\""}, {"\"last:3\"", "\"last:03\""},
	    {"\"last:3\"", "\"last:\""}, {"\"last:3\"", "\"last:-3\""},
	    {"\"last:3\"", "\"until:3\""}, {"\"last:3\"", "\"ALL\""},
	    {"\"last:3\"", "3"}, {"\"last:3\"", "\"last:2147483647\""},
	    {"\"last:3\"", "\"last:99999999999999999999999999\""},
	    {"\"until:90\"", "\"from:90\""}, {"\"until:90\"", "\"until:0\""},
	    {"\"until:90\"", "\"last:3\""}, {",\"future\":\"until:90\"", ""},
	    {"\"days\":365", "\"days\":0"}, {"\"days\":365", "\"days\":36501"},
	    {"\"days\":365,", ""}, {",\"grace_s\":0", ""},
	    {"\"window\":{", "\"window\":{\"from\":1,"},
	    {"\"use\":\"research\",", ""}};

	for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++)
		ck_assert_msg(
		    parse_with(swaps[i][0], swaps[i][1]) == SL_ERR_INVALID,
		    "'%s' for '%s' was taken", swaps[i][1], swaps[i][0]);
	ck_assert(parse_with("last:3", "from:4") == SL_OK);
	ck_assert(parse_with("last:3", "none") == SL_OK);
	ck_assert(parse_with("until:90", "none") == SL_OK);
}
END_TEST

START_TEST(the_built_in_policies_are_what_they_say)
{
	struct sl_policy policy;

	sl_policy_init(&policy);
	ck_assert(policy.terms.use == SL_USE_COMMERCIAL_TRAIN);
	ck_assert(sl_policy_builtin(&policy, sl_slice_text("trial")) == SL_OK);
	ck_assert(policy.terms.use == SL_USE_EVALUATE);
	ck_assert_uint_eq(policy.days, 14);
	ck_assert_uint_eq(policy.terms.quota.episodes, 5);
	ck_assert(
	    sl_policy_builtin(&policy, sl_slice_text("research")) == SL_OK);
	ck_assert(policy.terms.use == SL_USE_RESEARCH);
	ck_assert(policy.terms.quota.episodes == SL_QUOTA_NONE);
	ck_assert(
	    sl_policy_builtin(&policy, sl_slice_text("standard")) == SL_OK);
	ck_assert_uint_eq(policy.days, 365);
	ck_assert(sl_policy_builtin(&policy, sl_slice_text("gold")) ==
	    SL_ERR_NOT_FOUND);
	sl_policy_clear(&policy);
}
END_TEST

START_TEST(history_and_future_become_a_window)
{
	static const struct {
		const char *history;
		const char *future;
		uint32_t seq;
		uint32_t from; /* 0: nothing is covered */
		uint32_t until;
	} rows[] = {{"all", "all", 0, 1, 0}, {"all", "all", 7, 1, 0},
	    {"none", "all", 7, 8, 0}, {"none", "all", 0, 1, 0},
	    {"last:3", "all", 7, 5, 0}, {"last:7", "all", 7, 1, 0},
	    {"last:9", "all", 7, 1, 0}, {"last:3", "none", 7, 5, 7},
	    {"last:3", "all", 0, 1, 0}, {"from:4", "all", 7, 4, 0},
	    {"from:9", "all", 7, 9, 0}, {"from:9", "none", 7, 0, 0},
	    {"all", "none", 7, 1, 7}, {"all", "none", 0, 0, 0},
	    {"none", "none", 7, 0, 0}, {"all", "until:9", 7, 1, 9},
	    {"none", "until:9", 7, 8, 9}, {"none", "until:8", 7, 8, 8},
	    {"none", "until:7", 7, 0, 0}, {"from:4", "until:3", 7, 0, 0},
	    {"all", "until:1", 7, 1, 1}, {"none", "all", SL_SEQ_MAX, 0, 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sl_window window = {0};
		struct sl_scope scope;
		struct sl_error err = {0};
		enum sl_status status;

		sl_scope_init(&scope);
		ck_assert(sl_history_parse(&window,
		              sl_slice_text(rows[i].history), NULL) == SL_OK);
		ck_assert(sl_future_parse(&window,
		              sl_slice_text(rows[i].future), NULL) == SL_OK);
		status = sl_window_resolve(&scope, &window, rows[i].seq, &err);
		if (rows[i].from == 0) {
			ck_assert(status == SL_ERR_INVALID);
			ck_assert_str_eq(err.code, "empty_window");
			continue;
		}
		ck_assert(status == SL_OK);
		ck_assert_msg(scope.window_from == rows[i].from &&
		        scope.window_until == rows[i].until,
		    "history %s, future %s of %u: %u to %u", rows[i].history,
		    rows[i].future, rows[i].seq, scope.window_from,
		    scope.window_until);
	}
}
END_TEST

START_TEST(a_policy_makes_terms_of_whole_seconds)
{
	struct sl_policy policy;
	struct sl_terms terms;
	int64_t now = INT64_C(1795223700123456);

	sl_policy_init(&policy);
	sl_terms_init(&terms);
	ck_assert(sl_where_parse(&policy.terms.scope.where,
	              sl_slice_text("task=pick"), NULL) == SL_OK);
	policy.terms.grace_s = 60;
	ck_assert(
	    sl_policy_terms(&terms, &policy, "kitting", 3, now, NULL) == SL_OK);
	ck_assert_str_eq(terms.dataset, "kitting");
	ck_assert_int_eq(terms.from_us, INT64_C(1795223700000000));
	ck_assert_int_eq(
	    terms.until_us - terms.from_us, 365 * INT64_C(86400000000));
	ck_assert_uint_eq(terms.grace_s, 60);
	ck_assert(terms.scope.where != policy.terms.scope.where);
	ck_assert_str_eq(
	    sl_where_value(terms.scope.where, SL_FACET_TASK, 0), "pick");
	ck_assert(sl_policy_terms(&terms, &policy, "Kitting", 3, now, NULL) ==
	    SL_ERR_INVALID);
	policy.window.future = SL_FUTURE_NONE;
	ck_assert(sl_policy_terms(&terms, &policy, "kitting", 0, now, NULL) ==
	    SL_ERR_INVALID);
	policy.window.future = SL_FUTURE_ALL;
	ck_assert(sl_policy_terms(&terms, &policy, "kitting", 3,
	              INT64_C(253402300799000000), NULL) == SL_ERR_INVALID);
	ck_assert(sl_policy_terms(&terms, &policy, "kitting", 3, -5, NULL) ==
	    SL_ERR_INVALID);
	ck_assert(sl_policy_terms(&terms, &policy, "kitting", 3, INT64_MAX,
	              NULL) == SL_ERR_INVALID);
	ck_assert_str_eq(terms.dataset, "kitting");
	sl_terms_clear(&terms);
	sl_policy_clear(&policy);
}
END_TEST

TCase *
policy_cases(void)
{
	TCase *tc = tcase_create("policy");

	tcase_add_test(tc, released_policies_are_read_and_written);
	tcase_add_test(tc, policies_are_read_strictly);
	tcase_add_test(tc, the_built_in_policies_are_what_they_say);
	tcase_add_test(tc, history_and_future_become_a_window);
	tcase_add_test(tc, a_policy_makes_terms_of_whole_seconds);
	return tc;
}
