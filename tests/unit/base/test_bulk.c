#include "sluice/base/bulk.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suites.h"

#define PIECE (256u << 10)

static unsigned char content[3 * PIECE];
static struct sl_workers *workers;
static int fd;

/* Once on the caller's thread, once on a worker. */
static void
begin(int with_workers)
{
	char name[] = "/tmp/sluice-bulk-XXXXXX";

	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (unsigned char)(i * 31 + i / 4096);
	if (with_workers != 0)
		ck_assert(sl_workers_new(&workers, 1) == SL_OK);
	fd = mkstemp(name);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(unlink(name), 0);
}

static void
end(void)
{
	sl_workers_free(workers);
	workers = NULL;
	close(fd);
}

static void
check_file(size_t len)
{
	static unsigned char found[sizeof(content) + 1];

	ck_assert_int_eq(pread(fd, found, sizeof(found), 0), (ssize_t)len);
	ck_assert_mem_eq(found, content, len);
}

static void
write_in_steps(size_t len, size_t step)
{
	struct sl_bulk *bulk;

	ck_assert(sl_bulk_new(&bulk, fd, PIECE, workers) == SL_OK);
	for (size_t at = 0; at < len; at += step) {
		size_t more = len - at < step ? len - at : step;

		ck_assert(sl_bulk_put(bulk, sl_slice_of(content + at, more),
		              NULL) == SL_OK);
	}
	ck_assert(sl_bulk_finish(bulk, NULL) == SL_OK);
	sl_bulk_free(bulk);
	check_file(len);
}

START_TEST(every_length_arrives_whole)
{
	static const size_t lengths[] = {0, 1, 4095, 4096, PIECE - 1, PIECE,
	    PIECE + 1, 2 * PIECE, 2 * PIECE + PIECE / 2 + 7, 3 * PIECE};

	begin(_i);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		ck_assert_int_eq(ftruncate(fd, 0), 0);
		ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
		write_in_steps(lengths[i], PIECE / 3 + 1);
	}
	end();
}
END_TEST

START_TEST(bytes_may_be_put_where_they_will_be_written_from)
{
	struct sl_bulk *bulk;
	size_t at = 0;

	begin(_i);
	ck_assert(sl_bulk_new(&bulk, fd, PIECE, workers) == SL_OK);
	while (at < 2 * PIECE + 100) {
		unsigned char *room;
		size_t len;

		ck_assert(sl_bulk_room(bulk, &room, &len, NULL) == SL_OK);
		ck_assert_uint_gt(len, 0);
		len = len < 100 ? len : 100;
		memcpy(room, content + at, len);
		sl_bulk_use(bulk, len);
		at += len;
	}
	ck_assert(sl_bulk_finish(bulk, NULL) == SL_OK);
	sl_bulk_free(bulk);
	check_file(at);
	end();
}
END_TEST

START_TEST(a_full_disk_is_told_by_finish_at_the_latest)
{
	static const struct rlimit limit = {PIECE + 4096, RLIM_INFINITY};
	struct sl_bulk *bulk;
	struct sl_error err = {0};
	enum sl_status status = SL_OK;

	begin(_i);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert(sl_bulk_new(&bulk, fd, PIECE, workers) == SL_OK);
	for (int i = 0; status == SL_OK && i < 3; i++)
		status = sl_bulk_put(bulk, sl_slice_of(content, PIECE), &err);
	if (status == SL_OK)
		status = sl_bulk_finish(bulk, &err);
	ck_assert(status != SL_OK);
	ck_assert_str_ne(err.text, "");
	ck_assert(sl_bulk_finish(bulk, NULL) == status);
	sl_bulk_free(bulk);
	end();
}
END_TEST

START_TEST(one_that_is_left_early_takes_its_writes_with_it)
{
	struct sl_bulk *bulk;

	begin(_i);
	ck_assert(sl_bulk_new(&bulk, fd, PIECE, workers) == SL_OK);
	ck_assert(
	    sl_bulk_put(bulk, sl_slice_of(content, PIECE + 1), NULL) == SL_OK);
	sl_bulk_free(bulk);
	sl_bulk_free(NULL);
	check_file(PIECE);
	end();
}
END_TEST

START_TEST(a_piece_that_no_disk_could_take_is_refused)
{
	struct sl_bulk *bulk;

	ck_assert(sl_bulk_new(&bulk, 0, 0, NULL) == SL_ERR_INVALID);
	ck_assert(sl_bulk_new(&bulk, 0, 1000, NULL) == SL_ERR_INVALID);
	ck_assert_ptr_null(bulk);
}
END_TEST

TCase *
bulk_cases(void)
{
	TCase *cases = tcase_create("bulk");

	tcase_add_loop_test(cases, every_length_arrives_whole, 0, 2);
	tcase_add_loop_test(
	    cases, bytes_may_be_put_where_they_will_be_written_from, 0, 2);
	tcase_add_loop_test(
	    cases, a_full_disk_is_told_by_finish_at_the_latest, 0, 2);
	tcase_add_loop_test(
	    cases, one_that_is_left_early_takes_its_writes_with_it, 0, 2);
	tcase_add_test(cases, a_piece_that_no_disk_could_take_is_refused);
	return cases;
}
