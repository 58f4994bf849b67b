#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../support/cluster.h"
#include "sluice/db/db.h"
#include "suites.h"

static struct sl_db *db;
static struct sl_rows *rows;

static void
setup(void)
{
	struct sl_error err = {0};

	ck_assert_int_eq(
	    sl_db_connect(&db, cluster_conninfo("postgres", "postgres"), &err),
	    SL_OK);
	rows = NULL;
}

static void
teardown(void)
{
	sl_rows_free(rows);
	sl_db_close(db);
}

static void
query(const char *text)
{
	const struct sl_query entry = {text, text, 0, 0};
	struct sl_error err = {0};

	ck_assert_int_eq(sl_db_wait(&rows, db, &entry, NULL, &err), SL_OK);
}

START_TEST(each_type_is_read_back)
{
	struct sl_uuid uuid;
	struct sl_buf bytes;
	uint32_t *numbers, small;
	uint64_t large;
	int64_t number;
	size_t count;
	bool flag;
	char digest[2];

	query("SELECT 'text'::text, (-5)::int8, 4294967295::int8, "
	      "9223372036854775807::int8, true, "
	      "'00112233-4455-6677-8899-aabbccddeeff'::uuid, '\\x0aff'::bytea, "
	      "'{1,22,4294967295}'::int8[], '{}'::int4[], NULL::text");
	ck_assert_int_eq(sl_rows_count(rows), 1);
	ck_assert_int_eq(sl_rows_columns(rows), 10);
	ck_assert(sl_slice_is_text(sl_rows_text(rows, 0, 0), "text"));
	ck_assert_int_eq(sl_rows_int8(&number, rows, 0, 1), SL_OK);
	ck_assert_int_eq(number, -5);
	ck_assert_int_eq(sl_rows_uint32(&small, rows, 0, 2), SL_OK);
	ck_assert_uint_eq(small, UINT32_MAX);
	ck_assert_int_eq(sl_rows_uint64(&large, rows, 0, 3), SL_OK);
	ck_assert_uint_eq(large, INT64_MAX);
	ck_assert_int_eq(sl_rows_bool(&flag, rows, 0, 4), SL_OK);
	ck_assert(flag);
	ck_assert_int_eq(sl_rows_uuid(&uuid, rows, 0, 5), SL_OK);
	ck_assert_int_eq(uuid.bytes[15], 0xff);
	ck_assert_int_eq(sl_rows_bytes(digest, 2, rows, 0, 6), SL_OK);
	ck_assert_mem_eq(digest, "\x0a\xff", 2);
	sl_buf_init(&bytes, 10);
	ck_assert_int_eq(sl_rows_bytea(&bytes, rows, 0, 6), SL_OK);
	ck_assert_uint_eq(bytes.len, 2);
	sl_buf_clear(&bytes);
	ck_assert_int_eq(sl_rows_uint32s(&numbers, &count, rows, 0, 7), SL_OK);
	ck_assert_uint_eq(count, 3);
	ck_assert_uint_eq(numbers[1], 22);
	free(numbers);
	ck_assert_int_eq(sl_rows_uint32s(&numbers, &count, rows, 0, 8), SL_OK);
	ck_assert_uint_eq(count, 0);
	ck_assert(sl_rows_is_null(rows, 0, 9));
	ck_assert_uint_eq(sl_rows_text(rows, 0, 9).len, 0);
}
END_TEST

START_TEST(what_is_not_of_the_type_is_refused)
{
	struct sl_uuid uuid;
	struct sl_buf bytes;
	uint32_t *numbers, small;
	uint64_t large;
	int64_t number;
	size_t count;
	bool flag;
	int i;

	query("SELECT NULL::int8, '5x'::text, '-1'::text, '4294967296'::text, "
	      "''::text, '{1,2'::text, '{1,,2}'::text, '{-1}'::text, 'yes', "
	      "'\\x0'::text");
	sl_buf_init(&bytes, 10);
	for (i = 0; i < sl_rows_columns(rows); i++) {
		ck_assert_int_eq(
		    sl_rows_bool(&flag, rows, 0, i), SL_ERR_INTEGRITY);
		ck_assert_int_eq(
		    sl_rows_uuid(&uuid, rows, 0, i), SL_ERR_INTEGRITY);
		ck_assert_int_eq(
		    sl_rows_uint32(&small, rows, 0, i), SL_ERR_INTEGRITY);
		ck_assert_int_eq(sl_rows_uint32s(&numbers, &count, rows, 0, i),
		    SL_ERR_INTEGRITY);
		ck_assert_int_eq(
		    sl_rows_bytea(&bytes, rows, 0, i), SL_ERR_INTEGRITY);
	}
	ck_assert_int_eq(sl_rows_int8(&number, rows, 0, 0), SL_ERR_INTEGRITY);
	ck_assert_int_eq(sl_rows_int8(&number, rows, 0, 1), SL_ERR_INTEGRITY);
	ck_assert_int_eq(sl_rows_uint64(&large, rows, 0, 2), SL_ERR_INTEGRITY);
	ck_assert_int_eq(sl_rows_int8(&number, rows, 0, 4), SL_ERR_INTEGRITY);
	ck_assert_int_eq(sl_rows_int8(&number, rows, 1, 1), SL_ERR_INTEGRITY);
	ck_assert_int_eq(sl_rows_int8(&number, rows, 0, 99), SL_ERR_INTEGRITY);
	sl_buf_clear(&bytes);
}
END_TEST

Suite *
rows_suite(void)
{
	Suite *suite = suite_create("rows");
	TCase *tests = tcase_create("rows");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, each_type_is_read_back);
	tcase_add_test(tests, what_is_not_of_the_type_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
