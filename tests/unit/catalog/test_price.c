#include "sluice/catalog/price.h"

#include <stdlib.h>

#include "sluice/catalog/month.h"
#include "sluice/catalog/quota.h"
#include "suites.h"

static int64_t
amount(const struct sl_price *price, int64_t episodes, int64_t duration_ms)
{
	int64_t out = -1;

	ck_assert(sl_price_amount(&out, price, episodes, duration_ms) == SL_OK);
	return out;
}

START_TEST(what_is_included_costs_nothing)
{
	const struct sl_price price = {.per_episode = 10,
	    .per_hour = 3600000,
	    .included_episodes = 5,
	    .included_duration_ms = 1000,
	    .cap = SL_PRICE_NO_CAP};

	ck_assert_int_eq(amount(&price, 0, 0), 0);
	ck_assert_int_eq(amount(&price, 5, 1000), 0);
	ck_assert_int_eq(amount(&price, 6, 1000), 10);
	ck_assert_int_eq(amount(&price, 5, 1001), 1);
	ck_assert_int_eq(amount(&price, 7, 1500), 520);
}
END_TEST

START_TEST(hours_are_rounded_to_the_even_micro_unit)
{
	/* One micro-unit each half hour and a half. */
	const struct sl_price price = {.per_hour = 1, .cap = SL_PRICE_NO_CAP};

	ck_assert_int_eq(amount(&price, 0, 1799999), 0);
	ck_assert_int_eq(amount(&price, 0, 1800000), 0);
	ck_assert_int_eq(amount(&price, 0, 1800001), 1);
	ck_assert_int_eq(amount(&price, 0, 3600000), 1);
	ck_assert_int_eq(amount(&price, 0, 5399999), 1);
	ck_assert_int_eq(amount(&price, 0, 5400000), 2);
	ck_assert_int_eq(amount(&price, 0, 9000000), 2);
}
END_TEST

START_TEST(a_month_costs_at_most_the_cap)
{
	struct sl_price price = {
	    .per_episode = INT64_MAX, .per_hour = INT64_MAX, .cap = 7};
	int64_t out = 0;

	ck_assert_int_eq(amount(&price, 1, 0), 7);
	ck_assert_int_eq(amount(&price, INT64_MAX, INT64_MAX), 7);
	price.cap = 0;
	ck_assert_int_eq(amount(&price, 1, 1), 0);
	price.cap = SL_PRICE_NO_CAP;
	ck_assert_int_eq(amount(&price, 1, 0), INT64_MAX);
	ck_assert(sl_price_amount(&out, &price, 2, 0) == SL_ERR_LIMIT);
	ck_assert(sl_price_amount(&out, &price, INT64_MAX, INT64_MAX) ==
	    SL_ERR_LIMIT);
	ck_assert(sl_price_amount(&out, &price, -1, 0) == SL_ERR_LIMIT);
	ck_assert(sl_price_amount(&out, &price, 0, -1) == SL_ERR_LIMIT);
}
END_TEST

START_TEST(it_does_not_matter_how_deliveries_are_cut)
{
	const struct sl_price price = {.per_episode = 3,
	    .per_hour = 1234567,
	    .included_episodes = 2,
	    .included_duration_ms = 777,
	    .cap = 4000};
	int64_t sum = 0;
	int64_t ms = 0;

	for (int64_t i = 0; i < 2000; i++) {
		int64_t more = (i * 7919) % 13001;
		int64_t part =
		    amount(&price, i + 1, ms + more) - amount(&price, i, ms);

		ck_assert_int_ge(part, 0);
		sum += part;
		ms += more;
	}
	ck_assert_int_eq(sum, amount(&price, 2000, ms));
}
END_TEST

START_TEST(prices_are_read_strictly)
{
	static const char good[] =
	    "{\"per_episode\":1,\"per_hour\":2,\"per_month\":3,\"included\":"
	    "{\"episodes\":4,\"duration_ms\":5},\"cap\":null}";
	static const char *const bad[] = {"{}", "[]", "1",
	    "{\"per_episode\":1,\"per_hour\":2,\"per_month\":3,\"included\":"
	    "{\"episodes\":4,\"duration_ms\":5}}",
	    "{\"per_episode\":1,\"per_hour\":2,\"per_month\":3,\"included\":"
	    "{\"episodes\":4,\"duration_ms\":5},\"cap\":-1}",
	    "{\"per_episode\":1,\"per_hour\":2,\"per_month\":3,\"included\":"
	    "null,\"cap\":null}",
	    "{\"per_episode\":9223372036854775808,\"per_hour\":2,"
	    "\"per_month\":3,\"included\":{\"episodes\":4,"
	    "\"duration_ms\":5},\"cap\":null}"};
	struct sl_price price = {0};
	json_t *json;
	char *text;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(sl_price_parse(&price, sl_slice_text(bad[i]),
		                  NULL) == SL_ERR_INVALID,
		    "'%s' was taken", bad[i]);
	ck_assert(sl_price_parse(&price, sl_slice_text(good), NULL) == SL_OK);
	json = sl_price_to_json(&price);
	text = json_dumps(json, JSON_COMPACT);
	ck_assert_str_eq(text, good);
	free(text);
	json_decref(json);
}
END_TEST

START_TEST(money_is_rounded_half_even_to_the_minor_unit)
{
	static const struct {
		int64_t micro;
		uint32_t digits;
		const char *text;
	} rows[] = {{12340000, 2, "12.34"}, {12345000, 2, "12.34"},
	    {12335000, 2, "12.34"}, {12345001, 2, "12.35"}, {-5000, 2, "0.00"},
	    {-15000, 2, "-0.02"}, {-5001, 2, "-0.01"}, {0, 2, "0.00"},
	    {1500000, 0, "2"}, {2500000, 0, "2"}, {-2500001, 0, "-3"},
	    {1234500, 3, "1.234"}, {999999, 2, "1.00"}, {123450, 4, "0.1234"},
	    {INT64_MAX, 0, "9223372036854"}, {INT64_MAX, 2, "9223372036854.77"},
	    {INT64_MIN, 2, "-9223372036854.77"},
	    {INT64_MIN, 4, "-9223372036854.7758"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[SL_MONEY_TEXT_MAX];

		sl_money_format(text, rows[i].micro, rows[i].digits);
		ck_assert_msg(strcmp(text, rows[i].text) == 0,
		    "%lld micro-units are '%s', not '%s'",
		    (long long)rows[i].micro, text, rows[i].text);
	}
	ck_assert_int_eq(sl_money_round(12345000, 2), 12340000);
	ck_assert_int_eq(sl_money_round(-15000, 2), -20000);
}
END_TEST

START_TEST(currencies_have_their_digits)
{
	static const char *const bad[] = {
	    "", "EU", "EURO", "eur", "QQQ", "E R", "BIF CLP", "R C"};
	uint32_t digits = 9;

	ck_assert(sl_currency_digits(&digits, sl_slice_text("EUR")) == SL_OK);
	ck_assert_uint_eq(digits, 2);
	ck_assert(sl_currency_digits(&digits, sl_slice_text("JPY")) == SL_OK);
	ck_assert_uint_eq(digits, 0);
	ck_assert(sl_currency_digits(&digits, sl_slice_text("KWD")) == SL_OK);
	ck_assert_uint_eq(digits, 3);
	ck_assert(sl_currency_digits(&digits, sl_slice_text("UYW")) == SL_OK);
	ck_assert_uint_eq(digits, 4);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(sl_currency_digits(&digits,
		                  sl_slice_text(bad[i])) == SL_ERR_NOT_FOUND,
		    "'%s' was taken", bad[i]);
}
END_TEST

START_TEST(quotas_may_be_passed_by_a_percentage)
{
	ck_assert_uint_eq(sl_quota_limit(10, 0), 10);
	ck_assert_uint_eq(sl_quota_limit(10, 10), 11);
	ck_assert_uint_eq(sl_quota_limit(19, 10), 20);
	ck_assert_uint_eq(sl_quota_limit(0, 1000), 0);
	ck_assert(sl_quota_limit(SL_QUOTA_NONE, 50) == SL_QUOTA_NONE);
	ck_assert(sl_quota_limit(INT64_MAX, 1) == INT64_MAX);
}
END_TEST

START_TEST(months_are_of_utc)
{
	int64_t november = 0;
	int64_t march = 0;

	ck_assert(sl_month_parse(&november, sl_slice_text("2026-11")) == SL_OK);
	ck_assert_int_eq(november, INT64_C(1793491200) * 1000000);
	ck_assert_int_eq(sl_month_begin(november), november);
	ck_assert_int_eq(
	    sl_month_begin(november + 29 * INT64_C(86400000000)), november);
	ck_assert_int_eq(
	    sl_month_end(november) - november, 30 * INT64_C(86400000000));
	ck_assert(sl_month_begin(november - 1) < november);
	ck_assert_int_eq(sl_month_end(november - 1), november);
	ck_assert(sl_month_parse(&march, sl_slice_text("2000-03")) == SL_OK);
	ck_assert_int_eq(
	    march - sl_month_begin(march - 1), 29 * INT64_C(86400000000));
	ck_assert(sl_month_parse(&march, sl_slice_text("2100-03")) == SL_OK);
	ck_assert_int_eq(
	    march - sl_month_begin(march - 1), 28 * INT64_C(86400000000));
	ck_assert(sl_month_begin(-1) < 0 && sl_month_end(-1) == 0);
	ck_assert(sl_month_begin(INT64_MIN) == INT64_MIN);
	ck_assert(sl_month_end(INT64_MAX) == INT64_MAX);
}
END_TEST

START_TEST(what_is_no_month_is_refused)
{
	static const char *const bad[] = {"", "2026", "2026-1", "2026-13",
	    "2026-00", "2026/11", "26-11-0", "9999-12", "2026-11-01", "1969-12",
	    "2026-1a"};
	int64_t begin_us;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(sl_month_parse(&begin_us,
		                  sl_slice_text(bad[i])) == SL_ERR_INVALID,
		    "'%s' was taken", bad[i]);
}
END_TEST

TCase *
price_cases(void)
{
	TCase *tc = tcase_create("price");

	tcase_add_test(tc, what_is_included_costs_nothing);
	tcase_add_test(tc, hours_are_rounded_to_the_even_micro_unit);
	tcase_add_test(tc, a_month_costs_at_most_the_cap);
	tcase_add_test(tc, it_does_not_matter_how_deliveries_are_cut);
	tcase_add_test(tc, prices_are_read_strictly);
	tcase_add_test(tc, money_is_rounded_half_even_to_the_minor_unit);
	tcase_add_test(tc, currencies_have_their_digits);
	tcase_add_test(tc, quotas_may_be_passed_by_a_percentage);
	tcase_add_test(tc, months_are_of_utc);
	tcase_add_test(tc, what_is_no_month_is_refused);
	return tc;
}
