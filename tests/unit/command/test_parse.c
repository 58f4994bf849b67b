#include <stdlib.h>
#include <string.h>

#include "sample_program.h"
#include "suites.h"

static void
expect_usage(int code, const char *text)
{
	ck_assert_int_eq(code, 2);
	ck_assert_str_eq(sample_out(), "");
	ck_assert_msg(strstr(sample_err(), text) != NULL, "no '%s' in: %s",
	    text, sample_err());
}

START_TEST(words_that_are_no_command_are_refused)
{
	expect_usage(RUN("nope"), "sample: no command 'nope'\n");
	expect_usage(RUN("licence", "nope"), "no command 'licence nope'");
	expect_usage(RUN("lic"), "no command 'lic'");
	expect_usage(RUN("licence"), "'licence' needs a further word");
	expect_usage(RUN("help", "nope"), "no command 'nope'");
	expect_usage(RUN("completion", "fish"), "usage: sample completion");
	expect_usage(RUN(""), "no command ''");
	expect_usage(RUN("--", "--json"), "no command '--json'");
	expect_usage(RUN("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
	    "no command 'aaa");
}
END_TEST

START_TEST(a_command_may_begin_the_name_of_another)
{
	ck_assert_int_eq(RUN("fail", "later"), 0);
	ck_assert_int_eq(RUN("--json", "fail", "later"), 0);
	ck_assert_int_ne(RUN("fail", "plainly"), 0);
	ck_assert_int_ne(RUN("fail", "--", "plainly", "later"), 0);
}
END_TEST

START_TEST(options_that_do_not_fit_are_refused)
{
	expect_usage(RUN("licence", "grant", "--nope"), "no option --nope");
	expect_usage(
	    RUN("licence", "grant", "--custom=x"), "no option --custom\n");
	expect_usage(RUN("licence", "grant", "-z"), "no option -z");
	expect_usage(RUN("licence", "grant", "-nz"), "no option -z");
	expect_usage(
	    RUN("licence", "grant"), "--customer NAME is missing: who gets it");
	expect_usage(RUN("licence", "grant", "--customer"),
	    "--customer needs a value: NAME");
	expect_usage(RUN("licence", "grant", "-c"), "-c needs a value: NAME");
	expect_usage(RUN("licence", "grant", "-cx", "--customer", "y"),
	    "--customer is given twice");
	expect_usage(RUN("licence", "grant", "-cx", "--dry-run=yes"),
	    "--dry-run takes no value");
	expect_usage(RUN("--customer", "x", "licence", "grant"),
	    "options of a command go after it");
}
END_TEST

START_TEST(values_of_the_wrong_kind_are_refused)
{
	expect_usage(RUN("licence", "grant", "-cx", "--quota", "-5"),
	    "--quota: '-5' is not a size");
	expect_usage(RUN("licence", "grant", "-cx", "--until=2026-13-01"),
	    "--until: '2026-13-01' is not a time");
	expect_usage(RUN("licence", "grant", "-cx", "--timeout", "soon"),
	    "--timeout: 'soon' is not a duration");
	setenv("SAMPLE_QUOTA", "lots", 1);
	expect_usage(RUN("licence", "grant", "-cx"),
	    "SAMPLE_QUOTA: 'lots' is not a size");
}
END_TEST

START_TEST(too_many_and_too_few_arguments_are_refused)
{
	expect_usage(RUN("licence", "grant", "-cx", "1", "2", "3"),
	    "one argument too many: '3' (expected: [NOTE...])");
	expect_usage(RUN("fail"), "missing: HOW");
	expect_usage(RUN("pull", "x"), "too many: 'x' (expected: none)");
}
END_TEST

START_TEST(options_stand_anywhere_and_in_every_form)
{
	ck_assert_int_eq(RUN("-q", "licence", "grant", "one", "-ncme",
	                     "--layer", "a", "--layer=b", "--", "--two"),
	    0);
	ck_assert_str_eq(sample_out(),
	    "customer=me\nlayer=a\nlayer=b\narg=one\narg=--two\n"
	    "quota=7 until=-1 dry=1 timeout=10\n?[2J??\tx\xc3\xa4\n");
	ck_assert_str_eq(sample_err(), "sample: warning: warned \xff\n");
	ck_assert_int_eq(
	    RUN("licence", "grant", "--customer=", "--quota", "2KiB", "--until",
	        "1970-01-02", "--timeout", "2s", "-"),
	    0);
	ck_assert_str_eq(sample_out(),
	    "customer=\narg=-\n"
	    "quota=2048 until=86400000000 dry=0 timeout=2000\n?[2J??\tx\xc3\xa4\n");
}
END_TEST

START_TEST(a_variable_speaks_only_when_the_option_does_not)
{
	setenv("SAMPLE_QUOTA", "3K", 1);
	ck_assert_int_eq(RUN("licence", "grant", "-cx"), 0);
	ck_assert_ptr_nonnull(strstr(sample_out(), "quota=3000 "));
	ck_assert_int_eq(RUN("licence", "grant", "-cx", "--quota", "4"), 0);
	ck_assert_ptr_nonnull(strstr(sample_out(), "quota=4 "));
	setenv("SAMPLE_QUOTA", "", 1);
	ck_assert_int_eq(RUN("licence", "grant", "-cx"), 0);
	ck_assert_ptr_nonnull(strstr(sample_out(), "quota=7 "));
}
END_TEST

START_TEST(help_is_made_of_the_tables)
{
	static const char *const wanted[] = {
	    "Usage: sample licence grant [OPTION...] [NOTE...]",
	    "Give a licence.", "Default: everything.",
	    "  -c, --customer NAME     who gets it (required)",
	    "      --quota SIZE        how much [SAMPLE_QUOTA]",
	    "(may be repeated)", "--db CONNINFO", "--timeout TIME",
	    "SAMPLE_OTHER"};

	ck_assert_int_eq(RUN("help", "licence", "grant"), 0);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		ck_assert_msg(strstr(sample_out(), wanted[i]) != NULL,
		    "no '%s' in: %s", wanted[i], sample_out());
	ck_assert_int_eq(RUN("licence", "--help", "--nonsense"), 0);
	ck_assert_ptr_nonnull(strstr(sample_out(), "  licence list "));
	ck_assert_ptr_null(strstr(sample_out(), "  fail "));
	ck_assert_int_eq(RUN("-h"), 0);
	ck_assert_ptr_nonnull(strstr(sample_out(), "  fail "));
	ck_assert_int_eq(RUN("--version"), 0);
	ck_assert_str_eq(sample_out(), "sample 1.2.3\n");
}
END_TEST

START_TEST(a_dump_names_every_part)
{
	ck_assert_int_eq(RUN("help", "--dump"), 0);
	ck_assert_ptr_nonnull(strstr(sample_out(), "command licence grant\n"));
	ck_assert_ptr_nonnull(
	    strstr(sample_out(), "option licence grant --dry-run\n"));
	ck_assert_ptr_nonnull(strstr(sample_out(), "option * --db\n"));
	ck_assert_ptr_nonnull(strstr(sample_out(), "variable SAMPLE_QUOTA\n"));
	ck_assert_ptr_nonnull(strstr(sample_out(), "variable SAMPLE_OTHER\n"));
}
END_TEST

START_TEST(completion_knows_words_and_options)
{
	ck_assert_int_eq(RUN("completion", "bash"), 0);
	ck_assert_ptr_nonnull(strstr(
	    sample_out(), "'') next=' licence fail pull help completion'"));
	ck_assert_ptr_nonnull(
	    strstr(sample_out(), "'licence ') next=' grant list show'"));
	ck_assert_ptr_nonnull(strstr(sample_out(),
	    "'licence grant '*) choices=' --customer --layer --quota"));
}
END_TEST

TCase *
parse_cases(void)
{
	TCase *cases = tcase_create("parse");

	tcase_add_test(cases, words_that_are_no_command_are_refused);
	tcase_add_test(cases, a_command_may_begin_the_name_of_another);
	tcase_add_test(cases, options_that_do_not_fit_are_refused);
	tcase_add_test(cases, values_of_the_wrong_kind_are_refused);
	tcase_add_test(cases, too_many_and_too_few_arguments_are_refused);
	tcase_add_test(cases, options_stand_anywhere_and_in_every_form);
	tcase_add_test(cases, a_variable_speaks_only_when_the_option_does_not);
	tcase_add_test(cases, help_is_made_of_the_tables);
	tcase_add_test(cases, a_dump_names_every_part);
	tcase_add_test(cases, completion_knows_words_and_options);
	return cases;
}
