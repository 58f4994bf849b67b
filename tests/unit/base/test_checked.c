#include "sluice/base/checked.h"

#include "suites.h"

START_TEST(overflow_is_reported_and_leaves_the_result_alone)
{
	uint64_t wide = 7;
	size_t size = 7;

	ck_assert(!sl_add_u64(UINT64_MAX, 1, &wide));
	ck_assert(!sl_add_size(SIZE_MAX, 1, &size));
	ck_assert(!sl_mul_size(SIZE_MAX / 2 + 1, 2, &size));
	ck_assert_uint_eq(wide, 7);
	ck_assert_uint_eq(size, 7);
	ck_assert(sl_add_u64(UINT64_MAX - 1, 1, &wide));
	ck_assert(wide == UINT64_MAX);
	ck_assert(sl_mul_size(0, SIZE_MAX, &size));
	ck_assert_uint_eq(size, 0);
}
END_TEST

START_TEST(only_digits_are_a_number)
{
	static const char *const bad[] = {"", " 1", "1 ", "+1", "-1", "0x10",
	    "1e3", "1.0", "18446744073709551616", "99999999999999999999999"};
	uint64_t number = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!sl_parse_u64(bad[i], UINT64_MAX, &number),
		    "'%s' was taken", bad[i]);
	ck_assert_uint_eq(number, 7);
	ck_assert(!sl_parse_u64("11", 10, &number));
	ck_assert(sl_parse_u64("10", 10, &number));
	ck_assert_uint_eq(number, 10);
	ck_assert(sl_parse_u64("18446744073709551615", UINT64_MAX, &number));
	ck_assert(number == UINT64_MAX);
	ck_assert(sl_parse_u64("007", 10, &number));
	ck_assert_uint_eq(number, 7);
}
END_TEST

TCase *
checked_cases(void)
{
	TCase *cases = tcase_create("checked");

	tcase_add_test(cases, overflow_is_reported_and_leaves_the_result_alone);
	tcase_add_test(cases, only_digits_are_a_number);
	return cases;
}
