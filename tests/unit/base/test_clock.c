#include "sluice/base/clock.h"

#include "suites.h"

START_TEST(times_that_do_not_exist_are_refused)
{
	static const char *const bad[] = {"", "2026-11-21",
	    "2026-11-21T01:15:00", "2026-11-21T01:15:00+01:00",
	    "2026-11-21T01:15:00-00:00", "2026-11-21t01:15:00z",
	    "2026-11-21 01:15:00Z", "2026-02-29T00:00:00Z",
	    "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
	    "2026-01-00T00:00:00Z", "2026-04-31T00:00:00Z",
	    "2026-11-21T24:00:00Z", "2026-11-21T23:60:00Z",
	    "2026-11-21T23:59:60Z", "1969-12-31T23:59:59Z",
	    "2026-11-21T01:15:00.Z", "2026-11-21T01:15:00.1234567Z",
	    "2026-11-21T01:15:00ZZ", "+026-11-21T01:15:00Z",
	    "2026-11-21T01:15:-1Z", "20x6-11-21T01:15:00Z"};
	int64_t us = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(
		    sl_time_parse(&us, sl_slice_text(bad[i])) == SL_ERR_INVALID,
		    "'%s' was taken", bad[i]);
	ck_assert_int_eq(us, 7);
}
END_TEST

START_TEST(text_and_number_agree)
{
	static const struct {
		const char *text;
		int64_t us;
	} good[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"2024-02-29T12:00:00Z", 1709208000000000},
	    {"2026-11-21T01:15:00Z", 1795223700000000},
	    {"9999-12-31T23:59:59Z", 253402300799000000},
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char text[SL_TIME_TEXT_MAX];
		int64_t us;

		ck_assert(
		    sl_time_parse(&us, sl_slice_text(good[i].text)) == SL_OK);
		ck_assert_int_eq(us, good[i].us);
		sl_time_format(text, us);
		ck_assert_str_eq(text, good[i].text);
	}
}
END_TEST

START_TEST(fractions_count_to_the_microsecond)
{
	int64_t us;

	ck_assert(sl_time_parse(&us, sl_slice_text("1970-01-01T00:00:01.5Z")) ==
	    SL_OK);
	ck_assert_int_eq(us, 1500000);
	ck_assert(
	    sl_time_parse(&us,
	        sl_slice_text("1970-01-01T00:00:00.000001+00:00")) == SL_OK);
	ck_assert_int_eq(us, 1);
}
END_TEST

START_TEST(formatting_rounds_down_on_both_sides_of_1970)
{
	char text[SL_TIME_TEXT_MAX];

	sl_time_format(text, 1999999);
	ck_assert_str_eq(text, "1970-01-01T00:00:01Z");
	sl_time_format(text, -1);
	ck_assert_str_eq(text, "1969-12-31T23:59:59Z");
	sl_time_format(text, INT64_MAX);
	sl_time_format(text, INT64_MIN);
}
END_TEST

TCase *
clock_cases(void)
{
	TCase *cases = tcase_create("clock");

	tcase_add_test(cases, times_that_do_not_exist_are_refused);
	tcase_add_test(cases, text_and_number_agree);
	tcase_add_test(cases, fractions_count_to_the_microsecond);
	tcase_add_test(cases, formatting_rounds_down_on_both_sides_of_1970);
	return cases;
}
