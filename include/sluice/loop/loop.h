/* One event loop: everything that waits in a process waits here.
 *
 * One thread owns a loop and makes, uses and frees all that hangs on it; the
 * exception is sl_completion_post().  Nothing called from a loop may block.
 *
 * A child process must not use its parent's loop: it calls
 * sl_loop_abandon() first and then makes its own.  Only one loop of a process
 * may have sl_signal objects at a time. */
#ifndef SLUICE_LOOP_LOOP_H
#define SLUICE_LOOP_LOOP_H

#include <stdint.h>

#include "sluice/base/status.h"

struct sl_loop;

SL_MUST_CHECK enum sl_status sl_loop_new(struct sl_loop **out);

/* Run callbacks until sl_loop_stop().  May be called again after it returned,
 * never from inside a callback. */
SL_MUST_CHECK enum sl_status sl_loop_run(struct sl_loop *loop);

/* Let sl_loop_run() return after the current callback.  Before a run it has no
 * effect on that run. */
void sl_loop_stop(struct sl_loop *loop);

/* Everything that hangs on the loop must have been freed before.  NULL is
 * allowed. */
void sl_loop_free(struct sl_loop *loop);

/* In a child after fork(2): let go of the parent's loop without disturbing the
 * parent.  Objects that hang on it are never called again in the child and
 * must not be touched there, not even freed.  Keep signals blocked from before
 * fork(2) until this has returned, because one that the child catches earlier
 * would reach the parent's loop. */
void sl_loop_abandon(struct sl_loop *loop);

#endif /* SLUICE_LOOP_LOOP_H */
