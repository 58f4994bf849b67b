/* One libpq connection that is kept alive: connecting, setting up, checking
 * that the server is durable, and again after a failure with growing pauses.
 *
 * The owner sends and receives through sl_link_pg() while the link is ready.
 * Loop thread only. */
#ifndef SLUICE_DB_LINK_PRIVATE_H
#define SLUICE_DB_LINK_PRIVATE_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "sluice/base/error.h"

struct sl_loop;
struct sl_link;

struct sl_link_events {
	/* Set up; the owner may send now. */
	void (*on_ready)(void *ctx);
	/* Input was read, or the socket takes more output. */
	void (*on_input)(void *ctx);
	/* Gone, or not come about; a new attempt follows by itself. */
	void (*on_lost)(void *ctx, const struct sl_error *err);
};

/* `setup` is SQL that runs first.  Connecting begins from the loop. */
SL_MUST_CHECK enum sl_status sl_link_new(struct sl_link **out,
    struct sl_loop *loop, const char *conninfo, const char *setup,
    const struct sl_link_events *events, void *ctx);

/* NULL unless ready. */
PGconn *sl_link_pg(const struct sl_link *link);

bool sl_link_is_ready(const struct sl_link *link);

/* Push out what was sent; what does not go now goes later. */
void sl_link_flush(struct sl_link *link);

/* Give the connection up; on_lost is called, a new attempt follows. */
void sl_link_drop(struct sl_link *link, const struct sl_error *err);

/* NULL is allowed.  Never calls back. */
void sl_link_free(struct sl_link *link);

#endif /* SLUICE_DB_LINK_PRIVATE_H */
