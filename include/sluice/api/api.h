/* What the server says over HTTP: the route table and its handlers.
 *
 * One per worker, on the worker's loop.  Give sl_api_handler() and the api
 * itself to each sl_server.  Borrows the session, which must outlive it; the
 * servers must be gone before it is freed. */
#ifndef SLUICE_API_API_H
#define SLUICE_API_API_H

#include <stdint.h>

#include "sluice/base/error.h"

struct sl_api;
struct sl_session;
struct sl_server_handler;

/* Fails on a page template that does not parse. */
SL_MUST_CHECK enum sl_status sl_api_new(
    struct sl_api **out, struct sl_session *session, struct sl_error *err);

/* After the servers and the pool are closed.  NULL is allowed. */
void sl_api_free(struct sl_api *api);

/* Its ctx is the api. */
const struct sl_server_handler *sl_api_handler(void);

/* Something happened that subscribers may have to be told (NOTIFY, or
 * listening began again): look for new events. */
void sl_api_notice(struct sl_api *api);

/* A token or a customer may have lost its access (NOTIFY, or perhaps): event
 * streams of those that have end. */
void sl_api_check_tokens(struct sl_api *api);

/* End all event streams, so that their connections close. */
void sl_api_drain(struct sl_api *api);

#endif /* SLUICE_API_API_H */
