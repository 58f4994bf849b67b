#include <jansson.h>
#include <string.h>

#include "sample_program.h"
#include "suites.h"

START_TEST(off_a_terminal_a_short_run_prints_nothing)
{
	ck_assert_int_eq(RUN("pull"), 0);
	ck_assert_str_eq(sample_err(), "");
	ck_assert_str_eq(sample_out(), "");
}
END_TEST

START_TEST(json_lines_come_at_most_twice_a_second)
{
	size_t lines = 0;
	char text[OUTPUT_MAX];
	char *rest = text;

	ck_assert_int_eq(RUN("pull", "--json"), 0);
	memcpy(text, sample_err(), sizeof(text));
	for (char *line = strsep(&rest, "\n"); rest != NULL;
	     line = strsep(&rest, "\n"), lines++) {
		json_t *event = json_loads(line, 0, NULL);

		ck_assert_ptr_nonnull(event);
		ck_assert_str_eq(
		    json_string_value(json_object_get(event, "event")),
		    "progress");
		ck_assert_int_eq(
		    json_integer_value(json_object_get(event, "total_bytes")),
		    100);
		json_decref(event);
	}
	ck_assert_uint_ge(lines, 1);
	ck_assert_uint_le(lines, 10);
}
END_TEST

START_TEST(quiet_is_quiet)
{
	ck_assert_int_eq(RUN("pull", "--json", "--quiet"), 0);
	ck_assert_str_eq(sample_err(), "");
}
END_TEST

TCase *
progress_cases(void)
{
	TCase *cases = tcase_create("progress");

	tcase_set_timeout(cases, 20);
	tcase_add_test(cases, off_a_terminal_a_short_run_prints_nothing);
	tcase_add_test(cases, json_lines_come_at_most_twice_a_second);
	tcase_add_test(cases, quiet_is_quiet);
	return cases;
}
