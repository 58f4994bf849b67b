#include "sluice/base/log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "suites.h"

static int ends[2];

static void
catch_stderr(void)
{
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
}

/* What has been written; the write end is closed first. */
static size_t
read_lines(char *out, size_t room)
{
	ssize_t got;

	close(ends[1]);
	close(STDERR_FILENO);
	got = read(ends[0], out, room - 1);
	ck_assert_int_ge(got, 0);
	out[got] = '\0';
	return (size_t)got;
}

START_TEST(a_fact_is_one_line_whatever_a_name_holds)
{
	char text[4096];

	sl_log(SL_LOG_INFO, "dataset=%s", "a\nfake line\x1b[2J");
	read_lines(text, sizeof(text));
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
	ck_assert_ptr_null(strchr(text, '\x1b'));
	ck_assert_ptr_nonnull(strstr(text, " info dataset=a?fake line"));
}
END_TEST

START_TEST(a_line_has_a_maximum)
{
	char name[8192];
	char text[8192];
	size_t len;

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	sl_log(SL_LOG_ERROR, "%s", name);
	len = read_lines(text, sizeof(text));
	ck_assert_uint_eq(len, 2048 - 1);
	ck_assert_int_eq(text[len - 1], '\n');
}
END_TEST

START_TEST(lines_above_the_level_are_dropped)
{
	enum sl_log_level level;
	char text[4096];

	sl_log(SL_LOG_DEBUG, "one");
	ck_assert(sl_log_parse_level(&level, "debug") == SL_OK);
	sl_log_set_level(level);
	sl_log(SL_LOG_DEBUG, "two");
	ck_assert(sl_log_parse_level(&level, "loud") == SL_ERR_INVALID);
	read_lines(text, sizeof(text));
	ck_assert_ptr_null(strstr(text, "one"));
	ck_assert_ptr_nonnull(strstr(text, "Z debug two\n"));
}
END_TEST

TCase *
log_cases(void)
{
	TCase *cases = tcase_create("log");

	tcase_add_checked_fixture(cases, catch_stderr, NULL);
	tcase_add_test(cases, a_fact_is_one_line_whatever_a_name_holds);
	tcase_add_test(cases, a_line_has_a_maximum);
	tcase_add_test(cases, lines_above_the_level_are_dropped);
	return cases;
}
