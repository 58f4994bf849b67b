#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/clock.h"
#include "sluice/base/file.h"

#include "file_cache.h"
#include "suites.h"

static char path[64];
static int fd;
static struct file_cache cache;
static struct stat info;

static void
setup(void)
{
	snprintf(path, sizeof(path), "/tmp/sl-cache-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &info), 0);
	info.st_mtim.tv_sec -= 100;
	info.st_ctim.tv_sec -= 100;
}

static void
teardown(void)
{
	file_cache_clear(&cache);
	close(fd);
	(void)unlink(path);
}

static void
append(const char *name)
{
	struct cached_file file = {.path = strdup(name)};

	cached_file_describe(&file, &info);
	memset(file.sha256, 0xab, sizeof(file.sha256));
	ck_assert(file_cache_append(fd, &file, NULL) == SL_OK);
	free(file.path);
}

static void
append_text(const char *text)
{
	ck_assert(sl_file_write_all(fd, text, strlen(text), NULL) == SL_OK);
}

START_TEST(damaged_lines_are_left_out)
{
	append("a b");
	append_text("\nnonsense\n");
	append_text("00 1 2 3 4 5 x\n");
	for (unsigned i = 0; i < 64; i++)
		append_text("0");
	append_text(" 1 2 three 4 5 x\n");
	for (unsigned i = 0; i < 64; i++)
		append_text("0");
	append_text(" 99999999999999999999 2 3 4 5 x\n");
	append("c");
	append_text("cut by a kill");
	ck_assert(file_cache_read(&cache, path, NULL) == SL_OK);
	ck_assert_uint_eq(cache.count, 2);
	ck_assert_ptr_nonnull(file_cache_find(&cache, "a b", &info));
	ck_assert_ptr_nonnull(file_cache_find(&cache, "c", &info));
}
END_TEST

START_TEST(a_file_that_differs_in_anything_is_unknown)
{
	struct stat other;

	append("a");
	ck_assert(file_cache_read(&cache, path, NULL) == SL_OK);
	other = info;
	other.st_size++;
	ck_assert_ptr_null(file_cache_find(&cache, "a", &other));
	other = info;
	other.st_mtim.tv_nsec ^= 1;
	ck_assert_ptr_null(file_cache_find(&cache, "a", &other));
	other = info;
	other.st_ctim.tv_nsec ^= 1;
	ck_assert_ptr_null(file_cache_find(&cache, "a", &other));
	other = info;
	other.st_ino++;
	ck_assert_ptr_null(file_cache_find(&cache, "a", &other));
	ck_assert_ptr_null(file_cache_find(&cache, "b", &info));
	ck_assert_ptr_nonnull(file_cache_find(&cache, "a", &info));
}
END_TEST

START_TEST(a_young_file_is_not_remembered)
{
	info.st_mtim.tv_sec += 100;
	append("a");
	ck_assert(file_cache_read(&cache, path, NULL) == SL_OK);
	ck_assert_uint_eq(cache.count, 0);
}
END_TEST

START_TEST(an_absent_cache_is_empty)
{
	ck_assert(file_cache_read(&cache, "/nowhere/cache", NULL) == SL_OK);
	ck_assert_uint_eq(cache.count, 0);
	ck_assert_ptr_null(file_cache_find(&cache, "a", &info));
}
END_TEST

TCase *
file_cache_cases(void)
{
	TCase *cases = tcase_create("file_cache");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, damaged_lines_are_left_out);
	tcase_add_test(cases, a_file_that_differs_in_anything_is_unknown);
	tcase_add_test(cases, a_young_file_is_not_remembered);
	tcase_add_test(cases, an_absent_cache_is_empty);
	return cases;
}
