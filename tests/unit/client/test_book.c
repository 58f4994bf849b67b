#include "sluice/client/book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/buf.h"
#include "sluice/base/file.h"
#include "suites.h"

static char folder[64];
static struct sl_uuid licence;

static void
setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/sluice-book-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	memset(&licence, 7, sizeof(licence));
}

static void
teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static void
path_of(char out[256], const char *end)
{
	char text[SL_UUID_TEXT_LEN + 1];

	sl_uuid_format(text, &licence);
	snprintf(out, 256, "%s/%s.%s", folder, text, end);
}

static enum sl_status
keep(uint64_t number, unsigned char byte, struct sl_error *err)
{
	struct sl_book_head head = {
	    .number = number, .at_us = 1000000, .source = "test"};

	memset(head.head, byte, sizeof(head.head));
	return sl_book_keep(folder, &licence, &head, err);
}

static size_t
count_heads(void)
{
	struct sl_book_head *heads;
	size_t count;

	ck_assert(
	    sl_book_read(folder, &licence, &heads, &count, NULL) == SL_OK);
	for (size_t i = 1; i < count; i++)
		ck_assert_uint_lt(heads[i - 1].number, heads[i].number);
	free(heads);
	return count;
}

START_TEST(a_head_is_kept_once)
{
	ck_assert_uint_eq(count_heads(), 0);
	ck_assert(keep(3, 1, NULL) == SL_OK);
	ck_assert(keep(1, 2, NULL) == SL_OK);
	ck_assert(keep(3, 1, NULL) == SL_OK);
	ck_assert_uint_eq(count_heads(), 2);
	/* Nothing is charged yet: that says nothing. */
	ck_assert(keep(0, 9, NULL) == SL_OK);
	ck_assert_uint_eq(count_heads(), 2);
}
END_TEST

START_TEST(two_heads_for_one_row_are_a_fork_with_evidence)
{
	struct sl_error err = {0};
	struct sl_buf text;
	char path[256];

	ck_assert(keep(12, 1, NULL) == SL_OK);
	ck_assert(keep(12, 2, &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "ledger_fork");
	path_of(path, "fork-12.json");
	ck_assert_ptr_nonnull(strstr(err.text, path));
	sl_buf_init(&text, 4096);
	ck_assert(sl_file_read(&text, path, NULL) == SL_OK);
	ck_assert_ptr_nonnull(strstr(sl_buf_text(&text), "010101"));
	ck_assert_ptr_nonnull(strstr(sl_buf_text(&text), "020202"));
	sl_buf_clear(&text);
	/* It stays one until a person has looked at it. */
	ck_assert(keep(12, 1, NULL) == SL_OK);
	ck_assert(keep(12, 2, NULL) == SL_ERR_INTEGRITY);
}
END_TEST

START_TEST(what_a_crash_left_of_a_line_is_passed_over)
{
	char path[256];
	FILE *file;

	ck_assert(keep(1, 1, NULL) == SL_OK);
	path_of(path, "heads");
	file = fopen(path, "a");
	ck_assert_ptr_nonnull(file);
	fputs("garbage\n2 0202\n3 03", file);
	fclose(file);
	ck_assert_uint_eq(count_heads(), 1);
	ck_assert(keep(4, 4, NULL) == SL_OK);
	ck_assert(keep(5, 5, NULL) == SL_OK);
	ck_assert_uint_eq(count_heads(), 3);
}
END_TEST

START_TEST(a_long_book_is_thinned_out)
{
	struct sl_buf text;
	char path[256];
	char hex[65];
	struct stat info;
	struct sl_book_head *heads;
	size_t count;

	memset(hex, 'a', sizeof(hex) - 1);
	hex[sizeof(hex) - 1] = '\0';
	sl_buf_init(&text, 4 << 20);
	for (int i = 1; i <= SL_BOOK_HEADS_MAX; i++)
		ck_assert(
		    sl_buf_printf(&text, "%d %s 2026-11-21T00:00:00Z test\n", i,
		        hex) == SL_OK);
	path_of(path, "heads");
	ck_assert(
	    sl_file_replace(path, sl_buf_slice(&text), 0644, NULL) == SL_OK);
	sl_buf_clear(&text);
	ck_assert(keep(SL_BOOK_HEADS_MAX + 1, 0xaa, NULL) == SL_OK);
	ck_assert(
	    sl_book_read(folder, &licence, &heads, &count, NULL) == SL_OK);
	ck_assert_uint_lt(count, SL_BOOK_HEADS_MAX * 3 / 4);
	/* The oldest, and all of the newest, stay. */
	ck_assert_uint_eq(heads[0].number, 1);
	ck_assert_uint_eq(heads[count - 1].number, SL_BOOK_HEADS_MAX + 1);
	ck_assert_uint_eq(heads[count - 1000].number, SL_BOOK_HEADS_MAX - 998);
	free(heads);
	ck_assert_int_eq(stat(path, &info), 0);
	ck_assert_int_lt(info.st_size, 1 << 20);
}
END_TEST

START_TEST(two_books_that_differ_do_not_merge)
{
	struct sl_book_head head = {.number = 2, .source = "test"};
	struct sl_error err = {0};
	char other[96];

	snprintf(other, sizeof(other), "%s/other", folder);
	ck_assert(keep(1, 1, NULL) == SL_OK);
	ck_assert(sl_book_keep(other, &licence, &head, NULL) == SL_OK);
	ck_assert(sl_book_merge(folder, other, &licence, &err) == SL_OK);
	ck_assert_uint_eq(count_heads(), 2);
	head.number = 1;
	ck_assert(sl_book_keep(other, &licence, &head, NULL) == SL_OK);
	ck_assert(
	    sl_book_merge(folder, other, &licence, &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "ledger_fork");
}
END_TEST

TCase *
book_cases(void)
{
	TCase *cases = tcase_create("book");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, a_head_is_kept_once);
	tcase_add_test(cases, two_heads_for_one_row_are_a_fork_with_evidence);
	tcase_add_test(cases, what_a_crash_left_of_a_line_is_passed_over);
	tcase_add_test(cases, a_long_book_is_thinned_out);
	tcase_add_test(cases, two_books_that_differ_do_not_merge);
	return cases;
}
