/* The loop's own parts; for this folder only. */
#ifndef SL_LOOP_INTERNAL_H
#define SL_LOOP_INTERNAL_H

#include <event2/event.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "sluice/loop/completion.h"
#include "sluice/loop/loop.h"

struct sl_loop {
	struct event_base *base;

	/* Completions: posted under the lock, run by the loop. */
	pthread_mutex_t lock;
	struct sl_completion *first;
	struct sl_completion *last;
	int wake_fd;
	struct event *wake;
};

/* Add an event that times out after `ms`; ends the process if out of memory. */
void sl_loop_add_timeout(struct event *event, uint64_t ms);

/* Run every completion that was posted before the call. */
void sl_loop_run_completions(struct sl_loop *loop);

#endif /* SL_LOOP_INTERNAL_H */
