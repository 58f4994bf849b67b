/* A subscriber first catches up by itself, from where it was; what the shared
 * question finds meanwhile makes it catch up once more, so nothing is lost
 * between the two.  Idle, it costs a connection and a few hundred bytes. */
#include "subscriber.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/checked.h"
#include "sluice/base/log.h"
#include "sluice/session/counters.h"
#include "sluice/session/delivery.h"

/* Unsent text of one subscriber; who reads slower is cut off and comes back
 * with its Last-Event-ID. */
#define UNSENT_MAX (64u * 1024u)

static void catch_up(struct subscriber *subscriber);

static void
subscriber_free(void *arg)
{
	struct subscriber *subscriber = arg;

	sl_buf_clear(&subscriber->unsent);
	sl_buf_clear(&subscriber->given);
	free(subscriber->datasets);
	free(subscriber);
}

/* ---- the body ---- */

static enum sl_body_turn
pull(void *ctx, struct sl_body_piece *piece)
{
	struct request *request = ctx;
	struct subscriber *subscriber = request->state;
	struct sl_buf empty = subscriber->given;

	if (subscriber->unsent.len == 0) {
		sl_buf_clear(&subscriber->given);
		sl_buf_clear(&subscriber->unsent);
		return subscriber->is_ended ? SL_BODY_END : SL_BODY_WAIT;
	}
	sl_buf_reset(&empty);
	subscriber->given = subscriber->unsent;
	subscriber->unsent = empty;
	piece->bytes = sl_buf_slice(&subscriber->given);
	return SL_BODY_BYTES;
}

static void
on_body_closed(void *ctx, enum sl_close_reason reason)
{
	struct request *request = ctx;

	(void)reason;
	events_leave(request->state);
}

/* Cut off who does not read. */
static void
write_text(struct subscriber *subscriber, enum sl_status status)
{
	if (status == SL_OK)
		sl_exchange_resume(subscriber->request->exchange);
	else
		sl_exchange_abort(subscriber->request->exchange);
}

static void
write_event(struct subscriber *subscriber, const struct sl_event_row *row)
{
	write_text(subscriber,
	    sl_buf_printf(&subscriber->unsent,
	        "id: %" PRId64 "\nevent: %s\ndata: %s\n\n", row->id, row->kind,
	        row->data));
	sl_count(&sl_session_parts(subscriber->request->api->session)
	              ->counters->events_sent,
	    1);
}

/* The last that a subscriber is told.  Without an id: it is not in the log, and
 * who comes back asks for what came after the last event. */
void
subscriber_end(struct subscriber *subscriber, const char *code)
{
	if (subscriber->is_ended)
		return;
	subscriber->is_ended = true;
	sl_log(SL_LOG_INFO, "request=%s events end: %s",
	    subscriber->request->id, code);
	write_text(subscriber,
	    sl_buf_printf(&subscriber->unsent,
	        "event: end\ndata: {\"code\":\"%s\",\"text\":\"%s\"}\n\n", code,
	        sl_refusal_text(code)));
}

void
subscriber_beat(struct subscriber *subscriber, int64_t now_us)
{
	if (subscriber->request->account.expires_us <= now_us)
		subscriber_end(subscriber, "token_expired");
	else
		write_text(subscriber,
		    subscriber->unsent.len > 0
		        ? SL_OK
		        : sl_buf_append_text(&subscriber->unsent, ":\n\n"));
}

/* ---- what the shared question finds ---- */

static bool
is_for(const struct subscriber *subscriber, const struct sl_event_row *row)
{
	const struct request *request = subscriber->request;

	if (row->has_licence)
		return sl_uuid_is(&row->customer, &request->account.customer) &&
		    (!subscriber->has_licence ||
		        sl_uuid_is(&row->licence, &subscriber->licence));
	if (row->dataset == 0)
		return true;
	for (size_t i = 0; i < subscriber->dataset_count; i++)
		if (subscriber->datasets[i] == row->dataset)
			return true;
	return false;
}

/* A licence of this subscriber came, changed or went: its datasets may be
 * others now, so it asks for itself again. */
static bool
changes_datasets(
    const struct subscriber *subscriber, const struct sl_event_row *row)
{
	return row->has_licence && is_for(subscriber, row);
}

void
subscriber_offer(struct subscriber *subscriber, const struct sl_event_row *row)
{
	if (row->id <= subscriber->last || subscriber->is_ended)
		return;
	if (subscriber->is_catching_up || changes_datasets(subscriber, row)) {
		subscriber->is_behind = true;
		if (!subscriber->is_catching_up)
			catch_up(subscriber);
		return;
	}
	/* An event for several licences has a row for each; this one is
	 * for another's. */
	if (row->has_licence)
		return;
	subscriber->last = row->id;
	if (is_for(subscriber, row))
		write_event(subscriber, row);
}

/* ---- catching up ---- */

static void
on_own_events(void *ctx, enum sl_status status, const struct sl_event_row *rows,
    size_t count, const struct sl_error *err)
{
	struct request *request = ctx;
	struct subscriber *subscriber = request->state;

	if (!request_reply(request))
		return;
	subscriber->is_catching_up = false;
	if (subscriber->is_ended)
		return;
	if (status != SL_OK) {
		sl_log(SL_LOG_WARNING, "request=%s events: %s", request->id,
		    err->text);
		sl_exchange_abort(request->exchange);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		subscriber->last = rows[i].id;
		write_event(subscriber, &rows[i]);
	}
	if (count == SL_EVENTS_MAX || subscriber->is_behind)
		catch_up(subscriber);
}

static void
ask_own_events(struct subscriber *subscriber)
{
	struct request *request = subscriber->request;
	struct sl_error err = {0};

	if (sl_store_events_of(request_db(request), &request->account.customer,
	        subscriber->has_licence ? &subscriber->licence : NULL,
	        subscriber->last, on_own_events, request, &err) != SL_OK) {
		sl_exchange_abort(request->exchange);
		return;
	}
	request_call(request);
}

static enum sl_status
take_datasets(
    struct subscriber *subscriber, const struct sl_subscription *subscription)
{
	size_t bytes =
	    subscription->dataset_count * sizeof(*subscriber->datasets);
	int64_t *datasets = malloc(bytes + 1);

	if (datasets == NULL)
		return SL_ERR_NOMEM;
	if (bytes > 0)
		memcpy(datasets, subscription->datasets, bytes);
	free(subscriber->datasets);
	subscriber->datasets = datasets;
	subscriber->dataset_count = subscription->dataset_count;
	return SL_OK;
}

static void
on_resubscribed(void *ctx, enum sl_status status,
    const struct sl_subscription *subscription, const struct sl_error *err)
{
	struct request *request = ctx;

	(void)err;
	if (!request_reply(request))
		return;
	if (status == SL_OK)
		status = take_datasets(request->state, subscription);
	if (status == SL_OK)
		ask_own_events(request->state);
	else
		sl_exchange_abort(request->exchange);
}

/* Ask which datasets are followed, then for what happened in them. */
static void
catch_up(struct subscriber *subscriber)
{
	struct request *request = subscriber->request;
	struct sl_error err = {0};

	subscriber->is_behind = false;
	subscriber->is_catching_up = true;
	if (sl_store_subscription(request_db(request),
	        &request->account.customer,
	        subscriber->has_licence ? &subscriber->licence : NULL,
	        on_resubscribed, request, &err) != SL_OK) {
		sl_exchange_abort(request->exchange);
		return;
	}
	request_call(request);
}

/* ---- subscribing ---- */

static void
begin(struct request *request)
{
	static const struct sl_body_source source = {
	    .pull = pull, .closed = on_body_closed};
	struct subscriber *subscriber = request->state;
	struct sl_response response = {.status = 200, .is_chunked = true};
	struct sl_error err = {0};
	enum sl_status status =
	    sl_buf_append_text(&subscriber->unsent, "retry: 2000\n\n");

	request_field(request, "Content-Type", "text/event-stream");
	request_field(request, "Cache-Control", "no-store");
	response.fields = request->fields;
	response.field_count = request->field_count;
	if (status == SL_OK)
		status = sl_exchange_begin(
		    request->exchange, &response, &source, request);
	if (status != SL_OK) {
		sl_error_set(&err, status, "the stream cannot begin");
		request_fail(request, &err);
		return;
	}
	request->status = 200;
	sl_exchange_last(request->exchange);
	if (sl_http_request_method(request->http) == SL_HTTP_HEAD)
		return;
	events_join(subscriber);
	catch_up(subscriber);
}

static void
on_subscription(void *ctx, enum sl_status status,
    const struct sl_subscription *subscription, const struct sl_error *err)
{
	struct request *request = ctx;
	struct subscriber *subscriber;

	if (!request_reply(request))
		return;
	if (status != SL_OK) {
		request_fail(request, err);
		return;
	}
	subscriber = request->state;
	/* Without an id it begins now; an id of the future is no id. */
	if (subscriber->last < 0 || subscriber->last > subscription->newest)
		subscriber->last = subscription->newest;
	begin(request);
}

/* Where to begin: Last-Event-ID, or after=; -1 for now. */
static enum sl_status
find_start(struct request *request, int64_t *out, struct sl_error *err)
{
	struct sl_slice header;
	const char *text = NULL;
	uint64_t after;

	*out = -1;
	if (sl_http_request_header(request->http, "last-event-id", &header))
		text = request_text(request, header);
	if (text == NULL)
		text = request_query(request, "after");
	if (text == NULL || text[0] == '\0')
		return SL_OK;
	if (!sl_parse_u64(text, INT64_MAX, &after))
		return sl_error_code(err, SL_ERR_INVALID, "bad_query",
		    "Last-Event-ID is not a number");
	*out = (int64_t)after;
	return SL_OK;
}

void
handle_events(struct request *request)
{
	struct subscriber *subscriber = calloc(1, sizeof(*subscriber));
	struct sl_error err = {0};
	enum sl_status status;

	if (subscriber == NULL) {
		sl_error_set(&err, SL_ERR_NOMEM, "out of memory");
		request_fail(request, &err);
		return;
	}
	subscriber->events = request->api->events;
	subscriber->request = request;
	sl_buf_init(&subscriber->unsent, UNSENT_MAX);
	sl_buf_init(&subscriber->given, UNSENT_MAX);
	request->state = subscriber;
	request->state_free = subscriber_free;
	status = find_start(request, &subscriber->last, &err);
	if (status == SL_OK)
		status = request_uuid(request, "licence", &subscriber->licence,
		    &subscriber->has_licence, &err);
	if (status == SL_OK && request->account.has_licence) {
		subscriber->licence = request->account.licence;
		subscriber->has_licence = true;
	}
	if (status == SL_OK)
		status = sl_store_subscription(request_db(request),
		    &request->account.customer,
		    subscriber->has_licence ? &subscriber->licence : NULL,
		    on_subscription, request, &err);
	if (status == SL_OK)
		request_call(request);
	else
		request_fail(request, &err);
}
