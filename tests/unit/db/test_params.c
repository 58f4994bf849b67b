#include <check.h>

#include "sluice/db/params.h"
#include "suites.h"

static struct sl_params params;

static void
setup(void)
{
	sl_params_init(&params);
}

static void
teardown(void)
{
	sl_params_clear(&params);
	ck_assert_int_eq(params.count, 0);
}

START_TEST(values_are_written_as_postgresql_reads_them)
{
	struct sl_uuid uuid = {{0xff}};

	sl_params_text(&params, "it's");
	sl_params_text(&params, NULL);
	sl_params_int8(&params, INT64_MIN);
	sl_params_bool(&params, true);
	sl_params_uuid(&params, &uuid);
	sl_params_bytea(&params, sl_slice_of("\x00\xab", 2));
	sl_params_uuid(&params, NULL);
	ck_assert_int_eq(params.status, SL_OK);
	ck_assert_int_eq(params.count, 7);
	ck_assert_str_eq(params.values[0], "it's");
	ck_assert_ptr_null(params.values[1]);
	ck_assert_str_eq(params.values[2], "-9223372036854775808");
	ck_assert_str_eq(params.values[3], "t");
	ck_assert_str_eq(
	    params.values[4], "ff000000-0000-0000-0000-000000000000");
	ck_assert_str_eq(params.values[5], "\\x00ab");
	ck_assert_ptr_null(params.values[6]);
}
END_TEST

START_TEST(a_nul_in_a_text_is_refused)
{
	sl_params_slice(&params, sl_slice_of("a\0b", 3));
	ck_assert_int_eq(params.status, SL_ERR_INVALID);
}
END_TEST

START_TEST(too_many_are_refused_without_harm)
{
	int i;

	for (i = 0; i < SL_PARAMS_MAX + 3; i++)
		sl_params_text(&params, "x");
	ck_assert_int_eq(params.status, SL_ERR_LIMIT);
	ck_assert_int_eq(params.count, SL_PARAMS_MAX);
}
END_TEST

Suite *
params_suite(void)
{
	Suite *suite = suite_create("params");
	TCase *tests = tcase_create("params");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, values_are_written_as_postgresql_reads_them);
	tcase_add_test(tests, a_nul_in_a_text_is_refused);
	tcase_add_test(tests, too_many_are_refused_without_harm);
	suite_add_tcase(suite, tests);
	return suite;
}
