/* What every store call has in common.
 *
 * Calls with a `…_fn` are asynchronous (sl_db_open): a return other than SL_OK
 * means that the function will not be called; else it is called exactly once,
 * later, from the loop, by the deadline of 10 s at the latest, and `ctx` must
 * live until then.  What a reply points to is borrowed until the return.
 * `err` is never NULL in a reply.
 *
 * Calls without one block (sl_db_connect), for command-line programs.
 *
 * JSON comes from SQL as it is documented in sql/README.md.  A callback that
 * keeps a value takes a reference of its own. */
#ifndef SLUICE_STORE_REPLY_H
#define SLUICE_STORE_REPLY_H

#include <jansson.h>

#include "sluice/base/error.h"

struct sl_db;

typedef void sl_json_fn(void *ctx, enum sl_status status, json_t *value,
    const struct sl_error *err);

typedef void sl_done_fn(
    void *ctx, enum sl_status status, const struct sl_error *err);

#endif /* SLUICE_STORE_REPLY_H */
