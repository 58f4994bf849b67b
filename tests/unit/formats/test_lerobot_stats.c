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
	ck_assert_uint_eq(each.elements[0].count, many.elements[0].count);
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

/* {"f": …} of rows with one element each. */
static json_t *
stats_of(const double *values, size_t count)
{
	struct sl_lerobot_stats stats = {0};
	json_t *out = json_object();
	json_t *value;

	for (size_t i = 0; i < count; i++)
		ck_assert(sl_lerobot_stats_add(&stats, 0, values[i]) == SL_OK);
	value = sl_lerobot_stats_json(&stats);
	if (!json_is_null(value))
		json_object_set(out, "f", value);
	json_decref(value);
	sl_lerobot_stats_clear(&stats);
	return out;
}

START_TEST(what_has_no_finite_value_has_no_statistics)
{
	const double none[] = {(double)NAN, (double)INFINITY};
	struct sl_lerobot_stats stats = {0};
	json_t *value = stats_of(none, 2);

	ck_assert_uint_eq(json_object_size(value), 0);
	json_decref(value);
	/* One element of two is not enough: the others are nobody's. */
	ck_assert(sl_lerobot_stats_add(&stats, 0, 5) == SL_OK);
	ck_assert(sl_lerobot_stats_add(&stats, 1, (double)NAN) == SL_OK);
	value = sl_lerobot_stats_json(&stats);
	ck_assert(json_is_null(value));
	json_decref(value);
	sl_lerobot_stats_clear(&stats);
}
END_TEST

START_TEST(merged_statistics_are_those_of_finite_values)
{
	const double some[] = {0, (double)NAN, (double)NAN, (double)NAN};
	const double more[] = {3, 3, 3};
	json_t *merged = stats_of(some, 4);
	json_t *value = stats_of(more, 3);
	const json_t *all;

	ck_assert(sl_lerobot_stats_merge(merged, value) == SL_OK);
	all = json_object_get(merged, "f");
	ck_assert_double_eq(number_of(all, "count", 0), 4);
	ck_assert_double_eq(number_of(all, "min", 0), 0);
	ck_assert_double_eq(number_of(all, "max", 0), 3);
	ck_assert_double_eq_tol(number_of(all, "mean", 0), 2.25, 1e-12);
	ck_assert_double_eq_tol(
	    number_of(all, "std", 0), sqrt(27.0 / 16), 1e-12);
	json_decref(value);
	json_decref(merged);
}
END_TEST

START_TEST(statistics_that_no_number_can_hold_are_none)
{
	const double values[] = {1e308, -1e308, 1e308};
	json_t *other =
	    json_pack("{s:{s:[f], s:[f], s:[f], s:[f], s:[i]}}", "f", "min",
	        0.0, "max", 0.0, "mean", 1e308, "std", 1e308, "count", 9);
	json_t *value = stats_of(values, 3);

	ck_assert_uint_eq(json_object_size(value), 0);
	json_decref(value);
	value = json_deep_copy(other);
	ck_assert(sl_lerobot_stats_merge(value, other) == SL_OK);
	ck_assert(json_is_null(json_object_get(value, "f")));
	json_decref(other);
	json_decref(value);
}
END_TEST

TCase *
lerobot_stats_cases(void)
{
	TCase *tc = tcase_create("lerobot_stats");

	tcase_add_test(tc, statistics_are_those_of_all_values);
	tcase_add_test(tc, a_value_many_times_is_the_same_as_each_by_itself);
	tcase_add_test(tc, not_a_number_counts_for_nothing);
	tcase_add_test(tc, what_has_no_finite_value_has_no_statistics);
	tcase_add_test(tc, merged_statistics_are_those_of_finite_values);
	tcase_add_test(tc, statistics_that_no_number_can_hold_are_none);
	return tc;
}
