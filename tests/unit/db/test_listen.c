#include <check.h>
#include <string.h>

#include "../../support/cluster.h"
#include "sluice/db/listen.h"
#include "sluice/loop/loop.h"
#include "sluice/loop/timer.h"
#include "suites.h"

static struct sl_loop *loop;
static struct sl_db_listener *listener;
static struct sl_timer *patience;
static int missed, notices;
static char last[64];

static void
on_notice(void *ctx, const char *channel, const char *payload)
{
	(void)ctx;
	if (channel == NULL) {
		missed++;
	} else {
		ck_assert_str_eq(channel, "sluice_batch");
		ck_assert_uint_lt(strlen(payload), sizeof(last));
		memcpy(last, payload, strlen(payload) + 1);
		notices++;
	}
	sl_loop_stop(loop);
}

static void
on_patience(void *ctx)
{
	(void)ctx;
	ck_abort_msg("nothing came");
}

static void
setup(void)
{
	static const char *const channels[] = {
	    "sluice_batch", "sluice_licence", NULL};
	struct sl_error err = {0};

	ck_assert_int_eq(sl_loop_new(&loop), SL_OK);
	ck_assert_int_eq(
	    sl_timer_new(&patience, loop, on_patience, NULL), SL_OK);
	sl_timer_start(patience, 20000);
	ck_assert_int_eq(sl_db_listen(&listener, loop,
	                     cluster_conninfo("postgres", "postgres"), channels,
	                     on_notice, NULL, &err),
	    SL_OK);
	missed = 0;
	notices = 0;
}

static void
teardown(void)
{
	sl_db_listener_free(listener);
	sl_timer_free(patience);
	sl_loop_free(loop);
}

static void
run(void)
{
	ck_assert_int_eq(sl_loop_run(loop), SL_OK);
}

START_TEST(notices_arrive_and_the_beginning_is_told)
{
	run();
	ck_assert_int_eq(missed, 1);
	cluster_sql("postgres", "NOTIFY sluice_batch, '41'");
	run();
	ck_assert_int_eq(notices, 1);
	ck_assert_str_eq(last, "41");
}
END_TEST

START_TEST(a_lost_connection_is_made_again_and_told)
{
	run();
	cluster_sql("postgres",
	    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
	    "query LIKE '%LISTEN%' AND pid <> pg_backend_pid()");
	run();
	ck_assert_int_eq(missed, 2);
	cluster_sql("postgres", "NOTIFY sluice_batch, '42'");
	run();
	ck_assert_str_eq(last, "42");
}
END_TEST

START_TEST(odd_channel_names_are_refused)
{
	static const char *const bad[] = {"a; DROP TABLE x", NULL};
	struct sl_db_listener *other;

	ck_assert_int_eq(
	    sl_db_listen(&other, loop, "", bad, on_notice, NULL, NULL),
	    SL_ERR_INVALID);
	ck_assert_ptr_null(other);
	ck_assert_int_eq(
	    sl_db_listen(&other, loop, "", bad + 1, on_notice, NULL, NULL),
	    SL_ERR_INVALID);
}
END_TEST

Suite *
listen_suite(void)
{
	Suite *suite = suite_create("listen");
	TCase *tests = tcase_create("listen");

	tcase_set_timeout(tests, 30);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, notices_arrive_and_the_beginning_is_told);
	tcase_add_test(tests, a_lost_connection_is_made_again_and_told);
	tcase_add_test(tests, odd_channel_names_are_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
