/* The inside of an api. */
#ifndef SL_API_INTERNAL_H
#define SL_API_INTERNAL_H

#include <jansson.h>

#include "limit.h"
#include "request.h"
#include "sluice/api/api.h"
#include "sluice/session/session.h"
#include "template.h"

struct sl_events;

struct sl_api {
	struct sl_session *session;
	struct sl_template_set *templates;
	struct sl_events *events;
	struct limit activations; /* by address */
	struct limit writes;      /* by customer: what is kept */
	char style_href[64];
	char icon_href[64];
};

/* ---- page.c ---- */

SL_MUST_CHECK enum sl_status sl_pages_load(
    struct sl_api *api, struct sl_error *err);

/* Fill a page and answer with it; takes `values` (NULL is out of memory). */
void sl_page_respond(
    struct request *request, unsigned status, const char *name, json_t *values);

/* ---- account.c ---- */

/* A token for one licence is told of that one: take the others away. */
void account_keep_own(const struct request *request, json_t *licences);

/* ---- deliver.c ---- */

struct sl_delivery_order;

/* Fill in the rest of the order and start it.  status 0: a tar stream. */
void deliver(struct request *request, struct sl_delivery_order *order);

/* ---- events.c ---- */

SL_MUST_CHECK enum sl_status sl_events_new(
    struct sl_events **out, struct sl_session *session);
void sl_events_free(struct sl_events *events);
/* Look for new events now. */
void sl_events_notice(struct sl_events *events);
/* A token or a customer may have ended: close the streams of those that have,
 * with their code. */
void sl_events_check_tokens(struct sl_events *events);
/* End all streams. */
void sl_events_drain(struct sl_events *events);

#endif /* SL_API_INTERNAL_H */
