/* Readiness of one descriptor, level-triggered.
 *
 * The caller owns the object and the descriptor, and frees the object before
 * it closes the descriptor.  Loop thread only. */
#ifndef SLUICE_LOOP_IO_H
#define SLUICE_LOOP_IO_H

#include <stdbool.h>

#include "sluice/base/status.h"

struct sl_loop;
struct sl_io;

/* Bits of what is wanted, and of what is ready. */
#define SL_IO_READ  1u
#define SL_IO_WRITE 2u

/* From the loop, as long as something wanted is ready; errors and hang-ups
 * show as all that was wanted.  May free the object. */
typedef void sl_io_fn(void *ctx, unsigned ready);

/* Wants nothing at first. */
SL_MUST_CHECK enum sl_status sl_io_new(struct sl_io **out, struct sl_loop *loop,
    int fd, sl_io_fn *on_ready, void *ctx);

/* From now on want exactly `wanted`, 0 for nothing.  Cheap if unchanged. */
SL_MUST_CHECK enum sl_status sl_io_want(struct sl_io *io, unsigned wanted);

/* NULL is allowed.  Never calls back. */
void sl_io_free(struct sl_io *io);

#endif /* SLUICE_LOOP_IO_H */
