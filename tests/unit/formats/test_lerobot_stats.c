#include <math.h>

#include "sluice/formats/lerobot_stats.h"
#include "suites.h"

static double
number_of(const json_t *stats, const char *name, size_t at)
{
	return json_number_value(
	    json_array_get(json_object_get(stats, name), at));
}

START_TEST(statistics_are_those_of_all_values)
{
	struct sl_lerobot_stats stats = {0};
	json_t *value;

	for (unsigned i = 0; i < 4; i++)
		ck_assert(sl_lerobot_stats_add(&stats, 0, i) == SL_OK);
	value = sl_lerobot_stats_json(&stats);
	ck_assert_double_eq(number_of(value, "min", 0), 0);
	ck_assert_double_eq(number_of(value, "max", 0), 3);
	ck_assert_double_eq_tol(number_of(value, "mean", 0), 1.5, 1e-12);
	ck_assert_double_eq_tol(number_of(value, "std", 0), sqrt(1.25), 1e-12);
	ck_assert_double_eq(number_of(value, "count", 0), 4);
	json_decref(value);
	sl_lerobot_stats_clear(&stats);
}
END_TEST

START_TEST(a_value_many_times_is_the_same_as_each_by_itself)
{
	const double values[] = {0.25, 7, -3, 0.125};
	const uint64_t times[] = {1000, 3, 0, 77};
	struct sl_lerobot_stats each = {0};
	struct sl_lerobot_stats many = {0};

	for (unsigned i = 0; i < 4; i++) {
		for (uint64_t n = 0; n < times[i]; n++)
			ck_assert(
			    sl_lerobot_stats_add(&each, 0, values[i]) == SL_OK);
		ck_assert(sl_lerobot_stats_add_many(
		              &many, 0, values[i], times[i]) == SL_OK);
	}
	ck_assert_uint_eq(each.rows, many.rows);
	/* What was there no times is no minimum. */
	ck_assert_double_eq(many.elements[0].min, 0.125);
	ck_assert_double_eq(each.elements[0].max, many.elements[0].max);
	ck_assert_double_eq_tol(
	    each.elements[0].mean, many.elements[0].mean, 1e-12);
	ck_assert_double_eq_tol(each.elements[0].m2, many.elements[0].m2, 1e-9);
	sl_lerobot_stats_clear(&each);
	sl_lerobot_stats_clear(&many);
}
END_TEST

START_TEST(not_a_number_counts_for_nothing)
{
	struct sl_lerobot_stats stats = {0};

	ck_assert(sl_lerobot_stats_add(&stats, 0, (double)NAN) == SL_OK);
	ck_assert(sl_lerobot_stats_add(&stats, 0, 5) == SL_OK);
	ck_assert(sl_lerobot_stats_add(&stats, SL_LEROBOT_ELEMENTS_MAX, 5) ==
	    SL_ERR_LIMIT);
	ck_assert_double_eq(stats.elements[0].mean, 5);
	ck_assert_uint_eq(stats.elements[0].count, 1);
	sl_lerobot_stats_clear(&stats);
}
END_TEST

TCase *
lerobot_stats_cases(void)
{
	TCase *tc = tcase_create("lerobot_stats");

	tcase_add_test(tc, statistics_are_those_of_all_values);
	tcase_add_test(tc, a_value_many_times_is_the_same_as_each_by_itself);
	tcase_add_test(tc, not_a_number_counts_for_nothing);
	return tc;
}
