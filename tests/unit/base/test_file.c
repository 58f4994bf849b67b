#include "sluice/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suites.h"

static char folder[] = "/tmp/sluice-file-XXXXXX";

static void
enter_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static void
leave_folder(void)
{
	char command[64];

	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static enum sl_status
read_name(struct sl_buf *buf, const char *name, struct sl_error *err)
{
	*err = (struct sl_error){0};
	return sl_file_read(buf, name, err);
}

START_TEST(only_regular_files_are_read)
{
	struct sl_buf buf;
	struct sl_error err;

	sl_buf_init(&buf, 100);
	ck_assert(read_name(&buf, "none", &err) == SL_ERR_NOT_FOUND);
	ck_assert_str_eq(err.text, "none: No such file or directory");
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	ck_assert(read_name(&buf, "fifo", &err) == SL_ERR_INVALID);
	ck_assert(read_name(&buf, ".", &err) == SL_ERR_INVALID);
	ck_assert(read_name(&buf, "/dev/zero", &err) == SL_ERR_INVALID);
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(a_file_past_the_maximum_is_refused)
{
	struct sl_buf buf;
	struct sl_error err;

	sl_buf_init(&buf, 4);
	ck_assert(
	    sl_file_replace("f", sl_slice_text("12345"), 0600, NULL) == SL_OK);
	ck_assert(read_name(&buf, "f", &err) == SL_ERR_LIMIT);
	ck_assert_uint_eq(buf.len, 0);
	ck_assert_int_eq(truncate("f", (off_t)1 << 40), 0);
	ck_assert(read_name(&buf, "f", &err) == SL_ERR_LIMIT);
	ck_assert_int_eq(truncate("f", 0), 0);
	ck_assert(read_name(&buf, "f", &err) == SL_OK);
	ck_assert_uint_eq(buf.len, 0);
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(replacing_leaves_the_new_file_and_nothing_else)
{
	struct sl_buf buf;
	struct stat info;

	sl_buf_init(&buf, 100);
	ck_assert(
	    sl_file_replace("f", sl_slice_text("old"), 0644, NULL) == SL_OK);
	ck_assert(
	    sl_file_replace("f", sl_slice_text("new"), 0600, NULL) == SL_OK);
	ck_assert(sl_file_read(&buf, "f", NULL) == SL_OK);
	ck_assert_str_eq(sl_buf_text(&buf), "new");
	ck_assert_int_eq(stat("f", &info), 0);
	ck_assert_int_eq(info.st_mode & 07777, 0600);
	ck_assert_int_eq(unlink("f"), 0);
	ck_assert_int_eq(rmdir(folder), 0);
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(a_replacement_that_fails_keeps_the_old_file)
{
	struct rlimit limit = {2, 2};
	struct sl_buf buf;
	struct sl_error err = {0};

	sl_buf_init(&buf, 100);
	ck_assert(
	    sl_file_replace("f", sl_slice_text("ok"), 0644, NULL) == SL_OK);
	ck_assert(sl_file_replace("no/f", sl_slice_text("x"), 0600, &err) ==
	    SL_ERR_NOT_FOUND);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert(sl_file_replace("f", sl_slice_text("longer"), 0600, &err) ==
	    SL_ERR_IO);
	ck_assert(sl_file_read(&buf, "f", NULL) == SL_OK);
	ck_assert_str_eq(sl_buf_text(&buf), "ok");
	ck_assert_int_eq(unlink("f"), 0);
	ck_assert_int_eq(rmdir(folder), 0);
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(a_full_disk_says_so)
{
	struct sl_error err = {0};
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert(sl_file_write_all(fd, "x", 1, &err) == SL_ERR_FULL);
	close(fd);
}
END_TEST

START_TEST(a_short_file_is_not_read_past_its_end)
{
	struct sl_error err = {0};
	char bytes[4];
	int fd;

	ck_assert(
	    sl_file_replace("f", sl_slice_text("abc"), 0600, NULL) == SL_OK);
	fd = open("f", O_RDONLY | O_CLOEXEC);
	ck_assert(sl_file_read_at(fd, bytes, 2, 1, &err) == SL_OK);
	ck_assert_mem_eq(bytes, "bc", 2);
	ck_assert(sl_file_read_at(fd, bytes, 4, 0, &err) == SL_ERR_IO);
	close(fd);
}
END_TEST

START_TEST(folders_are_made_with_their_parents)
{
	struct sl_error err = {0};
	struct stat info;

	ck_assert(sl_file_make_dirs("", &err) == SL_ERR_INVALID);
	ck_assert(sl_file_make_dirs("a/b//c/", &err) == SL_OK);
	ck_assert(sl_file_make_dirs("a/b/c", &err) == SL_OK);
	ck_assert(sl_file_make_dirs("/", &err) == SL_OK);
	ck_assert_int_eq(stat("a/b/c", &info), 0);
	ck_assert(S_ISDIR(info.st_mode));
	ck_assert(
	    sl_file_replace("f", sl_slice_text("x"), 0600, NULL) == SL_OK);
	ck_assert(sl_file_make_dirs("f", &err) == SL_ERR_EXISTS);
	ck_assert(sl_file_make_dirs("f/g", &err) != SL_OK);
	ck_assert_int_eq(symlink("nowhere", "link"), 0);
	ck_assert(sl_file_make_dirs("link", &err) != SL_OK);
}
END_TEST

TCase *
file_cases(void)
{
	TCase *cases = tcase_create("file");

	tcase_add_checked_fixture(cases, enter_folder, leave_folder);
	tcase_add_test(cases, only_regular_files_are_read);
	tcase_add_test(cases, a_file_past_the_maximum_is_refused);
	tcase_add_test(cases, replacing_leaves_the_new_file_and_nothing_else);
	tcase_add_test(cases, a_replacement_that_fails_keeps_the_old_file);
	tcase_add_test(cases, a_full_disk_says_so);
	tcase_add_test(cases, a_short_file_is_not_read_past_its_end);
	tcase_add_test(cases, folders_are_made_with_their_parents);
	return cases;
}
