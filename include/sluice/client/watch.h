/* Waits for the server to say that a dataset changed (server-sent events). */
#ifndef SLUICE_CLIENT_WATCH_H
#define SLUICE_CLIENT_WATCH_H

#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/client/client.h"

struct sl_watch;

struct sl_watch_event {
	/* batch, retraction, licence, notice, freshness; ours: connected,
	 * silence */
	char kind[32];
	uint32_t seq; /* 0 if it names none */
};

SL_MUST_CHECK enum sl_status sl_watch_new(
    struct sl_watch **out, struct sl_client *client, const char *dataset);
/* NULL is allowed. */
void sl_watch_free(struct sl_watch *watch);

/* If no call comes before that, an event of kind "silence" does; 0: never.  A
 * server that says nothing may hide something. */
void sl_watch_wake(struct sl_watch *watch, uint64_t after_ms);

/* Block until an event for the dataset came.  Connects again by itself, from
 * where it was; each time the connection is new it returns an event of kind
 * "connected", because something may have been missed before it.  Fails when
 * the server refuses (SL_ERR_AUTH, …) or when cancelled. */
SL_MUST_CHECK enum sl_status sl_watch_next(
    struct sl_watch *watch, struct sl_watch_event *out, struct sl_error *err);

#endif /* SLUICE_CLIENT_WATCH_H */
