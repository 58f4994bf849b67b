/* The members are asked for together: one question to PostgreSQL per worker and
 * notice, handed to all of the worker's subscribers; and one about their
 * tokens. */
#include <stdlib.h>

#include "sluice/base/clock.h"
#include "sluice/base/log.h"
#include "sluice/loop/timer.h"
#include "sluice/session/counters.h"
#include "subscriber.h"

#define TICK_MS         1000u
#define HEARTBEAT_TICKS 15u
#define PAGE_ROWS       500u

struct sl_events {
	struct sl_session *session;
	struct subscriber *first;
	size_t count;
	struct sl_timer *tick;
	unsigned ticks; /* since the last heartbeat */
	int64_t last;   /* of the shared question */
	bool is_asking;
	bool is_noticed;
	bool is_token_due; /* some token may have ended */
	bool is_token_asking;
};

static struct sl_counters *
counters_of(const struct sl_events *events)
{
	return sl_session_parts(events->session)->counters;
}

void
events_leave(struct subscriber *subscriber)
{
	if (!subscriber->is_listed)
		return;
	subscriber->is_listed = false;
	if (subscriber->prev != NULL)
		subscriber->prev->next = subscriber->next;
	else
		subscriber->events->first = subscriber->next;
	if (subscriber->next != NULL)
		subscriber->next->prev = subscriber->prev;
	subscriber->events->count--;
	sl_uncount(&counters_of(subscriber->events)->subscribers);
}

void
events_join(struct subscriber *subscriber)
{
	struct sl_events *events = subscriber->events;

	if (events->first == NULL)
		events->last = subscriber->last;
	subscriber->next = events->first;
	if (subscriber->next != NULL)
		subscriber->next->prev = subscriber;
	events->first = subscriber;
	subscriber->is_listed = true;
	events->count++;
	/* It may have ended between its authentication and now. */
	events->is_token_due = true;
	sl_count(&counters_of(events)->subscribers, 1);
}

/* ---- the shared question ---- */

static void
hand_out(struct sl_events *events, const struct sl_event_row *row)
{
	struct subscriber *subscriber;

	for (subscriber = events->first; subscriber != NULL;
	     subscriber = subscriber->next)
		subscriber_offer(subscriber, row);
}

static void
on_events(void *ctx, enum sl_status status, const struct sl_event_row *rows,
    size_t count, const struct sl_error *err)
{
	struct sl_events *events = ctx;

	events->is_asking = false;
	if (status != SL_OK) {
		/* Listening begins again when PostgreSQL is back, and asks. */
		sl_log(SL_LOG_WARNING, "events cannot be read: %s", err->text);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		events->last = rows[i].id;
		hand_out(events, &rows[i]);
	}
	if (count >= PAGE_ROWS || events->is_noticed)
		sl_events_notice(events);
}

void
sl_events_notice(struct sl_events *events)
{
	struct sl_error err = {0};

	events->is_noticed = true;
	if (events->is_asking || events->first == NULL)
		return;
	events->is_noticed = false;
	if (sl_store_events(sl_session_parts(events->session)->db, events->last,
	        PAGE_ROWS, on_events, events, &err) == SL_OK)
		events->is_asking = true;
	else
		sl_log(SL_LOG_WARNING, "events cannot be read: %s", err.text);
}

/* ---- tokens, and signs of life ---- */

static void
on_tokens_ended(void *ctx, enum sl_status status,
    const struct sl_token_end *ends, size_t count, const struct sl_error *err)
{
	struct sl_events *events = ctx;
	struct subscriber *subscriber;

	events->is_token_asking = false;
	if (status != SL_OK) {
		sl_log(SL_LOG_WARNING, "tokens of subscribers: %s", err->text);
		events->is_token_due = true;
		return;
	}
	for (subscriber = events->first; subscriber != NULL;
	     subscriber = subscriber->next)
		for (size_t i = 0; i < count; i++)
			if (sl_uuid_is(&subscriber->request->account.token,
			        &ends[i].token))
				subscriber_end(subscriber, ends[i].code);
}

/* One question about all subscribers' tokens. */
static void
ask_tokens(struct sl_events *events)
{
	struct sl_uuid *tokens;
	struct subscriber *subscriber;
	struct sl_error err = {0};
	size_t count = 0;

	if (events->is_token_asking || events->first == NULL)
		return;
	tokens = calloc(events->count, sizeof(*tokens));
	if (tokens == NULL)
		return;
	for (subscriber = events->first; subscriber != NULL;
	     subscriber = subscriber->next)
		tokens[count++] = subscriber->request->account.token;
	events->is_token_due = false;
	if (sl_store_tokens_ended(sl_session_parts(events->session)->db, tokens,
	        count, on_tokens_ended, events, &err) == SL_OK)
		events->is_token_asking = true;
	else
		events->is_token_due = true;
	free(tokens);
}

void
sl_events_check_tokens(struct sl_events *events)
{
	events->is_token_due = true;
	ask_tokens(events);
}

static void
beat(struct sl_events *events)
{
	int64_t now_us = sl_clock_wall_us();
	struct subscriber *subscriber;

	events->is_token_due = true;
	for (subscriber = events->first; subscriber != NULL;
	     subscriber = subscriber->next)
		subscriber_beat(subscriber, now_us);
}

static void
on_tick(void *ctx)
{
	struct sl_events *events = ctx;

	if (++events->ticks >= HEARTBEAT_TICKS) {
		events->ticks = 0;
		beat(events);
	}
	if (events->is_token_due)
		ask_tokens(events);
	sl_timer_start(events->tick, TICK_MS);
}

void
sl_events_drain(struct sl_events *events)
{
	struct subscriber *subscriber;

	for (subscriber = events->first; subscriber != NULL;
	     subscriber = subscriber->next)
		subscriber_end(subscriber, "server_draining");
}

enum sl_status
sl_events_new(struct sl_events **out, struct sl_session *session)
{
	struct sl_events *events = calloc(1, sizeof(*events));
	enum sl_status status;

	*out = NULL;
	if (events == NULL)
		return SL_ERR_NOMEM;
	events->session = session;
	status = sl_timer_new(
	    &events->tick, sl_session_parts(session)->loop, on_tick, events);
	if (status != SL_OK) {
		free(events);
		return status;
	}
	sl_timer_start(events->tick, TICK_MS);
	*out = events;
	return SL_OK;
}

void
sl_events_free(struct sl_events *events)
{
	if (events == NULL)
		return;
	sl_timer_free(events->tick);
	free(events);
}
