#include "crew.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* A thread reads, hashes and writes one file; half of that is waiting for the
 * disk. */
#define THREADS_PER_PROCESSOR 2
/* What reads an MCAP file takes some 10 MB for its layers. */
#define THREADS_UNASKED_MAX 8
#define THREADS_MAX         64
/* Enough to keep the threads busy, few enough to bound descriptors and
 * memory. */
#define JOBS_PER_THREAD 4
#define LOOK_NS         100000000

struct crew {
	struct sl_workers *workers;
	struct meter *meter;
	size_t window;
	pthread_mutex_t mutex;
	pthread_cond_t done;
};

bool
meter_add(struct meter *meter, uint64_t bytes)
{
	atomic_fetch_add(&meter->bytes, bytes);
	return !atomic_load(&meter->is_cancelled);
}

static unsigned
count_threads(unsigned asked)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned most = asked == 0 ? THREADS_UNASKED_MAX : THREADS_MAX;

	if (asked == 0)
		asked = THREADS_PER_PROCESSOR *
		    (processors < 1 ? 1 : (unsigned)processors);
	return asked > most ? most : asked;
}

enum sl_status
crew_new(struct crew **out, unsigned thread_count, struct meter *meter)
{
	unsigned threads = count_threads(thread_count);
	struct crew *crew = calloc(1, sizeof(*crew));
	pthread_condattr_t how;
	enum sl_status status;

	*out = NULL;
	if (crew == NULL)
		return SL_ERR_NOMEM;
	crew->meter = meter;
	crew->window = (size_t)threads * JOBS_PER_THREAD;
	(void)pthread_mutex_init(&crew->mutex, NULL);
	(void)pthread_condattr_init(&how);
	(void)pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&crew->done, &how);
	(void)pthread_condattr_destroy(&how);
	status = sl_workers_new(&crew->workers, threads);
	if (status != SL_OK) {
		crew_free(crew);
		return status;
	}
	*out = crew;
	return SL_OK;
}

void
crew_free(struct crew *crew)
{
	if (crew == NULL)
		return;
	atomic_store(&crew->meter->is_cancelled, true);
	sl_workers_free(crew->workers);
	(void)pthread_cond_destroy(&crew->done);
	(void)pthread_mutex_destroy(&crew->mutex);
	free(crew);
}

size_t
crew_window(const struct crew *crew)
{
	return crew->window;
}

static void
on_run(struct sl_job *job)
{
	struct crew_job *crew_job = (struct crew_job *)job; /* its first */

	/* Nobody waits for what is still queued then. */
	if (!atomic_load(&crew_job->crew->meter->is_cancelled))
		crew_job->run(crew_job);
}

static void
on_done(struct sl_job *job)
{
	struct crew_job *crew_job = (struct crew_job *)job;
	struct crew *crew = crew_job->crew;

	pthread_mutex_lock(&crew->mutex);
	crew_job->is_done = true;
	pthread_cond_broadcast(&crew->done);
	pthread_mutex_unlock(&crew->mutex);
}

void
crew_submit(struct crew *crew, struct crew_job *job)
{
	job->crew = crew;
	job->is_done = false;
	job->job.run = on_run;
	job->job.done = on_done;
	sl_workers_submit(crew->workers, &job->job);
}

static bool
wait_a_while(struct crew *crew, const struct crew_job *job)
{
	struct timespec until;
	bool is_done;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LOOK_NS;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&crew->mutex);
	while (!job->is_done &&
	    pthread_cond_timedwait(&crew->done, &crew->mutex, &until) == 0)
		;
	is_done = job->is_done;
	pthread_mutex_unlock(&crew->mutex);
	return is_done;
}

enum sl_status
crew_wait(
    struct crew *crew, struct crew_job *job, crew_look_fn *on_look, void *ctx)
{
	bool is_done;

	do {
		is_done = wait_a_while(crew, job);
		if (!on_look(ctx)) {
			atomic_store(&crew->meter->is_cancelled, true);
			return SL_ERR_CANCELLED;
		}
	} while (!is_done);
	return SL_OK;
}
