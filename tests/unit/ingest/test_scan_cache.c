#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/file.h"

#include "scan_cache.h"
#include "suites.h"

#define RULES "0123456789abcdef"

static char path[64];
static int fd;
static struct scan_cache cache;
static struct stat info;

static void
setup(void)
{
	snprintf(path, sizeof(path), "/tmp/sl-scans-XXXXXX");
	fd = mkostemp(path, O_APPEND);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &info), 0);
	info.st_mtim.tv_sec -= 100;
	info.st_ctim.tv_sec -= 100;
	cache.fd = -1;
}

static void
teardown(void)
{
	scan_cache_close(&cache);
	close(fd);
	(void)unlink(path);
}

static void
append(const char *name, const char *told)
{
	struct cached_file unit = {.path = (char *)(uintptr_t)name};

	cached_file_describe(&unit, &info);
	ck_assert(scan_cache_append(fd, RULES, &unit, told, NULL) == SL_OK);
}

static void
finds(const char *name, const char *told)
{
	char *found = scan_cache_find(&cache, name, &info);

	if (told == NULL)
		ck_assert_ptr_null(found);
	else
		ck_assert_str_eq(found, told);
	free(found);
}

static void
open_cache(void)
{
	scan_cache_close(&cache);
	ck_assert(scan_cache_open(&cache, path, RULES, NULL) == SL_OK);
}

START_TEST(a_line_that_was_cut_or_changed_is_none)
{
	append("a", "{\"whole\":1}");
	append("b", "{\"changed\":1}");
	append("c", "{\"cut\":1}");
	info.st_size = lseek(fd, 0, SEEK_END);
	ck_assert_int_eq(ftruncate(fd, info.st_size - 3), 0);
	info.st_size = 0;
	open_cache();
	ck_assert_uint_eq(cache.count, 2);
	finds("a", "{\"whole\":1}");
	finds("c", NULL);
	/* Behind the back of the cache: one letter of what was told. */
	close(fd);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(
	    pwrite(fd, "C", 1, (off_t)cache.lines[1].offset + 2), 1);
	finds("b", NULL);
}
END_TEST

START_TEST(lines_of_nonsense_are_left_out)
{
	static const char text[] =
	    "\nnonsense\n" RULES " 00 1 2 3 4 1 a {}\n" RULES
	    " 0000000000000000000000000000000000000000000000000000000000000000"
	    " 1 2 3 4 999999 a {}\n";

	ck_assert(sl_file_write_all(fd, text, strlen(text), NULL) == SL_OK);
	append("a", "{}");
	open_cache();
	ck_assert_uint_eq(cache.count, 1);
	finds("a", "{}");
}
END_TEST

START_TEST(another_file_or_other_rules_are_unknown)
{
	struct stat seen = info;

	append("a", "{}");
	open_cache();
	finds("b", NULL);
	info.st_size++;
	finds("a", NULL);
	info = seen;
	info.st_mtim.tv_nsec ^= 1;
	finds("a", NULL);
	info = seen;
	info.st_ino++;
	finds("a", NULL);
	info = seen;
	finds("a", "{}");
	scan_cache_close(&cache);
	ck_assert(
	    scan_cache_open(&cache, path, "fedcba9876543210", NULL) == SL_OK);
	finds("a", NULL);
}
END_TEST

START_TEST(of_several_lines_the_one_that_fits_counts)
{
	append("a b", "{\"old\":1}");
	info.st_size = 7;
	append("a b", "{\"new\":1}");
	append("a b\tepisodes 0 32", "{\"part\":1}");
	open_cache();
	finds("a b", "{\"new\":1}");
	finds("a b\tepisodes 0 32", "{\"part\":1}");
	info.st_size = 0;
	finds("a b", "{\"old\":1}");
}
END_TEST

START_TEST(a_damaged_line_does_not_hide_a_good_one)
{
	off_t end;
	int other;

	append("a", "{\"told\":1}");
	end = lseek(fd, 0, SEEK_END);
	other = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(other, "2", 1, end - 3), 1);
	close(other);
	append("a", "{\"told\":1}");
	append("a", "{\"told\":1}");
	open_cache();
	ck_assert_uint_eq(cache.count, 3);
	finds("a", "{\"told\":1}");
}
END_TEST

START_TEST(a_young_file_is_not_remembered)
{
	info.st_mtim.tv_sec += 100;
	append("a", "{}");
	open_cache();
	ck_assert_uint_eq(cache.count, 0);
}
END_TEST

START_TEST(rules_differ_by_version_and_options)
{
	char names[3][SCAN_RULES_MAX];

	ck_assert(scan_rules_name(names[0], 1, sl_slice_text("")) == SL_OK);
	ck_assert(scan_rules_name(names[1], 2, sl_slice_text("")) == SL_OK);
	ck_assert(scan_rules_name(names[2], 1, sl_slice_text("x")) == SL_OK);
	ck_assert_str_ne(names[0], names[1]);
	ck_assert_str_ne(names[0], names[2]);
	ck_assert_uint_eq(strlen(names[0]), 16);
}
END_TEST

TCase *
scan_cache_cases(void)
{
	TCase *cases = tcase_create("scan_cache");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, a_line_that_was_cut_or_changed_is_none);
	tcase_add_test(cases, lines_of_nonsense_are_left_out);
	tcase_add_test(cases, another_file_or_other_rules_are_unknown);
	tcase_add_test(cases, of_several_lines_the_one_that_fits_counts);
	tcase_add_test(cases, a_damaged_line_does_not_hide_a_good_one);
	tcase_add_test(cases, a_young_file_is_not_remembered);
	tcase_add_test(cases, rules_differ_by_version_and_options);
	return cases;
}
