#include "sluice/command/value.h"

#include <string.h>

#include "suites.h"

static void
expect_refused(enum sl_value_kind kind, const char *text)
{
	struct sl_error err = {0};
	struct sl_value value;

	ck_assert_msg(
	    sl_value_parse(&value, kind, text, &err) == SL_ERR_INVALID,
	    "'%s' was taken", text);
	ck_assert_int_eq(err.text[0], '\'');
}

static uint64_t
number_of(enum sl_value_kind kind, const char *text)
{
	struct sl_value value;

	ck_assert_msg(sl_value_parse(&value, kind, text, NULL) == SL_OK,
	    "'%s' was refused", text);
	return value.number;
}

START_TEST(numbers_that_are_none_are_refused)
{
	static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "0x1",
	    "1.5", "1e3", "9223372036854775808", "one"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect_refused(SL_VALUE_U64, bad[i]);
		expect_refused(SL_VALUE_SIZE, bad[i]);
		expect_refused(SL_VALUE_DURATION, bad[i]);
	}
	expect_refused(SL_VALUE_SIZE, "K");
	expect_refused(SL_VALUE_SIZE, "1 K");
	expect_refused(SL_VALUE_SIZE, "1KK");
	expect_refused(SL_VALUE_SIZE, "1P");
	expect_refused(SL_VALUE_SIZE, "9223373T");
	expect_refused(SL_VALUE_SIZE, "999999999999999999999999999999M");
	expect_refused(SL_VALUE_DURATION, "1w");
	expect_refused(SL_VALUE_DURATION, "9223372036854775807d");
	expect_refused(SL_VALUE_FLAG, "maybe");
	expect_refused(SL_VALUE_FLAG, "");
	expect_refused(SL_VALUE_TIME, "");
	expect_refused(SL_VALUE_TIME, "tomorrow");
	expect_refused(SL_VALUE_TIME, "2026-02-30");
	expect_refused(SL_VALUE_TIME, "2026-11-20T25:00:00Z");
}
END_TEST

START_TEST(units_multiply)
{
	ck_assert_uint_eq(number_of(SL_VALUE_U64, "0"), 0);
	ck_assert_uint_eq(number_of(SL_VALUE_SIZE, "4096"), 4096);
	ck_assert_uint_eq(number_of(SL_VALUE_SIZE, "10M"), 10000000);
	ck_assert_uint_eq(number_of(SL_VALUE_SIZE, "10mb"), 10000000);
	ck_assert_uint_eq(number_of(SL_VALUE_SIZE, "2GiB"), 1ULL << 31);
	ck_assert_uint_eq(number_of(SL_VALUE_DURATION, "3"), 3000);
	ck_assert_uint_eq(number_of(SL_VALUE_DURATION, "250ms"), 250);
	ck_assert_uint_eq(number_of(SL_VALUE_DURATION, "2h"), 7200000);
}
END_TEST

START_TEST(a_date_is_its_first_moment)
{
	struct sl_value value;

	ck_assert(
	    sl_value_parse(&value, SL_VALUE_TIME, "1970-01-02", NULL) == SL_OK);
	ck_assert_int_eq(value.time_us, 86400000000);
	ck_assert(sl_value_parse(&value, SL_VALUE_TIME, "1970-01-01T00:00:01Z",
	              NULL) == SL_OK);
	ck_assert_int_eq(value.time_us, 1000000);
}
END_TEST

static void
expect_bytes(uint64_t bytes, const char *text)
{
	char shown[SL_VALUE_SHOW_MAX];

	sl_value_show_bytes(shown, bytes);
	ck_assert_str_eq(shown, text);
}

static void
expect_duration(uint64_t ms, const char *text)
{
	char shown[SL_VALUE_SHOW_MAX];

	sl_value_show_duration(shown, ms);
	ck_assert_str_eq(shown, text);
}

START_TEST(shown_values_have_three_digits)
{
	expect_bytes(0, "0 B");
	expect_bytes(999, "999 B");
	expect_bytes(1000, "1.00 kB");
	expect_bytes(12345, "12.3 kB");
	expect_bytes(999499, "999 kB");
	expect_bytes(999500, "1.00 MB");
	expect_bytes(UINT64_MAX, "18.4 EB");
	expect_duration(0, "0 s");
	expect_duration(850, "850 ms");
	expect_duration(59999, "59 s");
	expect_duration(60000, "1 min 00 s");
	expect_duration(3600000, "1 h 00 min");
	expect_duration(90000000, "1 d 01 h");
}
END_TEST

static void
expect_money(int64_t micro, const char *text)
{
	char shown[SL_VALUE_SHOW_MAX];

	sl_value_show_money(shown, micro);
	ck_assert_str_eq(shown, text);
}

START_TEST(money_is_shown_exactly)
{
	expect_money(0, "0.00");
	expect_money(12340000, "12.34");
	expect_money(12300000, "12.30");
	expect_money(2500, "0.0025");
	expect_money(1, "0.000001");
	expect_money(-100000, "-0.10");
	expect_money(INT64_MAX, "9223372036854.775807");
	expect_money(INT64_MIN, "-9223372036854.775808");
}
END_TEST

TCase *
value_cases(void)
{
	TCase *cases = tcase_create("value");

	tcase_add_test(cases, numbers_that_are_none_are_refused);
	tcase_add_test(cases, units_multiply);
	tcase_add_test(cases, a_date_is_its_first_moment);
	tcase_add_test(cases, shown_values_have_three_digits);
	tcase_add_test(cases, money_is_shown_exactly);
	return cases;
}
