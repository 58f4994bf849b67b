#include "sluice/client/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "sluice/base/clock.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/name.h"

/* Three heartbeats of the server. */
#define SILENCE_MS     45000
#define LINE_MAX_BYTES (64 * 1024)
#define ID_MAX         64
#define QUEUE_MAX      64
#define WAKE_MAX_MS    ((uint64_t)365 * 24 * 3600 * 1000)

struct sl_watch {
	struct sl_client *client;
	char dataset[SL_DATASET_NAME_MAX + 1];
	struct sl_call call;
	bool is_open;
	bool was_told; /* "connected" was returned for this connection */
	bool has_ended;
	char last_id[ID_MAX];
	char header[ID_MAX + 32];
	struct sl_buf line;
	char id[ID_MAX]; /* of the event under way */
	char kind[32];
	struct sl_buf data;
	struct sl_watch_event queue[QUEUE_MAX];
	size_t queued;
	struct sl_backoff backoff;
	int64_t wake_ms; /* boot clock; 0: never */
};

enum sl_status
sl_watch_new(
    struct sl_watch **out, struct sl_client *client, const char *dataset)
{
	struct sl_watch *watch = calloc(1, sizeof(*watch));

	*out = watch;
	if (watch == NULL)
		return SL_ERR_NOMEM;
	watch->client = client;
	snprintf(watch->dataset, sizeof(watch->dataset), "%s", dataset);
	sl_buf_init(&watch->line, LINE_MAX_BYTES);
	sl_buf_init(&watch->data, LINE_MAX_BYTES);
	return SL_OK;
}

void
sl_watch_free(struct sl_watch *watch)
{
	if (watch == NULL)
		return;
	if (watch->is_open)
		sl_transport_cancel(&watch->call);
	sl_buf_clear(&watch->line);
	sl_buf_clear(&watch->data);
	free(watch);
}

static void
push_event(struct sl_watch *watch, const char *kind, uint32_t seq)
{
	struct sl_watch_event *event;

	/* All that matters is that something came. */
	if (watch->queued == QUEUE_MAX)
		return;
	event = &watch->queue[watch->queued++];
	snprintf(event->kind, sizeof(event->kind), "%s", kind);
	event->seq = seq;
}

/* An empty line: the event is whole. */
static void
dispatch(struct sl_watch *watch)
{
	const char *dataset;
	json_t *object = NULL;
	uint64_t seq = 0;
	bool present;

	if (watch->id[0] != '\0')
		memcpy(watch->last_id, watch->id, sizeof(watch->last_id));
	/* "end" says why the server closes; connecting again finds the same. */
	if (watch->data.len > 0 && strcmp(watch->kind, "end") != 0 &&
	    sl_json_parse(&object, sl_buf_slice(&watch->data), LINE_MAX_BYTES,
	        NULL) == SL_OK) {
		if (sl_json_maybe_u64(&present, &seq, object, "seq", SL_SEQ_MAX,
		        NULL) != SL_OK)
			seq = 0;
		if (sl_json_maybe_text(&dataset, object, "dataset", NULL) !=
		        SL_OK ||
		    dataset == NULL || strcmp(dataset, watch->dataset) == 0)
			push_event(watch, watch->kind, (uint32_t)seq);
	}
	json_decref(object);
	watch->id[0] = watch->kind[0] = '\0';
	sl_buf_reset(&watch->data);
}

static void
take_line(struct sl_watch *watch, const char *line)
{
	const char *value = strchr(line, ':');
	size_t name = value == NULL ? strlen(line) : (size_t)(value - line);

	if (line[0] == '\0') {
		dispatch(watch);
		return;
	}
	if (value == NULL || name == 0)
		return; /* a comment: heartbeat */
	value += value[1] == ' ' ? 2 : 1;
	if (name == 2 && strncmp(line, "id", name) == 0 &&
	    strlen(value) < ID_MAX &&
	    strspn(value, "0123456789abcdefABCDEF-._") == strlen(value))
		snprintf(watch->id, sizeof(watch->id), "%s", value);
	else if (name == 5 && strncmp(line, "event", name) == 0)
		snprintf(watch->kind, sizeof(watch->kind), "%.31s", value);
	else if (name == 4 && strncmp(line, "data", name) == 0 &&
	    sl_buf_append_text(&watch->data, value) != SL_OK)
		sl_buf_reset(&watch->data);
}

static enum sl_take
on_body(struct sl_call *call, struct sl_slice bytes)
{
	struct sl_watch *watch = call->ctx;

	sl_backoff_progress(&watch->backoff);
	for (size_t i = 0; i < bytes.len; i++) {
		char c = (char)bytes.data[i];

		if (c == '\n') {
			const char *line = sl_buf_text(&watch->line);

			if (line != NULL)
				take_line(watch, line);
			sl_buf_reset(&watch->line);
		} else if (c != '\r' &&
		    sl_buf_append(&watch->line, &c, 1) != SL_OK) {
			sl_error_set(
			    &call->err, SL_ERR_NETWORK, "an event is too long");
			return SL_TAKE_STOP;
		}
	}
	return SL_TAKE_ALL;
}

static void
on_end(struct sl_call *call)
{
	struct sl_watch *watch = call->ctx;

	watch->is_open = false;
	watch->has_ended = true;
}

static enum sl_status
connect_events(struct sl_watch *watch, struct sl_error *err)
{
	enum sl_status status;

	memset(&watch->call, 0, sizeof(watch->call));
	sl_buf_reset(&watch->line);
	sl_buf_reset(&watch->data);
	watch->id[0] = watch->kind[0] = '\0';
	snprintf(watch->header, sizeof(watch->header), "Last-Event-ID: %s",
	    watch->last_id);
	watch->call.path = "/v1/events";
	watch->call.accept = "text/event-stream";
	watch->call.extra_header =
	    watch->last_id[0] == '\0' ? NULL : watch->header;
	watch->call.stall_ms = SILENCE_MS;
	watch->call.on_body = on_body;
	watch->call.on_end = on_end;
	watch->call.ctx = watch;
	watch->has_ended = watch->was_told = false;
	status =
	    sl_transport_start(watch->client->transport, &watch->call, err);
	watch->is_open = status == SL_OK;
	return status;
}

/* After a connection ended: SL_OK to connect again. */
static enum sl_status
judge_end(struct sl_watch *watch, struct sl_error *err)
{
	const struct sl_call *call = &watch->call;

	if (call->err.status != SL_OK && !call->is_transient) {
		*err = call->err;
		return call->err.status;
	}
	/* A subscriber waits for as long as it takes. */
	(void)sl_backoff_fail(
	    &watch->backoff, UINT64_MAX, call->retry_after_ms);
	if (call->err.status != SL_OK)
		sl_transport_note(watch->client->transport,
		    "%s; connecting again", call->err.text);
	return sl_transport_pause(
	    watch->client->transport, &watch->backoff, err);
}

void
sl_watch_wake(struct sl_watch *watch, uint64_t after_ms)
{
	watch->wake_ms = after_ms == 0 ? 0
	                               : sl_clock_boot_ms() +
	        (int64_t)(after_ms < WAKE_MAX_MS ? after_ms : WAKE_MAX_MS);
}

/* Somebody who should have spoken did not. */
static void
look_at_clock(struct sl_watch *watch)
{
	if (watch->wake_ms == 0 || sl_clock_boot_ms() < watch->wake_ms)
		return;
	watch->wake_ms = 0;
	push_event(watch, "silence", 0);
}

enum sl_status
sl_watch_next(
    struct sl_watch *watch, struct sl_watch_event *out, struct sl_error *err)
{
	struct sl_transport *transport = watch->client->transport;
	struct sl_error local = {0};
	enum sl_status status = SL_OK;

	while (status == SL_OK && watch->queued == 0) {
		if (!watch->is_open && watch->has_ended)
			status = judge_end(watch, &local);
		if (status == SL_OK && !watch->is_open)
			status = connect_events(watch, &local);
		if (status != SL_OK)
			break;
		sl_transport_step(transport, 100);
		if (watch->is_open && !watch->was_told &&
		    sl_transport_is_connected(&watch->call)) {
			watch->was_told = true;
			push_event(watch, "connected", 0);
		}
		look_at_clock(watch);
		if (sl_transport_is_cancelled(transport))
			status = sl_error_set(
			    &local, SL_ERR_CANCELLED, "interrupted");
	}
	if (status != SL_OK) {
		if (err != NULL)
			*err = local;
		return status;
	}
	*out = watch->queue[0];
	watch->queued--;
	memmove(watch->queue, watch->queue + 1,
	    watch->queued * sizeof(watch->queue[0]));
	return SL_OK;
}
