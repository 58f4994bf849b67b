/* A fixed set of threads that run jobs in the order they were submitted.
 *
 * The caller owns each job, embeds it in its own state and keeps it alive
 * until it has run: until sl_workers_wait() returned for it, or `done` was
 * called.  Any thread may submit and wait. */
#ifndef SLUICE_BASE_WORKERS_H
#define SLUICE_BASE_WORKERS_H

#include <stdbool.h>

#include "sluice/base/status.h"

struct sl_workers;

struct sl_job {
	/* Runs on a worker thread. */
	void (*run)(struct sl_job *job);
	/* NULL, or called on the worker thread after run; it may free the job,
	 * which then nobody may wait for. */
	void (*done)(struct sl_job *job);
	/* Ours. */
	struct sl_job *next;
	bool finished;
};

SL_MUST_CHECK enum sl_status sl_workers_new(
    struct sl_workers **out, unsigned thread_count);

/* Never blocks and never fails: the queue is made of the callers' jobs, who
 * bound how many they have under way. */
void sl_workers_submit(struct sl_workers *workers, struct sl_job *job);

/* Block until the job (submitted, `done` NULL) has run. */
void sl_workers_wait(struct sl_workers *workers, struct sl_job *job);

/* Runs what is queued, then joins the threads.  NULL is allowed. */
void sl_workers_free(struct sl_workers *workers);

#endif /* SLUICE_BASE_WORKERS_H */
