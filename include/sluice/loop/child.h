/* The end of a child process, reaped and reported from the loop.
 *
 * The caller owns the object.  Watches SIGCHLD while at least one exists and
 * reaps only watched processes.  Loop thread only. */
#ifndef SLUICE_LOOP_CHILD_H
#define SLUICE_LOOP_CHILD_H

#include <sys/types.h>

#include "sluice/base/status.h"

struct sl_loop;
struct sl_child;

/* Once, from the loop, after the process was reaped; `wait_status` is that of
 * waitpid(2).  May free the object and may fork again. */
typedef void sl_child_fn(void *ctx, pid_t pid, int wait_status);

/* A process that has ended already is reported too. */
SL_MUST_CHECK enum sl_status sl_child_new(struct sl_child **out,
    struct sl_loop *loop, pid_t pid, sl_child_fn *on_exit, void *ctx);

/* Stops watching; the process lives on.  NULL is allowed. */
void sl_child_free(struct sl_child *child);

#endif /* SLUICE_LOOP_CHILD_H */
