/* A deadline: calls back once, `ms` after it was started last.
 *
 * The caller owns the timer; the timer borrows loop and ctx, which must
 * outlive it.  Loop thread only. */
#ifndef SLUICE_LOOP_TIMER_H
#define SLUICE_LOOP_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/status.h"

struct sl_loop;
struct sl_timer;

/* From the loop; may start the timer again, and may free it. */
typedef void sl_timer_fn(void *ctx);

SL_MUST_CHECK enum sl_status sl_timer_new(struct sl_timer **out,
    struct sl_loop *loop, sl_timer_fn *on_deadline, void *ctx);

/* Start, or start anew, from now.  Out of memory ends the process: a deadline
 * that silently never comes would be worse. */
void sl_timer_start(struct sl_timer *timer, uint64_t ms);

/* No callback comes after this.  Allowed at any time. */
void sl_timer_stop(struct sl_timer *timer);

bool sl_timer_is_running(const struct sl_timer *timer);

/* NULL is allowed.  Never calls back. */
void sl_timer_free(struct sl_timer *timer);

#endif /* SLUICE_LOOP_TIMER_H */
