/* "Soon, from the loop": runs a callback once per sl_defer_arm(), after the
 * current callback has returned and pending readiness had its turn.
 *
 * This is how a completion keeps from firing inside the call that started it,
 * and how an object is freed outside its own callbacks.  The caller owns the
 * object.  Loop thread only. */
#ifndef SLUICE_LOOP_DEFER_H
#define SLUICE_LOOP_DEFER_H

#include "sluice/base/status.h"

struct sl_loop;
struct sl_defer;

/* May arm again, and may free the object. */
typedef void sl_defer_fn(void *ctx);

SL_MUST_CHECK enum sl_status sl_defer_new(
    struct sl_defer **out, struct sl_loop *loop, sl_defer_fn *run, void *ctx);

/* Arming what is armed changes nothing. */
void sl_defer_arm(struct sl_defer *defer);

/* NULL is allowed.  Never calls back. */
void sl_defer_free(struct sl_defer *defer);

#endif /* SLUICE_LOOP_DEFER_H */
