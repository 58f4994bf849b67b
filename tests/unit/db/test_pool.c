#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../support/cluster.h"
#include "sluice/db/db.h"
#include "sluice/loop/loop.h"
#include "sluice/loop/timer.h"
#include "suites.h"

#define CALLS 200

static const struct sl_query echo_query = {"echo", "SELECT $1::int8", 1, 0};
static const struct sl_query sleep_query = {
    "sleep", "SELECT $1::int8, pg_sleep(30)", 1, 0};
static const struct sl_query short_query = {
    "short", "SELECT $1::int8, pg_sleep(2)", 1, 300};
static const struct sl_query missing_query = {
    "missing", "SELECT $1::int8 FROM no_such_table", 1, 0};

struct outcome {
	int calls;
	enum sl_status status;
	char code[SL_ERROR_CODE_MAX];
	int64_t number;
};

static struct sl_loop *loop;
static struct sl_db *db;
static struct outcome outcomes[CALLS];
static int done_count, stop_at;
static bool in_call;

static void
setup(void)
{
	struct sl_error err = {0};

	memset(outcomes, 0, sizeof(outcomes));
	done_count = 0;
	ck_assert_int_eq(sl_loop_new(&loop), SL_OK);
	ck_assert_int_eq(sl_db_open(&db, loop,
	                     cluster_conninfo("postgres", "postgres"), 2, &err),
	    SL_OK);
}

static void
teardown(void)
{
	sl_db_close(db);
	sl_loop_free(loop);
}

static void
on_done(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct outcome *outcome = ctx;

	ck_assert(!in_call);
	outcome->calls++;
	outcome->status = status;
	memcpy(outcome->code, err->code, sizeof(outcome->code));
	ck_assert((rows == NULL) == (status != SL_OK));
	if (rows != NULL)
		ck_assert_int_eq(
		    sl_rows_int8(&outcome->number, rows, 0, 0), SL_OK);
	if (++done_count == stop_at)
		sl_loop_stop(loop);
}

static enum sl_status
start(const struct sl_query *query, int i)
{
	struct sl_params params;
	struct sl_error err = {0};
	enum sl_status status;

	sl_params_init(&params);
	sl_params_int8(&params, i);
	in_call = true;
	status = sl_db_call(db, query, &params, on_done, &outcomes[i], &err);
	in_call = false;
	return status;
}

static void
run_until(int count)
{
	stop_at = count;
	ck_assert_int_eq(sl_loop_run(loop), SL_OK);
}

START_TEST(many_calls_complete_once_each_with_their_own_answer)
{
	int i;

	for (i = 0; i < CALLS; i++)
		ck_assert_int_eq(start(&echo_query, i), SL_OK);
	ck_assert_int_eq(done_count, 0);
	run_until(CALLS);
	for (i = 0; i < CALLS; i++) {
		ck_assert_int_eq(outcomes[i].calls, 1);
		ck_assert_int_eq(outcomes[i].status, SL_OK);
		ck_assert_int_eq(outcomes[i].number, i);
	}
	ck_assert(sl_db_is_ready(db));
	ck_assert_str_eq(sl_db_trouble(db), "");
}
END_TEST

START_TEST(a_failed_statement_does_not_touch_its_neighbours)
{
	int i;

	for (i = 0; i < 40; i++)
		ck_assert_int_eq(
		    start(i % 4 == 2 ? &missing_query : &echo_query, i), SL_OK);
	run_until(40);
	for (i = 0; i < 40; i++) {
		ck_assert_int_eq(outcomes[i].calls, 1);
		if (i % 4 == 2) {
			ck_assert_int_eq(outcomes[i].status, SL_ERR_STATE);
			ck_assert_str_eq(outcomes[i].code, "database_schema");
		} else {
			ck_assert_int_eq(outcomes[i].status, SL_OK);
		}
	}
}
END_TEST

START_TEST(what_our_functions_raise_becomes_status_and_code)
{
	cluster_sql("postgres",
	    "CREATE OR REPLACE FUNCTION public.raise() RETURNS int LANGUAGE "
	    "plpgsql AS $$ BEGIN RAISE EXCEPTION 'no_such_thing: nothing %', "
	    "1 USING ERRCODE = 'SLNFD'; END $$");
	static const struct sl_query query = {
	    "raise", "SELECT $1::int8, public.raise()", 1, 0};

	ck_assert_int_eq(start(&query, 0), SL_OK);
	run_until(1);
	ck_assert_int_eq(outcomes[0].status, SL_ERR_NOT_FOUND);
	ck_assert_str_eq(outcomes[0].code, "no_such_thing");
}
END_TEST

START_TEST(a_late_answer_is_a_timeout_and_the_next_call_works)
{
	ck_assert_int_eq(start(&short_query, 0), SL_OK);
	run_until(1);
	ck_assert_int_eq(outcomes[0].status, SL_ERR_TIMEOUT);
	ck_assert_str_eq(outcomes[0].code, "database_timeout");
	ck_assert_int_eq(start(&echo_query, 1), SL_OK);
	run_until(2);
	ck_assert_int_eq(outcomes[1].status, SL_OK);
	ck_assert_int_eq(outcomes[0].calls, 1);
}
END_TEST

START_TEST(a_wrong_number_of_parameters_is_refused_at_once)
{
	struct sl_error err = {0};

	ck_assert_int_eq(
	    sl_db_call(db, &echo_query, NULL, on_done, &outcomes[0], &err),
	    SL_ERR_INVALID);
	ck_assert_int_eq(done_count, 0);
}
END_TEST

START_TEST(the_queue_is_bounded)
{
	struct sl_params params;
	struct sl_error err = {0};
	int i;

	for (i = 0; i < SL_DB_CALLS_MAX; i++)
		ck_assert_int_eq(start(&echo_query, i % CALLS), SL_OK);
	sl_params_init(&params);
	sl_params_int8(&params, 1);
	ck_assert_int_eq(
	    sl_db_call(db, &echo_query, &params, on_done, &outcomes[0], &err),
	    SL_ERR_LIMIT);
	ck_assert_int_eq(params.count, 0);
	run_until(SL_DB_CALLS_MAX);
	ck_assert_int_eq(start(&echo_query, 0), SL_OK);
	run_until(SL_DB_CALLS_MAX + 1);
}
END_TEST

static void
kill_server(void *ctx)
{
	(void)ctx;
	cluster_kill();
}

START_TEST(a_killed_server_fails_each_call_once_and_later_calls_work)
{
	struct sl_timer *timer;
	int i;

	for (i = 0; i < 50; i++)
		ck_assert_int_eq(start(&sleep_query, i), SL_OK);
	ck_assert_int_eq(sl_timer_new(&timer, loop, kill_server, NULL), SL_OK);
	sl_timer_start(timer, 200);
	run_until(50);
	sl_timer_free(timer);
	for (i = 0; i < 50; i++) {
		ck_assert_int_eq(outcomes[i].calls, 1);
		ck_assert_int_eq(outcomes[i].status, SL_ERR_NETWORK);
		ck_assert_str_eq(outcomes[i].code, "database_unreachable");
	}
	cluster_start();
	for (i = 50; i < 100; i++)
		ck_assert_int_eq(start(&echo_query, i), SL_OK);
	run_until(100);
	for (i = 50; i < 100; i++) {
		ck_assert_int_eq(outcomes[i].status, SL_OK);
		ck_assert_int_eq(outcomes[i].number, i);
	}
	for (i = 0; i < 50; i++)
		ck_assert_int_eq(outcomes[i].calls, 1);
}
END_TEST

START_TEST(without_a_server_a_call_fails_soon_and_says_why)
{
	struct sl_error err = {0};

	sl_db_close(db);
	ck_assert_int_eq(
	    sl_db_open(&db, loop, "host=/nonexistent user=x dbname=x", 1, &err),
	    SL_OK);
	ck_assert_int_eq(start(&echo_query, 0), SL_OK);
	run_until(1);
	ck_assert_int_eq(outcomes[0].status, SL_ERR_NETWORK);
	ck_assert_str_eq(outcomes[0].code, "database_unreachable");
	ck_assert(!sl_db_is_ready(db));
	ck_assert_ptr_nonnull(strstr(sl_db_trouble(db), "nonexistent"));
}
END_TEST

START_TEST(closing_cancels_what_is_outstanding_once)
{
	ck_assert_int_eq(start(&sleep_query, 0), SL_OK);
	ck_assert_int_eq(start(&echo_query, 1), SL_OK);
	stop_at = 0;
	sl_db_close(db);
	db = NULL;
	ck_assert_int_eq(outcomes[0].calls, 1);
	ck_assert_int_eq(outcomes[0].status, SL_ERR_CANCELLED);
	ck_assert_int_eq(outcomes[1].calls, 1);
}
END_TEST

START_TEST(a_server_that_could_lose_commits_is_refused)
{
	struct sl_error err = {0};
	struct sl_db *careless;

	cluster_sql("postgres",
	    "DROP ROLE IF EXISTS careless; CREATE ROLE careless LOGIN; "
	    "ALTER ROLE careless SET synchronous_commit = off");
	ck_assert_int_eq(sl_db_connect(&careless,
	                     cluster_conninfo("careless", "postgres"), &err),
	    SL_ERR_STATE);
	ck_assert_str_eq(err.code, "database_not_durable");
	ck_assert_ptr_null(careless);
}
END_TEST

START_TEST(a_malformed_connection_string_is_refused_at_once)
{
	struct sl_error err = {0};
	struct sl_db *other;

	ck_assert_int_eq(
	    sl_db_open(&other, loop, "nonsense here", 1, &err), SL_ERR_INVALID);
	ck_assert_str_eq(err.code, "bad_conninfo");
	ck_assert_int_eq(
	    sl_db_connect(&other, "nonsense here", &err), SL_ERR_INVALID);
}
END_TEST

START_TEST(a_blocking_program_without_a_server_is_told_at_once)
{
	struct sl_error err = {0};
	struct sl_db *other;

	ck_assert_int_eq(
	    sl_db_connect(&other, "host=/nonexistent user=x", &err),
	    SL_ERR_NETWORK);
	ck_assert_ptr_nonnull(strstr(err.text, "nonexistent"));
}
END_TEST

START_TEST(every_call_is_its_own_transaction)
{
	static const struct sl_query count_query = {
	    "xid", "SELECT $1::int8 * 0 + txid_current()", 1, 0};

	ck_assert_int_eq(start(&count_query, 0), SL_OK);
	ck_assert_int_eq(start(&missing_query, 1), SL_OK);
	ck_assert_int_eq(start(&count_query, 2), SL_OK);
	ck_assert_int_eq(start(&count_query, 3), SL_OK);
	run_until(4);
	ck_assert_int_ne(outcomes[0].number, outcomes[2].number);
	ck_assert_int_ne(outcomes[2].number, outcomes[3].number);
}
END_TEST

Suite *
pool_suite(void)
{
	Suite *suite = suite_create("pool");
	TCase *tests = tcase_create("pool");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(
	    tests, many_calls_complete_once_each_with_their_own_answer);
	tcase_add_test(tests, a_failed_statement_does_not_touch_its_neighbours);
	tcase_add_test(tests, what_our_functions_raise_becomes_status_and_code);
	tcase_add_test(
	    tests, a_late_answer_is_a_timeout_and_the_next_call_works);
	tcase_add_test(tests, a_wrong_number_of_parameters_is_refused_at_once);
	tcase_add_test(tests, the_queue_is_bounded);
	tcase_add_test(
	    tests, a_killed_server_fails_each_call_once_and_later_calls_work);
	tcase_add_test(tests, without_a_server_a_call_fails_soon_and_says_why);
	tcase_add_test(tests, closing_cancels_what_is_outstanding_once);
	tcase_add_test(tests, a_server_that_could_lose_commits_is_refused);
	tcase_add_test(tests, a_malformed_connection_string_is_refused_at_once);
	tcase_add_test(
	    tests, a_blocking_program_without_a_server_is_told_at_once);
	tcase_add_test(tests, every_call_is_its_own_transaction);
	suite_add_tcase(suite, tests);
	return suite;
}
