#include <check.h>
#include <stdlib.h>

#include "../../support/cluster.h"
#include "sluice/db/db.h"
#include "suites.h"

static const struct sl_query make_query = {"make_kept",
    "CREATE TABLE IF NOT EXISTS public.kept (number int8 PRIMARY KEY)", 0, 0};
static const struct sl_query add_query = {
    "add_kept", "INSERT INTO public.kept VALUES ($1::int8)", 1, 0};
static const struct sl_query count_query = {
    "count_kept", "SELECT count(*) FROM public.kept", 0, 0};
static const struct sl_query suicide_query = {"suicide",
    "SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())", 0,
    0};
static const struct sl_query one_query = {"one", "SELECT 1::int8", 0, 0};

static struct sl_db *db;

static enum sl_status
run(const struct sl_query *query, int64_t number)
{
	struct sl_rows *rows = NULL;
	struct sl_params params;
	enum sl_status status;

	sl_params_init(&params);
	if (query->param_count > 0)
		sl_params_int8(&params, number);
	status = sl_db_wait(&rows, db, query, &params, NULL);
	sl_rows_free(rows);
	return status;
}

static void
setup(void)
{
	struct sl_error err = {0};

	ck_assert_msg(
	    sl_db_connect(
	        &db, cluster_conninfo("postgres", "postgres"), &err) == SL_OK,
	    "%s", err.text);
	ck_assert_int_eq(run(&make_query, 0), SL_OK);
}

static void
teardown(void)
{
	sl_db_close(db);
}

static int64_t
count(void)
{
	struct sl_rows *rows;
	int64_t number = -1;

	ck_assert_int_eq(
	    sl_db_wait(&rows, db, &count_query, NULL, NULL), SL_OK);
	ck_assert_int_eq(sl_rows_int8(&number, rows, 0, 0), SL_OK);
	sl_rows_free(rows);
	return number;
}

static void
begin(bool is_reading)
{
	ck_assert_int_eq(sl_db_begin(db, is_reading, NULL), SL_OK);
}

START_TEST(what_is_rolled_back_was_seen_and_is_gone)
{
	int64_t before = count();

	begin(false);
	ck_assert_int_eq(run(&add_query, 1), SL_OK);
	ck_assert_int_eq(count(), before + 1);
	ck_assert_int_eq(sl_db_rollback(db, NULL), SL_OK);
	ck_assert_int_eq(count(), before);
}
END_TEST

START_TEST(what_is_committed_stays)
{
	int64_t before = count();

	begin(false);
	ck_assert_int_eq(run(&add_query, 2), SL_OK);
	ck_assert_int_eq(run(&add_query, 3), SL_OK);
	ck_assert_int_eq(sl_db_commit(db, NULL), SL_OK);
	ck_assert_int_eq(count(), before + 2);
}
END_TEST

START_TEST(after_a_failure_nothing_of_it_is_kept)
{
	int64_t before = count();

	begin(false);
	ck_assert_int_eq(run(&add_query, 4), SL_OK);
	ck_assert_int_eq(run(&add_query, 4), SL_ERR_CONFLICT);
	ck_assert_int_ne(run(&add_query, 5), SL_OK);
	ck_assert_int_eq(sl_db_rollback(db, NULL), SL_OK);
	ck_assert_int_eq(count(), before);
}
END_TEST

START_TEST(a_reading_transaction_writes_nothing)
{
	begin(true);
	ck_assert_int_ne(run(&add_query, 6), SL_OK);
	ck_assert_int_eq(sl_db_rollback(db, NULL), SL_OK);
}
END_TEST

/* The connection comes back by itself; outside of the transaction that was
 * asked for, a dry run would be none. */
START_TEST(a_connection_lost_within_a_transaction_takes_no_more_calls)
{
	begin(false);
	ck_assert_int_eq(run(&suicide_query, 0), SL_ERR_NETWORK);
	ck_assert_int_eq(run(&add_query, 7), SL_ERR_NETWORK);
	ck_assert_int_eq(sl_db_commit(db, NULL), SL_ERR_NETWORK);
	ck_assert_int_eq(sl_db_rollback(db, NULL), SL_ERR_NETWORK);
	sl_db_close(db);
	setup();
	ck_assert_int_eq(run(&one_query, 0), SL_OK);
	ck_assert_int_eq(run(&add_query, 7), SL_OK);
}
END_TEST

START_TEST(a_conninfo_becomes_the_environment_of_programs)
{
	struct sl_error err = {0};

	ck_assert_int_eq(
	    sl_db_export_conninfo("host=/a/b dbname=c user=d password=e", &err),
	    SL_OK);
	ck_assert_str_eq(getenv("PGHOST"), "/a/b");
	ck_assert_str_eq(getenv("PGDATABASE"), "c");
	ck_assert_str_eq(getenv("PGUSER"), "d");
	ck_assert_str_eq(getenv("PGPASSWORD"), "e");
	ck_assert_int_eq(
	    sl_db_export_conninfo("postgresql://f@/g", &err), SL_OK);
	ck_assert_str_eq(getenv("PGDATABASE"), "g");
	ck_assert_int_eq(
	    sl_db_export_conninfo("colour=red", &err), SL_ERR_INVALID);
}
END_TEST

Suite *
transaction_suite(void)
{
	Suite *suite = suite_create("transaction");
	TCase *tests = tcase_create("transaction");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, what_is_rolled_back_was_seen_and_is_gone);
	tcase_add_test(tests, what_is_committed_stays);
	tcase_add_test(tests, after_a_failure_nothing_of_it_is_kept);
	tcase_add_test(tests, a_reading_transaction_writes_nothing);
	tcase_add_test(
	    tests, a_connection_lost_within_a_transaction_takes_no_more_calls);
	tcase_add_test(tests, a_conninfo_becomes_the_environment_of_programs);
	suite_add_tcase(suite, tests);
	return suite;
}
