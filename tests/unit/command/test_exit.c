#include "sluice/command/exit.h"

#include <signal.h>
#include <string.h>

#include "sample_program.h"
#include "sluice/command/interrupt.h"
#include "suites.h"

START_TEST(every_failure_has_its_code)
{
	static const struct {
		enum sl_status status;
		int code;
	} codes[] = {
	    {SL_OK, 0},
	    {SL_ERR_NOMEM, 1},
	    {SL_ERR_STATE, 1},
	    {SL_ERR_INVALID, 1},
	    {SL_ERR_LIMIT, 1},
	    {SL_ERR_IO, 10},
	    {SL_ERR_FULL, 10},
	    {SL_ERR_NOT_FOUND, 9},
	    {SL_ERR_EXISTS, 11},
	    {SL_ERR_CONFLICT, 11},
	    {SL_ERR_INTEGRITY, 7},
	    {SL_ERR_AUTH, 4},
	    {SL_ERR_DENIED, 5},
	    {SL_ERR_QUOTA, 6},
	    {SL_ERR_NETWORK, 8},
	    {SL_ERR_TIMEOUT, 8},
	    {SL_ERR_CANCELLED, 130},
	    {SL_ERR_PARTIAL, 3},
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		ck_assert_int_eq(sl_exit_of(codes[i].status), codes[i].code);
}
END_TEST

START_TEST(a_failure_is_told_once_with_what_to_do)
{
	ck_assert_int_eq(RUN("fail", "loudly"), 6);
	ck_assert_str_eq(sample_out(), "");
	ck_assert_str_eq(
	    sample_err(), "sample: no bytes are left\n  buy more\n");
	ck_assert_int_eq(RUN("fail", "loudly", "--json", "-q"), 6);
	ck_assert_str_eq(sample_err(),
	    "{\"event\":\"error\",\"code\":\"quota_bytes\","
	    "\"text\":\"no bytes are left\",\"exit\":6,"
	    "\"hint\":\"buy more\"}\n");
	ck_assert_int_eq(RUN("fail", "loudly", "-v"), 6);
	ck_assert_str_eq(sample_err(),
	    "sample: no bytes are left\n  buy more\n"
	    "  code quota_bytes, exit 6\n");
	ck_assert_int_eq(RUN("fail", "plainly", "--json"), 9);
	ck_assert_str_eq(sample_err(),
	    "{\"event\":\"error\",\"code\":\"not_found\","
	    "\"text\":\"nothing there\",\"exit\":9}\n");
	ck_assert_int_eq(RUN("fail", "quietly"), 3);
	ck_assert_str_eq(sample_err(), "");
}
END_TEST

START_TEST(a_fault_of_the_command_line_is_2)
{
	ck_assert_int_eq(RUN("fail", "usage"), 2);
	ck_assert_str_eq(sample_err(),
	    "sample: value 5 is no good\n  see 'sample help fail'\n");
}
END_TEST

START_TEST(the_first_ctrl_c_is_noted)
{
	sl_interrupt_catch();
	ck_assert(!sl_interrupt_seen());
	raise(SIGINT);
	ck_assert(sl_interrupt_seen());
}
END_TEST

START_TEST(the_second_ctrl_c_ends_the_program)
{
	sl_interrupt_catch();
	raise(SIGINT);
	raise(SIGINT);
}
END_TEST

TCase *
exit_cases(void)
{
	TCase *cases = tcase_create("exit");

	tcase_add_test(cases, every_failure_has_its_code);
	tcase_add_test(cases, a_failure_is_told_once_with_what_to_do);
	tcase_add_test(cases, a_fault_of_the_command_line_is_2);
	tcase_add_test(cases, the_first_ctrl_c_is_noted);
	tcase_add_test_raise_signal(
	    cases, the_second_ctrl_c_ends_the_program, SIGINT);
	return cases;
}
