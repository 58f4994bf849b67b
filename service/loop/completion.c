#include "sluice/loop/completion.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

void
sl_completion_post(struct sl_loop *loop, struct sl_completion *completion)
{
	const uint64_t one = 1;
	bool was_empty;

	pthread_mutex_lock(&loop->lock);
	completion->next = NULL;
	was_empty = loop->first == NULL;
	if (was_empty)
		loop->first = completion;
	else
		loop->last->next = completion;
	loop->last = completion;
	/* Written under the lock: the loop may be freed as soon as it has run
	 * the last completion that it waited for.  EAGAIN means that the
	 * counter is full, so the loop wakes anyway. */
	while (was_empty && write(loop->wake_fd, &one, sizeof(one)) < 0 &&
	    errno == EINTR)
		continue;
	pthread_mutex_unlock(&loop->lock);
}

void
sl_loop_run_completions(struct sl_loop *loop)
{
	struct sl_completion *completion;
	struct sl_completion *next;

	pthread_mutex_lock(&loop->lock);
	completion = loop->first;
	loop->first = NULL;
	loop->last = NULL;
	pthread_mutex_unlock(&loop->lock);
	for (; completion != NULL; completion = next) {
		next = completion->next;
		completion->run(completion);
	}
}
