/* One stream of events: a request, where it is in the log of events, and what
 * is not sent yet.
 *
 * Made by handle_events(), freed with its request.  While it is open it is a
 * member of the worker's events, which offer it what they find. */
#ifndef SL_API_SUBSCRIBER_H
#define SL_API_SUBSCRIBER_H

#include "internal.h"
#include "sluice/base/buf.h"
#include "sluice/store/event.h"

struct subscriber {
	struct subscriber *prev;
	struct subscriber *next;
	struct sl_events *events;
	struct request *request;
	struct sl_uuid licence;
	bool has_licence;
	int64_t *datasets;
	size_t dataset_count;
	int64_t last; /* told up to this id */
	bool is_listed;
	bool is_catching_up;
	bool is_behind; /* catch up once more */
	bool is_ended;
	struct sl_buf unsent;
	struct sl_buf given; /* to the last pull */
};

/* Write the event if it is for this subscriber, or have it catch up. */
void subscriber_offer(
    struct subscriber *subscriber, const struct sl_event_row *row);

/* A sign of life, or the end if the token's time is over. */
void subscriber_beat(struct subscriber *subscriber, int64_t now_us);

/* The last that it is told: an event "end" with the code. */
void subscriber_end(struct subscriber *subscriber, const char *code);

/* ---- events.c ---- */

/* Become a member, or cease to be one. */
void events_join(struct subscriber *subscriber);
void events_leave(struct subscriber *subscriber);

#endif /* SL_API_SUBSCRIBER_H */
