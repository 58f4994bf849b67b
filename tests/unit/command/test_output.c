#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sample_program.h"
#include "sluice/command/exit.h"
#include "suites.h"

START_TEST(people_see_aligned_columns_that_no_terminal_obeys)
{
	ck_assert_int_eq(RUN("licence", "list", "gr\xc3\xbc\xc3\x9f"), 0);
	ck_assert_str_eq(sample_out(),
	    "NAME        SIZE      LENGTH  COUNT  LAYERS\n"
	    "gr\xc3\xbc\xc3\x9f     1.44 GB  3 min 05 s     12  state,video\n"
	    "b\"c?[2J        -           -     -5  -\n");
}
END_TEST

START_TEST(scripts_get_whole_objects)
{
	json_t *rows;

	ck_assert_int_eq(RUN("licence", "list", "a", "--json"), 0);
	rows = json_loads(sample_out(), JSON_REJECT_DUPLICATES, NULL);
	ck_assert_uint_eq(json_array_size(rows), 2);
	ck_assert_int_eq(json_integer_value(json_object_get(
	                     json_array_get(rows, 0), "hidden")),
	    1);
	json_decref(rows);
	ck_assert_int_eq(RUN("licence", "list", "--json"), 0);
	ck_assert_str_eq(sample_out(), "[]\n");
	ck_assert_str_eq(sample_err(), "");
}
END_TEST

START_TEST(spreadsheets_get_numbers_and_no_formulas)
{
	ck_assert_int_eq(RUN("licence", "list", "=1+1", "--csv"), 0);
	ck_assert_str_eq(sample_out(),
	    "name,bytes,seconds,count,layers\r\n"
	    "\"'=1+1\",1440000000,185.217,12,\"state,video\"\r\n"
	    "\"b\"\"c\x1b[2J\",,,-5,\r\n");
}
END_TEST

START_TEST(an_empty_table_says_so_on_standard_error)
{
	ck_assert_int_eq(RUN("licence", "list"), 0);
	ck_assert_str_eq(sample_out(), "");
	ck_assert_str_eq(sample_err(), "no rows\n");
	ck_assert_int_eq(RUN("licence", "list", "-q"), 0);
	ck_assert_str_eq(sample_err(), "");
}
END_TEST

START_TEST(one_object_shows_members_of_members)
{
	ck_assert_int_eq(RUN("licence", "show"), 0);
	ck_assert_str_eq(sample_out(),
	    "Name        -\n"
	    "Bytes used  1.50 kB\n"
	    "Head        abc\n"
	    "None        -\n"
	    "Time used   3 min 05 s\n"
	    "Money used  12.34\n"
	    "List        -\n");
	ck_assert_int_eq(RUN("licence", "show", "--json", "--csv"), 2);
	ck_assert_int_eq(RUN("licence", "show", "--json"), 0);
	ck_assert_ptr_nonnull(strstr(sample_out(), "\"head\": \"abc\""));
}
END_TEST

START_TEST(with_json_nothing_else_goes_to_standard_output)
{
	ck_assert_int_eq(RUN("licence", "grant", "-cx", "--json"), 0);
	ck_assert_str_eq(sample_out(), "");
	ck_assert_str_eq(
	    sample_err(), "{\"event\":\"warning\",\"text\":\"warned ?\"}\n");
}
END_TEST

START_TEST(a_faulty_command_line_with_json_is_told_in_json)
{
	ck_assert_int_eq(RUN("nope", "--json"), SL_EXIT_USAGE);
	ck_assert_ptr_nonnull(strstr(sample_err(), "\"code\":\"usage\""));
}
END_TEST

TCase *
output_cases(void)
{
	TCase *cases = tcase_create("output");

	tcase_add_test(
	    cases, people_see_aligned_columns_that_no_terminal_obeys);
	tcase_add_test(cases, scripts_get_whole_objects);
	tcase_add_test(cases, spreadsheets_get_numbers_and_no_formulas);
	tcase_add_test(cases, an_empty_table_says_so_on_standard_error);
	tcase_add_test(cases, one_object_shows_members_of_members);
	tcase_add_test(cases, with_json_nothing_else_goes_to_standard_output);
	tcase_add_test(cases, a_faulty_command_line_with_json_is_told_in_json);
	return cases;
}
