#include "sluice/catalog/terms.h"

#include <stdlib.h>

#include "suites.h"

static void
dump(struct sl_buf *buf, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);

	ck_assert_ptr_nonnull(text);
	ck_assert(sl_buf_append_text(buf, text) == SL_OK);
	ck_assert(sl_buf_append_text(buf, "\n") == SL_OK);
	free(text);
	json_decref(json);
}

START_TEST(released_terms_are_read_and_written)
{
	struct sl_error err = {0};
	struct sl_terms terms;
	struct sl_buf buf;
	struct sl_buf again;

	sl_buf_init(&buf, SL_TERMS_BYTES_MAX);
	sl_buf_init(&again, SL_TERMS_BYTES_MAX);
	read_golden(&buf, "terms-v1.json");
	sl_terms_init(&terms);
	ck_assert_msg(sl_terms_parse(&terms, sl_buf_slice(&buf), &err) == SL_OK,
	    "%s", err.text);
	ck_assert_str_eq(terms.dataset, "ur5e-kitting");
	ck_assert(!terms.scope.layers.all);
	ck_assert_uint_eq(terms.scope.window_from, 4);
	ck_assert_uint_eq(terms.scope.window_until, 0);
	ck_assert_uint_eq(terms.quota.episodes, 1000);
	ck_assert(terms.quota.duration_ms == SL_QUOTA_NONE);
	ck_assert(terms.per == SL_QUOTA_PER_MONTH);
	ck_assert_uint_eq(terms.overage_percent, 10);
	ck_assert_str_eq(terms.class_name, "partner");
	ck_assert_str_eq(terms.programme, "humanoid-2027");
	ck_assert_uint_eq(terms.grace_s, 86400);
	ck_assert(terms.use == SL_USE_COMMERCIAL_TRAIN);
	ck_assert(terms.allow.all && terms.deny.count == 2);
	ck_assert_uint_eq(terms.deliveries, 4);
	ck_assert(terms.duty == SL_DUTY_CERTIFY && terms.duty_days == 30);
	ck_assert(terms.needs_acceptance && terms.has_price);
	ck_assert_int_eq(terms.price.cap, INT64_C(20000000000));
	ck_assert(
	    terms.until_us - terms.from_us == INT64_C(365) * 86400 * 1000000);
	dump(&again, sl_terms_to_json(&terms));
	assert_golden(&again, "terms-v1.json");
	sl_terms_clear(&terms);
	sl_buf_clear(&buf);
	sl_buf_clear(&again);
}
END_TEST

/* The released terms with one part replaced. */
static enum sl_status
parse_with(const char *part, const char *other)
{
	struct sl_terms terms;
	struct sl_buf buf;
	struct sl_buf changed;
	const char *at;
	enum sl_status status;

	sl_buf_init(&buf, SL_TERMS_BYTES_MAX);
	sl_buf_init(&changed, SL_TERMS_BYTES_MAX);
	read_golden(&buf, "terms-v1.json");
	at = strstr(sl_buf_text(&buf), part);
	ck_assert_msg(at != NULL, "no '%s'", part);
	ck_assert(sl_buf_append(&changed, buf.data,
	              (size_t)(at - (const char *)buf.data)) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, other) == SL_OK);
	ck_assert(sl_buf_append_text(&changed, at + strlen(part)) == SL_OK);
	sl_terms_init(&terms);
	status = sl_terms_parse(&terms, sl_buf_slice(&changed), NULL);
	sl_terms_clear(&terms);
	sl_buf_clear(&buf);
	sl_buf_clear(&changed);
	return status;
}

START_TEST(what_is_not_known_is_refused)
{
	static const char *const swaps[][2] = {
	    {"\"version\":1", "\"version\":2"},
	    {"\"version\":1", "\"version\":1,\"colour\":\"red\""},
	    {"\"version\":1,", ""}, {"\"dataset\":\"ur5e-kitting\",", ""},
	    {"ur5e-kitting", "UR5e"}, {"\"class\":\"partner\",", ""},
	    {"\"partner\"", "\"\""}, {"\"partner\"", "\"Partner A\""},
	    {"\"humanoid-2027\"", "null"}, {"\"humanoid-2027\"", "\"a b\""},
	    {"\"humanoid-2027\"", "\"a\\nb\""}, {"[\"state\",\"video\"]", "[]"},
	    {"[\"state\",\"video\"]", "null"}, {"\"state\"", "\"smell\""},
	    {"\"where\":\"success=true\",", ""}, {"success=true", "mood=good"},
	    {"\"from\":4", "\"from\":-4"}, {"\"from\":4,", ""},
	    {",\"until\":null", ""}, {"\"until\":null", "\"until\":0"},
	    {"\"until\":null", "\"until\":null,\"extra\":1"},
	    {"2026-11-21T00:00:00Z", "2027-11-21T00:00:00Z"},
	    {"2026-11-21T00:00:00Z", "2026-11-21T00:00:00.5Z"},
	    {"2026-11-21T00:00:00Z", "yesterday"}, {",\"grace_s\":86400", ""},
	    {":86400", ":31622401"}, {":86400", ":-1"}, {":86400", ":1.0"},
	    {"\"commercial_train\"", "\"resell\""},
	    {"\"use\":\"commercial_train\",", ""},
	    {"\"allow\":[\"*\"]", "\"allow\":[\"*\",\"retail\"]"},
	    {"\"allow\":[\"*\"]", "\"allow\":\"*\""},
	    {"\"allow\":[\"*\"]", "\"allow\":[1]"}, {"\"allow\":[\"*\"],", ""},
	    {",\"deny\":[", ",\"denied\":["}, {"\"weapons\"", "\"Weapons\""},
	    {"\"networks\":[\"192.0.2.0/24\",\"2001:db8::/32\"]",
	        "\"networks\":[]"},
	    {"192.0.2.0/24", "192.0.2.1/24"}, {"192.0.2.0/24", "192.0.2.1"},
	    {"192.0.2.0/24", "192.0.2.0/33"}, {"192.0.2.0/24", "*"},
	    {"192.0.2.0/24", "192.0.2.0/"}, {"192.0.2.0/24", "example.org/8"},
	    {"2001:db8::/32", "2001:db8::/129"}, {"\"DE\"", "\"UK\""},
	    {"\"DE\"", "\"de\""}, {"\"DE\"", "\"DEU\""}, {"\"DE\"", "\"*\""},
	    {"\"episodes\":1000", "\"episodes\":-1"},
	    {"\"episodes\":1000", "\"episodes\":1000.5"},
	    {"\"episodes\":1000", "\"episodes\":99999999999999999999"},
	    {"\"episodes\":1000,", ""},
	    {"\"episodes\":1000", "\"episodes\":1000,\"month\":1"},
	    {"\"per\":\"month\"", "\"per\":\"week\""},
	    {"\"per\":\"month\",", ""},
	    {"\"overage_percent\":10", "\"overage_percent\":1001"},
	    {"\"overage_percent\":10", "\"overage_percent\":-1"},
	    {",\"overage_percent\":10", ""},
	    {"\"deliveries\":4", "\"deliveries\":0"},
	    {"\"deliveries\":4", "\"deliveries\":10001"},
	    {"\"deliveries\":4,", ""}, {"\"certify\"", "\"burn\""},
	    {"\"days\":30", "\"days\":3651"}, {",\"days\":30", ""},
	    {"\"sha256\":\"e3", "\"sha256\":\"E3"},
	    {"\"sha256\":\"e3", "\"sha256\":\""},
	    {"\"acceptance\":\"required\"", "\"acceptance\":\"maybe\""},
	    {"\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b"
	     "855\"",
	        "null"},
	    {",\"price\":{", ",\"prices\":{"},
	    {"\"per_episode\":2500000", "\"per_episode\":-1"},
	    {"\"per_episode\":2500000", "\"per_episode\":0.5"},
	    {"\"per_hour\":90000000,", ""}, {",\"cap\":20000000000", ""},
	    {"\"included\":{\"episodes\":100,", "\"included\":{"},
	    {"\"cap\":20000000000", "\"cap\":20000000000,\"tier\":2"}};

	for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++)
		ck_assert_msg(
		    parse_with(swaps[i][0], swaps[i][1]) == SL_ERR_INVALID,
		    "'%s' for '%s' was taken", swaps[i][1], swaps[i][0]);
	ck_assert(parse_with("\"until\":null", "\"until\":9") == SL_OK);
	ck_assert(parse_with("\"required\"", "\"none\"") == SL_OK);
	ck_assert(parse_with("\"humanoid-2027\"", "\"\"") == SL_OK);
	ck_assert(
	    parse_with("\"deliveries\":4", "\"deliveries\":null") == SL_OK);
}
END_TEST

START_TEST(a_failed_parse_leaves_the_terms_alone)
{
	struct sl_terms terms;

	sl_terms_init(&terms);
	terms.from_us = 5;
	ck_assert(sl_terms_parse(&terms, sl_slice_text("{}"), NULL) ==
	    SL_ERR_INVALID);
	ck_assert_int_eq(terms.from_us, 5);
	sl_terms_clear(&terms);
}
END_TEST

TCase *
terms_cases(void)
{
	TCase *tc = tcase_create("terms");

	tcase_add_test(tc, released_terms_are_read_and_written);
	tcase_add_test(tc, what_is_not_known_is_refused);
	tcase_add_test(tc, a_failed_parse_leaves_the_terms_alone);
	return tc;
}
