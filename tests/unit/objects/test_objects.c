#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/objects/objects.h"

#define UUID_TEXT "0193494e-5a00-7000-8000-000000000001"
#define FOLDER    "kitting/" UUID_TEXT
#define PACK      FOLDER "/pack"
#define TILES     "kitting/log/1/tile"

static char root[64];
static struct sl_objects *objects;
static struct sl_object_name pack = {.dataset = "kitting", .name = "pack"};

static void
setup(void)
{
	ck_assert_int_eq(
	    sl_uuid_parse(&pack.publication, sl_slice_text(UUID_TEXT)), SL_OK);
	snprintf(root, sizeof(root), "/tmp/sl-objects-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(sl_objects_open(&objects, root, NULL), SL_OK);
}

static int
remove_entry(const char *path)
{
	return unlink(path) == 0 ? 0 : rmdir(path);
}

static void
in_root(char out[256], const char *path)
{
	snprintf(out, 256, "%s/%s", root, path);
}

static void
teardown(void)
{
	static const char *const left[] = {PACK, FOLDER,
	    "kitting/not-a-publication", TILES "/0/000.p/1", TILES "/0/000.p",
	    TILES "/0/000", TILES "/0", TILES, "kitting/log/1", "kitting/log",
	    "kitting", "outside", ""};
	char path[256];

	sl_objects_close(objects);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		in_root(path, left[i]);
		if (remove_entry(path) != 0)
			ck_assert_int_eq(errno, ENOENT);
	}
}

static void
put(const char *text)
{
	ck_assert_int_eq(
	    sl_objects_put(objects, &pack, sl_slice_text(text), NULL), SL_OK);
}

static void
expect_text(const void *text, size_t len)
{
	uint64_t bytes;
	char data[64];
	int fd;

	ck_assert_int_eq(
	    sl_objects_get(objects, &pack, &fd, &bytes, NULL), SL_OK);
	ck_assert_uint_eq(bytes, len);
	ck_assert_int_eq(sl_file_read_at(fd, data, len, 0, NULL), SL_OK);
	ck_assert_mem_eq(data, text, len);
	close(fd);
}

START_TEST(what_is_put_is_got_and_replaced)
{
	put("first");
	expect_text("first", 5);
	put("second");
	expect_text("second", 6);
}
END_TEST

START_TEST(a_missing_object_is_not_found)
{
	struct sl_error err = {0};
	uint64_t bytes;
	int fd;

	ck_assert_int_eq(sl_objects_get(objects, &pack, &fd, &bytes, &err),
	    SL_ERR_NOT_FOUND);
	ck_assert_int_eq(fd, -1);
	ck_assert_str_ne(err.text, "");
}
END_TEST

START_TEST(names_that_could_leave_the_folder_are_refused)
{
	static const char *const bad[] = {"", ".", "..", "a/b", "../pack",
	    ".tmp-1", "Pack", "a b", "a\n", "-a",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct sl_object_name name = pack;
	uint64_t bytes;
	int fd;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		name.name = bad[i];
		name.dataset = "kitting";
		ck_assert_int_eq(
		    sl_objects_get(objects, &name, &fd, &bytes, NULL),
		    SL_ERR_INVALID);
		name.name = "pack";
		name.dataset = bad[i];
		ck_assert_int_eq(
		    sl_objects_put(objects, &name, sl_slice_text("x"), NULL),
		    SL_ERR_INVALID);
	}
}
END_TEST

START_TEST(a_planted_symlink_is_not_followed)
{
	char path[256];
	char outside[256];
	uint64_t bytes;
	int fd;

	put("x");
	in_root(path, PACK);
	in_root(outside, "outside");
	ck_assert_int_eq(
	    sl_file_replace(outside, sl_slice_text("secret"), 0600, NULL),
	    SL_OK);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink(outside, path), 0);
	ck_assert_int_ne(
	    sl_objects_get(objects, &pack, &fd, &bytes, NULL), SL_OK);
	ck_assert_int_ne(sl_objects_zero(objects, &pack, 0, 1, NULL), SL_OK);
	/* A put replaces the link, not what it points to. */
	put("y");
	expect_text("y", 1);
}
END_TEST

START_TEST(a_folder_or_fifo_in_the_place_of_an_object_is_an_error)
{
	char path[256];
	uint64_t bytes;
	int fd;

	put("x");
	in_root(path, PACK);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(
	    sl_objects_get(objects, &pack, &fd, &bytes, NULL), SL_ERR_IO);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(
	    sl_objects_get(objects, &pack, &fd, &bytes, NULL), SL_ERR_IO);
}
END_TEST

START_TEST(a_writer_is_invisible_until_committed)
{
	struct sl_object_writer *writer;
	uint64_t bytes;
	int fd;

	ck_assert_int_eq(
	    sl_object_writer_new(&writer, objects, &pack, NULL), SL_OK);
	ck_assert_int_eq(
	    sl_file_write_all(sl_object_writer_fd(writer), "abc", 3, NULL),
	    SL_OK);
	ck_assert_int_eq(sl_objects_get(objects, &pack, &fd, &bytes, NULL),
	    SL_ERR_NOT_FOUND);
	ck_assert_int_eq(sl_object_writer_commit(writer, NULL), SL_OK);
	expect_text("abc", 3);
}
END_TEST

START_TEST(a_cancelled_writer_leaves_nothing)
{
	struct sl_object_writer *writer;
	char path[256];

	ck_assert_int_eq(
	    sl_object_writer_new(&writer, objects, &pack, NULL), SL_OK);
	sl_object_writer_cancel(writer);
	in_root(path, FOLDER);
	/* Only an empty folder can be removed. */
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

START_TEST(a_publication_is_removed_with_all_it_holds)
{
	struct sl_object_writer *writer;
	char path[256];

	put("x");
	/* A crash leaves a temporary file, which goes with the rest. */
	ck_assert_int_eq(
	    sl_object_writer_new(&writer, objects, &pack, NULL), SL_OK);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(sl_objects_remove(objects, "kitting",
		                     &pack.publication, NULL),
		    SL_OK);
	sl_object_writer_cancel(writer);
	in_root(path, "kitting");
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

START_TEST(erasure_zeroes_the_range_and_nothing_else)
{
	put("abcdef");
	ck_assert_int_eq(sl_objects_zero(objects, &pack, 1, 3, NULL), SL_OK);
	expect_text("a\0\0\0ef", 6);
	ck_assert_int_eq(
	    sl_objects_zero(objects, &pack, 4, 3, NULL), SL_ERR_LIMIT);
	ck_assert_int_eq(
	    sl_objects_zero(objects, &pack, 1, UINT64_MAX, NULL), SL_ERR_LIMIT);
	ck_assert_int_eq(
	    sl_objects_zero(objects, &pack, UINT64_MAX, 1, NULL), SL_ERR_LIMIT);
	expect_text("a\0\0\0ef", 6);
}
END_TEST

static enum sl_status
put_tile(const char *path, const char *text)
{
	const struct sl_log_object name = {"kitting", 1, path};

	return sl_objects_log_put(objects, &name, sl_slice_text(text), NULL);
}

START_TEST(a_file_of_a_log_is_kept_and_never_changes)
{
	const struct sl_log_object name = {"kitting", 1, "tile/0/000.p/1"};
	uint64_t bytes;
	char text[4];
	int fd;

	ck_assert_int_eq(sl_objects_log_get(objects, &name, &fd, &bytes, NULL),
	    SL_ERR_NOT_FOUND);
	ck_assert_int_eq(put_tile("tile/0/000.p/1", "one"), SL_OK);
	ck_assert_int_eq(put_tile("tile/0/000.p/1", "one"), SL_OK);
	ck_assert_int_eq(put_tile("tile/0/000.p/1", "two"), SL_ERR_EXISTS);
	ck_assert_int_eq(put_tile("tile/0/000.p/1", "ones"), SL_ERR_EXISTS);
	ck_assert_int_eq(put_tile("tile/0/000", "full"), SL_OK);
	ck_assert_int_eq(
	    sl_objects_log_get(objects, &name, &fd, &bytes, NULL), SL_OK);
	ck_assert_uint_eq(bytes, 3);
	ck_assert_int_eq(sl_file_read_at(fd, text, 3, 0, NULL), SL_OK);
	ck_assert_mem_eq(text, "one", 3);
	close(fd);
}
END_TEST

START_TEST(a_name_that_leaves_the_log_is_refused)
{
	static const struct sl_log_object names[] = {
	    {"kitting", 0, "tile/0/000"},
	    {"../kitting", 1, "tile/0/000"},
	    {"Kitting", 1, "tile/0/000"},
	    {"kitting", 1, ""},
	    {"kitting", 1, "tile"},
	    {"kitting", 1, "tile/"},
	    {"kitting", 1, "/tile/0/000"},
	    {"kitting", 1, "tile//000"},
	    {"kitting", 1, "tile/../000"},
	    {"kitting", 1, "tile/./000"},
	    {"kitting", 1, "tile/.tmp-0"},
	    {"kitting", 1, "tile/0/000/"},
	    {"kitting", 1, "tile/0/0_0"},
	    {"kitting", 1, "other/0/000"},
	    {"kitting", 1, "tile/00000000000000000"},
	    {"kitting", 1, "tile/1/1/1/1/1/1/1/1/1/1/1/1/1"},
	    {"kitting", 1,
	        "tile/1234567890/1234567890/1234567890/1234567890/1234567890/"
	        "1234567890"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint64_t bytes;
		int fd;

		ck_assert_int_eq(
		    sl_objects_log_get(objects, &names[i], &fd, &bytes, NULL),
		    SL_ERR_INVALID);
		ck_assert_int_eq(sl_objects_log_put(objects, &names[i],
		                     sl_slice_text("x"), NULL),
		    SL_ERR_INVALID);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("objects");
	TCase *tcase = tcase_create("objects");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_is_put_is_got_and_replaced);
	tcase_add_test(tcase, a_missing_object_is_not_found);
	tcase_add_test(tcase, names_that_could_leave_the_folder_are_refused);
	tcase_add_test(tcase, a_planted_symlink_is_not_followed);
	tcase_add_test(
	    tcase, a_folder_or_fifo_in_the_place_of_an_object_is_an_error);
	tcase_add_test(tcase, a_writer_is_invisible_until_committed);
	tcase_add_test(tcase, a_cancelled_writer_leaves_nothing);
	tcase_add_test(tcase, a_publication_is_removed_with_all_it_holds);
	tcase_add_test(tcase, erasure_zeroes_the_range_and_nothing_else);
	tcase_add_test(tcase, a_file_of_a_log_is_kept_and_never_changes);
	tcase_add_test(tcase, a_name_that_leaves_the_log_is_refused);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
