#include "sluice/base/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#define THREADS_MAX 64

struct sl_workers {
	pthread_mutex_t lock;
	pthread_cond_t has_work;
	pthread_cond_t has_finished;
	struct sl_job *first;
	struct sl_job *last;
	bool is_closing;
	unsigned thread_count;
	pthread_t threads[THREADS_MAX];
};

/* The next job, or NULL once the set closes and nothing is queued. */
static struct sl_job *
take_job(struct sl_workers *workers)
{
	struct sl_job *job;

	pthread_mutex_lock(&workers->lock);
	while (workers->first == NULL && !workers->is_closing)
		pthread_cond_wait(&workers->has_work, &workers->lock);
	job = workers->first;
	if (job != NULL)
		workers->first = job->next;
	if (workers->first == NULL)
		workers->last = NULL;
	pthread_mutex_unlock(&workers->lock);
	return job;
}

static void *
run_jobs(void *arg)
{
	struct sl_workers *workers = arg;
	struct sl_job *job;

	while ((job = take_job(workers)) != NULL) {
		job->run(job);
		if (job->done != NULL) {
			job->done(job);
			continue;
		}
		pthread_mutex_lock(&workers->lock);
		job->finished = true;
		pthread_cond_broadcast(&workers->has_finished);
		pthread_mutex_unlock(&workers->lock);
	}
	return NULL;
}

/* Signals are for the thread that owns the program's loop. */
static bool
start_threads(struct sl_workers *workers, unsigned thread_count)
{
	sigset_t all;
	sigset_t before;
	bool has_failed = false;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (workers->thread_count < thread_count && !has_failed) {
		has_failed =
		    pthread_create(&workers->threads[workers->thread_count],
		        NULL, run_jobs, workers) != 0;
		if (!has_failed)
			workers->thread_count++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return !has_failed;
}

enum sl_status
sl_workers_new(struct sl_workers **out, unsigned thread_count)
{
	struct sl_workers *workers;

	*out = NULL;
	if (thread_count == 0 || thread_count > THREADS_MAX)
		return SL_ERR_INVALID;
	workers = calloc(1, sizeof(*workers));
	if (workers == NULL)
		return SL_ERR_NOMEM;
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->has_work, NULL);
	pthread_cond_init(&workers->has_finished, NULL);
	if (!start_threads(workers, thread_count)) {
		sl_workers_free(workers);
		return SL_ERR_NOMEM;
	}
	*out = workers;
	return SL_OK;
}

void
sl_workers_submit(struct sl_workers *workers, struct sl_job *job)
{
	pthread_mutex_lock(&workers->lock);
	job->next = NULL;
	job->finished = false;
	if (workers->last == NULL)
		workers->first = job;
	else
		workers->last->next = job;
	workers->last = job;
	pthread_cond_signal(&workers->has_work);
	pthread_mutex_unlock(&workers->lock);
}

void
sl_workers_wait(struct sl_workers *workers, struct sl_job *job)
{
	pthread_mutex_lock(&workers->lock);
	while (!job->finished)
		pthread_cond_wait(&workers->has_finished, &workers->lock);
	pthread_mutex_unlock(&workers->lock);
}

void
sl_workers_free(struct sl_workers *workers)
{
	if (workers == NULL)
		return;
	pthread_mutex_lock(&workers->lock);
	workers->is_closing = true;
	pthread_cond_broadcast(&workers->has_work);
	pthread_mutex_unlock(&workers->lock);
	for (unsigned i = 0; i < workers->thread_count; i++)
		pthread_join(workers->threads[i], NULL);
	pthread_cond_destroy(&workers->has_finished);
	pthread_cond_destroy(&workers->has_work);
	pthread_mutex_destroy(&workers->lock);
	free(workers);
}
