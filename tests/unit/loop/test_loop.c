#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sluice/base/clock.h"
#include "sluice/loop/completion.h"
#include "sluice/loop/defer.h"
#include "sluice/loop/io.h"
#include "sluice/loop/loop.h"
#include "sluice/loop/signal.h"
#include "sluice/loop/timer.h"

/* What a test's callbacks share; `stop_at` calls end the run. */
struct fixture {
	struct sl_loop *loop;
	int calls;
	int stop_at;
	struct sl_timer *timer;
	struct sl_defer *defer;
	struct sl_io *io;
	struct sl_signal *signal;
	struct sl_completion completion;
	unsigned ready;
};

static struct fixture fix;

static void
setup(void)
{
	fix = (struct fixture){.stop_at = 1};
	ck_assert_int_eq(sl_loop_new(&fix.loop), SL_OK);
}

static void
teardown(void)
{
	sl_timer_free(fix.timer);
	sl_defer_free(fix.defer);
	sl_io_free(fix.io);
	sl_signal_free(fix.signal);
	sl_loop_free(fix.loop);
}

static void
count_call(void *ctx)
{
	struct fixture *f = ctx;

	if (++f->calls >= f->stop_at)
		sl_loop_stop(f->loop);
}

static void
run(void)
{
	ck_assert_int_eq(sl_loop_run(fix.loop), SL_OK);
}

static void
free_own_timer(void *ctx)
{
	struct fixture *f = ctx;

	sl_timer_free(f->timer);
	f->timer = NULL;
	count_call(f);
}

START_TEST(a_timer_fires_once_and_not_early)
{
	int64_t began = sl_clock_monotonic_ms();

	ck_assert_int_eq(
	    sl_timer_new(&fix.timer, fix.loop, count_call, &fix), SL_OK);
	ck_assert(!sl_timer_is_running(fix.timer));
	sl_timer_start(fix.timer, 20);
	ck_assert(sl_timer_is_running(fix.timer));
	run();
	ck_assert_int_ge(sl_clock_monotonic_ms() - began, 19);
	ck_assert_int_eq(fix.calls, 1);
	ck_assert(!sl_timer_is_running(fix.timer));
}
END_TEST

START_TEST(a_stopped_timer_never_fires)
{
	struct sl_timer *other;

	ck_assert_int_eq(
	    sl_timer_new(&fix.timer, fix.loop, count_call, &fix), SL_OK);
	ck_assert_int_eq(
	    sl_timer_new(&other, fix.loop, count_call, &fix), SL_OK);
	sl_timer_start(fix.timer, 1);
	sl_timer_start(other, 10);
	sl_timer_stop(fix.timer);
	run();
	ck_assert_int_eq(fix.calls, 1);
	sl_timer_free(other);
}
END_TEST

START_TEST(a_timer_may_be_freed_in_its_callback)
{
	ck_assert_int_eq(
	    sl_timer_new(&fix.timer, fix.loop, free_own_timer, &fix), SL_OK);
	sl_timer_start(fix.timer, 0);
	run();
	ck_assert_ptr_null(fix.timer);
}
END_TEST

static void
arm_again(void *ctx)
{
	struct fixture *f = ctx;

	sl_defer_arm(f->defer);
	f->calls++;
}

START_TEST(a_deferred_call_runs_once_for_two_arms_and_never_inside_arm)
{
	ck_assert_int_eq(
	    sl_defer_new(&fix.defer, fix.loop, count_call, &fix), SL_OK);
	sl_defer_arm(fix.defer);
	sl_defer_arm(fix.defer);
	ck_assert_int_eq(fix.calls, 0);
	run();
	ck_assert_int_eq(fix.calls, 1);
}
END_TEST

START_TEST(a_defer_that_arms_itself_does_not_starve_timers)
{
	struct fixture stopper = {.loop = fix.loop, .stop_at = 1};

	ck_assert_int_eq(
	    sl_defer_new(&fix.defer, fix.loop, arm_again, &fix), SL_OK);
	ck_assert_int_eq(
	    sl_timer_new(&fix.timer, fix.loop, count_call, &stopper), SL_OK);
	sl_defer_arm(fix.defer);
	sl_timer_start(fix.timer, 5);
	run();
	ck_assert_int_gt(fix.calls, 1);
}
END_TEST

static void
on_ready(void *ctx, unsigned ready)
{
	struct fixture *f = ctx;

	f->ready = ready;
	count_call(f);
}

START_TEST(readiness_is_level_triggered_and_only_what_is_wanted)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(
	    sl_io_new(&fix.io, fix.loop, pair[0], on_ready, &fix), SL_OK);
	ck_assert_int_eq(write(pair[1], "x", 1), 1);
	ck_assert_int_eq(sl_io_want(fix.io, SL_IO_READ), SL_OK);
	fix.stop_at = 3;
	run();
	ck_assert_int_eq(fix.calls, 3);
	ck_assert_uint_eq(fix.ready, SL_IO_READ);

	ck_assert_int_eq(sl_io_want(fix.io, SL_IO_WRITE), SL_OK);
	fix.stop_at = 4;
	run();
	ck_assert_uint_eq(fix.ready, SL_IO_WRITE);
	sl_io_free(fix.io);
	fix.io = NULL;
	close(pair[0]);
	close(pair[1]);
}
END_TEST

START_TEST(a_signal_is_a_callback)
{
	ck_assert_int_eq(
	    sl_signal_new(&fix.signal, fix.loop, SIGHUP, count_call, &fix),
	    SL_OK);
	ck_assert_int_eq(raise(SIGHUP), 0);
	run();
	ck_assert_int_eq(fix.calls, 1);
}
END_TEST

static void
on_completion(struct sl_completion *completion)
{
	ck_assert_ptr_eq(completion, &fix.completion);
	count_call(&fix);
}

static void *
post_from_thread(void *arg)
{
	(void)arg;
	sl_completion_post(fix.loop, &fix.completion);
	return NULL;
}

START_TEST(a_completion_of_a_thread_runs_in_the_loop)
{
	pthread_t thread;

	fix.completion.run = on_completion;
	for (int i = 1; i <= 100; i++) {
		fix.stop_at = i;
		ck_assert_int_eq(
		    pthread_create(&thread, NULL, post_from_thread, NULL), 0);
		run();
		pthread_join(thread, NULL);
		ck_assert_int_eq(fix.calls, i);
	}
}
END_TEST

/* A child that takes the parent's loop apart and uses one of its own. */
static int
live_as_child(void)
{
	struct fixture own = {.stop_at = 1};

	sl_loop_abandon(fix.loop);
	if (sl_loop_new(&own.loop) != SL_OK)
		return 1;
	if (sl_timer_new(&own.timer, own.loop, count_call, &own) != SL_OK)
		return 2;
	sl_timer_start(own.timer, 1);
	if (sl_loop_run(own.loop) != SL_OK || own.calls != 1)
		return 3;
	sl_timer_free(own.timer);
	sl_loop_free(own.loop);
	return 0;
}

START_TEST(a_child_abandons_the_loop_and_the_parent_does_not_notice)
{
	int pair[2];
	int status;
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(
	    sl_io_new(&fix.io, fix.loop, pair[0], on_ready, &fix), SL_OK);
	ck_assert_int_eq(sl_io_want(fix.io, SL_IO_READ), SL_OK);
	ck_assert_int_eq(
	    sl_signal_new(&fix.signal, fix.loop, SIGHUP, count_call, &fix),
	    SL_OK);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(live_as_child());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);

	ck_assert_int_eq(write(pair[1], "x", 1), 1);
	run();
	ck_assert_uint_eq(fix.ready, SL_IO_READ);
	ck_assert_int_eq(sl_io_want(fix.io, 0), SL_OK);
	fix.stop_at = 2;
	ck_assert_int_eq(raise(SIGHUP), 0);
	run();
	ck_assert_int_eq(fix.calls, 2);
	sl_io_free(fix.io);
	fix.io = NULL;
	close(pair[0]);
	close(pair[1]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("loop");
	TCase *tcase = tcase_create("loop");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_timer_fires_once_and_not_early);
	tcase_add_test(tcase, a_stopped_timer_never_fires);
	tcase_add_test(tcase, a_timer_may_be_freed_in_its_callback);
	tcase_add_test(
	    tcase, a_deferred_call_runs_once_for_two_arms_and_never_inside_arm);
	tcase_add_test(tcase, a_defer_that_arms_itself_does_not_starve_timers);
	tcase_add_test(
	    tcase, readiness_is_level_triggered_and_only_what_is_wanted);
	tcase_add_test(tcase, a_signal_is_a_callback);
	tcase_add_test(tcase, a_completion_of_a_thread_runs_in_the_loop);
	tcase_add_test(
	    tcase, a_child_abandons_the_loop_and_the_parent_does_not_notice);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
