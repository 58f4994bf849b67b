/* A message from any thread to the loop's thread.
 *
 * The poster embeds the struct in its own state (a job, for one) and keeps it
 * alive until `run` was called from the loop.  A posted completion cannot be
 * taken back: who wants to go away first waits for it. */
#ifndef SLUICE_LOOP_COMPLETION_H
#define SLUICE_LOOP_COMPLETION_H

#include "sluice/base/status.h"

struct sl_loop;

struct sl_completion {
	/* Called once per post, from the loop; may free what embeds it. */
	void (*run)(struct sl_completion *completion);
	/* Ours. */
	struct sl_completion *next;
};

/* Any thread.  Never blocks for long and never fails.  One completion may be
 * posted again only after it has run.  The loop must outlive the post. */
void sl_completion_post(struct sl_loop *loop, struct sl_completion *completion);

#endif /* SLUICE_LOOP_COMPLETION_H */
