/* LISTEN on a connection of its own.
 *
 * Reconnects with growing pauses.  Notices sent while it was away are lost, so
 * the subscriber is told after every (re)connection and reads what it missed
 * from the tables.  Loop thread only. */
#ifndef SLUICE_DB_LISTEN_H
#define SLUICE_DB_LISTEN_H

#include "sluice/base/error.h"

struct sl_loop;
struct sl_db_listener;

#define SL_DB_CHANNELS_MAX 8

/* From the loop.  channel NULL: listening has begun (again), notices before
 * this moment may have been missed. */
typedef void sl_db_notice_fn(
    void *ctx, const char *channel, const char *payload);

/* `channels` (names of [a-z_], NULL at the end, at most SL_DB_CHANNELS_MAX) are
 * copied. */
SL_MUST_CHECK enum sl_status sl_db_listen(struct sl_db_listener **out,
    struct sl_loop *loop, const char *conninfo, const char *const *channels,
    sl_db_notice_fn *on_notice, void *ctx, struct sl_error *err);

/* NULL is allowed.  Never calls back. */
void sl_db_listener_free(struct sl_db_listener *listener);

#endif /* SLUICE_DB_LISTEN_H */
