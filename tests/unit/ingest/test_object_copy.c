#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/crypto/sha256.h"

#include "object_copy.h"
#include "suites.h"

static char root[64];
static struct object_place place;
static struct cached_file file;

static int
on_removed(
    const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info;
	(void)walk;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

static void
setup(void)
{
	snprintf(root, sizeof(root), "/tmp/sl-copy-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	place.dir_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert(object_place_make(&place, NULL) == SL_OK);
}

static void
teardown(void)
{
	close(place.dir_fd);
	ck_assert_int_eq(nftw(root, on_removed, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static int
open_text(const char *text)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	ck_assert(sl_file_write_all(fd, text, strlen(text), NULL) == SL_OK);
	return fd;
}

START_TEST(a_broken_file_leaves_nothing)
{
	char path[96];
	int fd = open_text("PAR0 is no parquet file");

	ck_assert(object_copy(&file, &place, fd, "x.parquet", NULL) ==
	    SL_ERR_INVALID);
	close(fd);
	snprintf(path, sizeof(path), "%s/tmp", root);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}
END_TEST

START_TEST(a_copy_has_the_name_of_its_hash)
{
	unsigned char sha256[32];
	int fd = open_text("content");

	ck_assert(object_copy(&file, &place, fd, "x.txt", NULL) == SL_OK);
	ck_assert(sl_sha256_of(sha256, sl_slice_text("content")) == SL_OK);
	ck_assert_mem_eq(file.sha256, sha256, 32);
	ck_assert_uint_eq(file.bytes, 7);
	ck_assert(object_verify(&place, &file, NULL) == SL_OK);
	/* Again is no conflict. */
	ck_assert(object_copy(&file, &place, fd, "x.txt", NULL) == SL_OK);
	close(fd);
}
END_TEST

START_TEST(a_changed_object_is_not_taken_for_the_file)
{
	char name[OBJECT_NAME_MAX];
	int fd;

	ck_assert(
	    object_put(&file, &place, sl_slice_text("content"), NULL) == SL_OK);
	object_name(name, file.sha256);
	fd = openat(place.dir_fd, name, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, "C", 1, 0), 1);
	close(fd);
	ck_assert(object_verify(&place, &file, NULL) == SL_ERR_INTEGRITY);
}
END_TEST

START_TEST(an_absent_object_is_not_linked)
{
	ck_assert(
	    object_put(&file, &place, sl_slice_text("content"), NULL) == SL_OK);
	ck_assert(object_link(&place, place.dir_fd, &file) == SL_OK);
	file.sha256[0] ^= 1;
	ck_assert(object_link(&place, place.dir_fd, &file) == SL_ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_link_takes_the_place_of_what_a_power_cut_left)
{
	char name[OBJECT_NAME_MAX];
	char from[128];
	int from_fd;
	int fd;

	ck_assert(
	    object_put(&file, &place, sl_slice_text("content"), NULL) == SL_OK);
	snprintf(from, sizeof(from), "%s/before", root);
	ck_assert_int_eq(mkdir(from, 0700), 0);
	from_fd = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(from_fd, 0);
	ck_assert(object_place_make(&(struct object_place){.dir_fd = from_fd},
	              NULL) == SL_OK);
	object_name(name, file.sha256);
	ck_assert_int_eq(renameat(place.dir_fd, name, from_fd, name), 0);
	fd = openat(place.dir_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert(object_verify(&place, &file, NULL) == SL_ERR_INTEGRITY);
	ck_assert(object_link(&place, from_fd, &file) == SL_OK);
	ck_assert(object_verify(&place, &file, NULL) == SL_OK);
	/* Nothing is left beside it. */
	ck_assert_int_eq(unlinkat(place.dir_fd, "tmp", AT_REMOVEDIR), 0);
	close(from_fd);
}
END_TEST

START_TEST(an_object_in_pieces_is_that_of_the_whole)
{
	struct object_writer *writer;
	unsigned char sha256[32];
	uint64_t bytes;

	ck_assert(object_writer_new(&writer, &place, NULL) == SL_OK);
	ck_assert(
	    object_writer_put(writer, sl_slice_text("con"), NULL) == SL_OK);
	ck_assert(
	    object_writer_put(writer, sl_slice_text("tent"), NULL) == SL_OK);
	ck_assert(object_writer_finish(writer, &bytes, sha256, NULL) == SL_OK);
	ck_assert_uint_eq(bytes, 7);
	ck_assert(
	    object_put(&file, &place, sl_slice_text("content"), NULL) == SL_OK);
	ck_assert_mem_eq(sha256, file.sha256, 32);
	ck_assert(object_verify(&place, &file, NULL) == SL_OK);
}
END_TEST

START_TEST(an_object_that_was_not_finished_leaves_nothing)
{
	struct object_writer *writer;
	char path[96];

	ck_assert(object_writer_new(&writer, &place, NULL) == SL_OK);
	ck_assert(
	    object_writer_put(writer, sl_slice_text("con"), NULL) == SL_OK);
	object_writer_free(writer);
	snprintf(path, sizeof(path), "%s/tmp", root);
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

START_TEST(a_copy_ends_when_the_meter_says_so)
{
	struct meter meter = {.is_cancelled = true};
	int fd = open_text("content");

	place.meter = &meter;
	ck_assert(
	    object_copy(&file, &place, fd, "x", NULL) == SL_ERR_CANCELLED);
	place.meter = NULL;
	ck_assert(object_copy(&file, &place, fd, "x", NULL) == SL_OK);
	place.meter = &meter;
	ck_assert_uint_eq(atomic_exchange(&meter.bytes, 0), 7);
	ck_assert(object_verify(&place, &file, NULL) == SL_ERR_CANCELLED);
	ck_assert_uint_eq(atomic_load(&meter.bytes), 0);
	place.meter = NULL;
	close(fd);
}
END_TEST

TCase *
object_copy_cases(void)
{
	TCase *cases = tcase_create("object_copy");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, a_broken_file_leaves_nothing);
	tcase_add_test(cases, a_copy_has_the_name_of_its_hash);
	tcase_add_test(cases, a_changed_object_is_not_taken_for_the_file);
	tcase_add_test(cases, an_absent_object_is_not_linked);
	tcase_add_test(cases, a_link_takes_the_place_of_what_a_power_cut_left);
	tcase_add_test(cases, an_object_in_pieces_is_that_of_the_whole);
	tcase_add_test(cases, an_object_that_was_not_finished_leaves_nothing);
	tcase_add_test(cases, a_copy_ends_when_the_meter_says_so);
	return cases;
}
