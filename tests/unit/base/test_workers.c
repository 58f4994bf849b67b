#include "sluice/base/workers.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "suites.h"

#define JOBS 1000

struct task {
	struct sl_job job; /* first: a job is its task */
	int order;
	bool are_signals_blocked;
};

static atomic_int next_order;
static atomic_int done_count;

static void
run_task(struct sl_job *job)
{
	struct task *task = (struct task *)job;
	sigset_t blocked;

	task->order = atomic_fetch_add(&next_order, 1);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	task->are_signals_blocked = sigismember(&blocked, SIGTERM) == 1;
}

static void
free_task(struct sl_job *job)
{
	free(job);
	atomic_fetch_add(&done_count, 1);
}

START_TEST(a_senseless_number_of_threads_is_refused)
{
	struct sl_workers *workers;

	ck_assert(sl_workers_new(&workers, 0) == SL_ERR_INVALID);
	ck_assert(sl_workers_new(&workers, 65) == SL_ERR_INVALID);
	ck_assert_ptr_null(workers);
	sl_workers_free(NULL);
}
END_TEST

START_TEST(one_thread_keeps_the_order)
{
	struct task *tasks = calloc(JOBS, sizeof(*tasks));
	struct sl_workers *workers;

	ck_assert_ptr_nonnull(tasks);
	ck_assert(sl_workers_new(&workers, 1) == SL_OK);
	for (int i = 0; i < JOBS; i++) {
		tasks[i].job.run = run_task;
		sl_workers_submit(workers, &tasks[i].job);
	}
	for (int i = JOBS - 1; i >= 0; i--)
		sl_workers_wait(workers, &tasks[i].job);
	for (int i = 0; i < JOBS; i++) {
		ck_assert_int_eq(tasks[i].order, i);
		ck_assert(tasks[i].are_signals_blocked);
	}
	sl_workers_free(workers);
	free(tasks);
}
END_TEST

START_TEST(freeing_runs_what_is_queued)
{
	struct sl_workers *workers;

	ck_assert(sl_workers_new(&workers, 4) == SL_OK);
	for (int i = 0; i < JOBS; i++) {
		struct task *task = calloc(1, sizeof(*task));

		ck_assert_ptr_nonnull(task);
		task->job.run = run_task;
		task->job.done = free_task;
		sl_workers_submit(workers, &task->job);
	}
	sl_workers_free(workers);
	ck_assert_int_eq(atomic_load(&done_count), JOBS);
}
END_TEST

START_TEST(a_job_can_be_submitted_again)
{
	struct task task = {.job = {.run = run_task}};
	struct sl_workers *workers;

	ck_assert(sl_workers_new(&workers, 2) == SL_OK);
	for (int i = 0; i < JOBS; i++) {
		sl_workers_submit(workers, &task.job);
		sl_workers_wait(workers, &task.job);
		ck_assert_int_eq(task.order, i);
	}
	sl_workers_free(workers);
}
END_TEST

TCase *
workers_cases(void)
{
	TCase *cases = tcase_create("workers");

	tcase_add_test(cases, a_senseless_number_of_threads_is_refused);
	tcase_add_test(cases, one_thread_keeps_the_order);
	tcase_add_test(cases, freeing_runs_what_is_queued);
	tcase_add_test(cases, a_job_can_be_submitted_again);
	return cases;
}
