#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sluice/formats/csv.h"
#include "sluice/formats/lines.h"

#include "suites.h"

static struct sl_error err;
static struct sl_csv *csv;
static const double *row;
static int fd = -1;

static enum sl_status
open_text(const char *text)
{
	err = (struct sl_error){0};
	fd = open_bytes(sl_slice_text(text));
	return sl_csv_open(&csv, fd, strlen(text), &err);
}

static void
teardown(void)
{
	sl_csv_free(csv);
	csv = NULL;
	if (fd >= 0)
		close(fd);
	fd = -1;
}

START_TEST(a_first_line_that_is_none_of_names_is_refused)
{
	static const char *const texts[] = {
	    "", "\n1\n", "a,\n", "a,a\n", "a,\"b\"\n", "a,b\001\n", "a;\xff\n"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		ck_assert_msg(open_text(texts[i]) == SL_ERR_INVALID, "%zu", i);
		ck_assert_ptr_null(csv);
		teardown();
	}
}
END_TEST

START_TEST(a_row_that_is_not_as_the_names_is_refused_by_its_number)
{
	static const char *const rows[] = {"1", "1,2,3", "1,x", "1,0x10",
	    "1,inf", "1,1e999", "1,2 3", "1,--2", "1,1.5.", "1,e"};
	char text[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(text, sizeof(text), "a,b\n%s\n", rows[i]);
		ck_assert(open_text(text) == SL_OK);
		ck_assert_msg(sl_csv_next(csv, &row, &err) == SL_ERR_INVALID,
		    "%s", rows[i]);
		ck_assert_ptr_nonnull(strstr(err.text, "line 2"));
		teardown();
	}
}
END_TEST

START_TEST(a_line_that_is_too_long_is_refused)
{
	static char text[SL_CSV_LINE_MAX + 16];

	memset(text, '1', sizeof(text) - 1);
	memcpy(text, "a\n", 2);
	ck_assert(open_text(text) == SL_OK);
	ck_assert(sl_csv_next(csv, &row, &err) == SL_ERR_LIMIT);
	teardown();
	memset(text, 'a', 2);
	ck_assert(open_text(text) == SL_ERR_LIMIT);
}
END_TEST

START_TEST(more_columns_than_the_limit_are_refused)
{
	static char text[SL_CSV_COLUMNS_MAX * 8];
	size_t len = 0;

	for (unsigned i = 0; i <= SL_CSV_COLUMNS_MAX; i++)
		len +=
		    (size_t)snprintf(text + len, sizeof(text) - len, "c%u,", i);
	text[len - 1] = '\n';
	ck_assert(open_text(text) == SL_ERR_LIMIT);
}
END_TEST

START_TEST(numbers_come_back_and_what_is_none_is_nan)
{
	ck_assert(open_text("t_s,x\r\n0,-1.5e3\r\n\r\n.5, nan \n1,") == SL_OK);
	ck_assert_uint_eq(sl_csv_columns(csv), 2);
	ck_assert_str_eq(sl_csv_name(csv, 1), "x");
	ck_assert(sl_csv_next(csv, &row, &err) == SL_OK);
	ck_assert_double_eq(row[1], -1500);
	ck_assert(sl_csv_next(csv, &row, &err) == SL_OK);
	ck_assert_double_eq(row[0], 0.5);
	ck_assert(isnan(row[1]));
	ck_assert(sl_csv_next(csv, &row, &err) == SL_OK);
	ck_assert(isnan(row[1]));
	ck_assert(sl_csv_next(csv, &row, &err) == SL_OK);
	ck_assert_ptr_null(row);
}
END_TEST

START_TEST(lines_are_found_across_blocks_with_their_places)
{
	struct sl_buf text;
	struct sl_lines *lines;
	struct sl_line line;
	uint64_t at = 0;
	bool is_there;

	sl_buf_init(&text, 1 << 20);
	for (unsigned i = 0; i < 40000; i++)
		ck_assert(sl_buf_printf(&text, "%u\n", i) == SL_OK);
	fd = open_bytes(sl_buf_slice(&text));
	ck_assert(sl_lines_open(&lines, fd, text.len, 16) == SL_OK);
	for (unsigned i = 0; i < 40000; i++) {
		char want[16];

		snprintf(want, sizeof(want), "%u", i);
		ck_assert(
		    sl_lines_next(lines, &is_there, &line, &err) == SL_OK);
		ck_assert(is_there);
		ck_assert(sl_slice_is_text(line.text, want));
		ck_assert_uint_eq(line.at, at);
		ck_assert_uint_eq(line.number, i + 1);
		at += strlen(want) + 1;
	}
	ck_assert(sl_lines_next(lines, &is_there, &line, &err) == SL_OK);
	ck_assert(!is_there);
	sl_lines_free(lines);
	sl_buf_clear(&text);
}
END_TEST

TCase *
csv_cases(void)
{
	TCase *cases = tcase_create("csv");

	tcase_add_checked_fixture(cases, NULL, teardown);
	tcase_add_test(cases, a_first_line_that_is_none_of_names_is_refused);
	tcase_add_test(
	    cases, a_row_that_is_not_as_the_names_is_refused_by_its_number);
	tcase_add_test(cases, a_line_that_is_too_long_is_refused);
	tcase_add_test(cases, more_columns_than_the_limit_are_refused);
	tcase_add_test(cases, numbers_come_back_and_what_is_none_is_nan);
	tcase_add_test(cases, lines_are_found_across_blocks_with_their_places);
	return cases;
}
