#include "budget.h"

#include "suites.h"

START_TEST(without_a_rate_there_is_no_limit)
{
	struct sl_budget budget;

	sl_budget_init(&budget, 0, 5);
	sl_budget_spend(&budget, UINT64_C(1) << 50);
	ck_assert(sl_budget_has(&budget, 5));
	ck_assert_int_eq(sl_budget_wait_ms(&budget), 0);
}
END_TEST

START_TEST(a_debt_is_waited_off_to_the_millisecond)
{
	struct sl_budget budget;

	sl_budget_init(&budget, 1000, 0);
	/* A tenth of a second is there at once; 16,000 bytes overdraw it. */
	ck_assert(sl_budget_has(&budget, 0));
	sl_budget_spend(&budget, 16000);
	ck_assert(!sl_budget_has(&budget, 0));
	ck_assert_int_eq(sl_budget_wait_ms(&budget), 15901);
	ck_assert(!sl_budget_has(&budget, 15900));
	ck_assert(sl_budget_has(&budget, 15901));
}
END_TEST

START_TEST(what_is_not_used_is_not_kept)
{
	struct sl_budget budget;
	uint64_t taken = 0;

	sl_budget_init(&budget, 1000000, 0);
	ck_assert(sl_budget_has(&budget, 3600000));
	while (sl_budget_has(&budget, 3600000)) {
		sl_budget_spend(&budget, 1000);
		taken += 1000;
	}
	ck_assert_uint_eq(taken, 100000);
}
END_TEST

START_TEST(over_time_it_is_the_rate_however_often_one_asks)
{
	static const int64_t every_ms[] = {1, 7, 100};

	for (size_t i = 0; i < sizeof(every_ms) / sizeof(every_ms[0]); i++) {
		struct sl_budget budget;
		uint64_t taken = 0;

		sl_budget_init(&budget, 123457, 0);
		for (int64_t now = 0; now < 60000; now += every_ms[i]) {
			while (sl_budget_has(&budget, now)) {
				sl_budget_spend(&budget, 512);
				taken += 512;
			}
		}
		ck_assert_uint_ge(taken, UINT64_C(59) * 123457);
		ck_assert_uint_le(taken, UINT64_C(61) * 123457);
	}
}
END_TEST

TCase *
budget_cases(void)
{
	TCase *tc = tcase_create("budget");

	tcase_add_test(tc, without_a_rate_there_is_no_limit);
	tcase_add_test(tc, a_debt_is_waited_off_to_the_millisecond);
	tcase_add_test(tc, what_is_not_used_is_not_kept);
	tcase_add_test(tc, over_time_it_is_the_rate_however_often_one_asks);
	return tc;
}
