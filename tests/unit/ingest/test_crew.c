#include <time.h>

#include "crew.h"
#include "suites.h"

struct work {
	struct crew_job job;
	struct meter *meter;
	bool saw_end;
};

static struct meter meter;
static struct crew *crew;
static struct work work;
static unsigned looks;

static void
setup(void)
{
	atomic_store(&meter.bytes, 0);
	atomic_store(&meter.is_cancelled, false);
	work = (struct work){.meter = &meter};
	looks = 0;
	ck_assert(crew_new(&crew, 2, &meter) == SL_OK);
}

static void
teardown(void)
{
	crew_free(crew);
}

/* Reads until it is told to end. */
static void
read_on(struct crew_job *job)
{
	struct work *mine = (struct work *)job;
	struct timespec pause = {.tv_nsec = 1000000};

	while (meter_add(mine->meter, 1))
		(void)nanosleep(&pause, NULL);
	mine->saw_end = true;
}

static void
read_once(struct crew_job *job)
{
	(void)meter_add(((struct work *)job)->meter, 100);
}

static bool
look(void *ctx)
{
	const unsigned *most = ctx;

	return ++looks < *most;
}

START_TEST(a_cancelled_job_ends_soon)
{
	unsigned most = 3;

	work.job.run = read_on;
	crew_submit(crew, &work.job);
	ck_assert(crew_wait(crew, &work.job, look, &most) == SL_ERR_CANCELLED);
	/* Twice in vain, a tenth of a second each. */
	ck_assert_uint_eq(looks, 3);
	ck_assert_uint_gt(atomic_load(&meter.bytes), 2);
	crew_free(crew);
	crew = NULL;
	ck_assert(work.saw_end);
}
END_TEST

START_TEST(what_was_read_is_on_the_meter)
{
	unsigned most = 1000;

	work.job.run = read_once;
	crew_submit(crew, &work.job);
	ck_assert(crew_wait(crew, &work.job, look, &most) == SL_OK);
	ck_assert_uint_eq(atomic_load(&meter.bytes), 100);
	ck_assert_uint_ge(looks, 1);
}
END_TEST

START_TEST(a_crew_that_is_let_go_ends_its_jobs_and_begins_none)
{
	struct timespec pause = {.tv_nsec = 1000000};
	struct work others[2] = {{.meter = &meter}, {.meter = &meter}};

	work.job.run = read_on;
	others[0].job.run = read_on;
	others[1].job.run = read_on;
	crew_submit(crew, &work.job);
	crew_submit(crew, &others[0].job);
	crew_submit(crew, &others[1].job);
	while (atomic_load(&meter.bytes) < 100)
		(void)nanosleep(&pause, NULL);
	crew_free(crew);
	crew = NULL;
	ck_assert(work.saw_end);
	ck_assert(!others[1].saw_end);
}
END_TEST

TCase *
crew_cases(void)
{
	TCase *cases = tcase_create("crew");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, a_cancelled_job_ends_soon);
	tcase_add_test(cases, what_was_read_is_on_the_meter);
	tcase_add_test(
	    cases, a_crew_that_is_let_go_ends_its_jobs_and_begins_none);
	return cases;
}
