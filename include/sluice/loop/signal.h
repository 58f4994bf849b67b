/* A Unix signal delivered as a callback from the loop.
 *
 * The caller owns the object.  Only one loop of a process may have signals at
 * a time.  Loop thread only. */
#ifndef SLUICE_LOOP_SIGNAL_H
#define SLUICE_LOOP_SIGNAL_H

#include "sluice/base/status.h"

struct sl_loop;
struct sl_signal;

/* From the loop; several signals in a row may come as one call.  May free the
 * object. */
typedef void sl_signal_fn(void *ctx);

/* Watches at once. */
SL_MUST_CHECK enum sl_status sl_signal_new(struct sl_signal **out,
    struct sl_loop *loop, int number, sl_signal_fn *on_signal, void *ctx);

/* The signal gets the disposition back that it had.  NULL is allowed. */
void sl_signal_free(struct sl_signal *signal);

#endif /* SLUICE_LOOP_SIGNAL_H */
