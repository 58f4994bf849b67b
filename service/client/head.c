#include "head.h"

#include <string.h>

#include "cabinet.h"
#include "receiver.h"
#include "shelf.h"
#include "sluice/base/buf.h"

#define FIRST_PATIENCE_MS 15000
/* A witness speaks of a new checkpoint a moment after the log does. */
#define WITNESS_PATIENCE_MS 3000
#define PATH_MAX_BYTES      1024

static enum sl_take
on_body(struct sl_call *call, struct sl_slice bytes)
{
	return sl_receiver_push(call->ctx, bytes, &call->err) == SL_OK
	    ? SL_TAKE_ALL
	    : SL_TAKE_STOP;
}

static enum sl_status
receive(struct sl_client *client, struct sl_heads *heads,
    const struct sl_head_options *options, struct sl_call *call,
    struct sl_error *err)
{
	struct sl_receiver *receiver;
	enum sl_status status;

	status =
	    sl_receiver_new(&receiver, heads, options->notary, options->mirror);
	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	call->accept = "application/zstd";
	call->on_body = on_body;
	call->ctx = receiver;
	status = sl_transport_run(client->transport, call, err);
	if (status == SL_OK)
		status = sl_receiver_finish(receiver, &call->is_transient, err);
	sl_receiver_free(receiver);
	return status;
}

static enum sl_status
format_path(struct sl_buf *out, const struct sl_heads *heads,
    const struct sl_head_options *options)
{
	const struct sl_wish *wish = options->wish;
	char licence[SL_UUID_TEXT_LEN + 1] = "";
	enum sl_status status;

	if (wish->has_licence)
		sl_uuid_format(licence, &wish->licence);
	status = sl_buf_printf(out, "/v1/datasets/%s/head?from=%zu%s%s%s",
	    heads->dataset, heads->count + 1,
	    wish->has_licence ? "&licence=" : "", licence,
	    wish->purpose[0] == '\0' ? "" : "&purpose=");
	if (status == SL_OK)
		status = sl_client_escape(out, wish->purpose);
	return status == SL_OK ? sl_notary_ask(options->notary, out) : status;
}

static enum sl_status
store_grant(int meta, const struct sl_heads *heads, struct sl_error *err)
{
	struct sl_cabinet_file file = {.name = "grant.json"};
	enum sl_status status;
	struct sl_buf text;

	sl_buf_init(&text, SL_GRANT_BYTES_MAX);
	status = sl_grant_format(&text, &heads->grant);
	if (status != SL_OK) {
		sl_buf_clear(&text);
		return sl_error_set(err, status, "grant.json");
	}
	file.bytes = sl_buf_slice(&text);
	status = sl_cabinet_replace(meta, &file, err);
	sl_buf_clear(&text);
	return status;
}

/* The head came to its end. */
static enum sl_status
keep(struct sl_heads *heads, const struct sl_mirror *mirror,
    struct sl_error *err)
{
	if (heads->is_damaged) {
		enum sl_status status = sl_shelf_cut(mirror, heads->count, err);

		if (status != SL_OK)
			return status;
		heads->is_damaged = false;
	}
	return store_grant(mirror->meta, heads, err);
}

static enum sl_status
ask(struct sl_client *client, struct sl_heads *heads,
    const struct sl_head_options *options, struct sl_call *call,
    struct sl_error *err)
{
	enum sl_status status;
	struct sl_buf path;

	sl_buf_init(&path, PATH_MAX_BYTES);
	status = format_path(&path, heads, options);
	if (status != SL_OK) {
		sl_error_set(err, status, "out of memory");
	} else {
		call->path = sl_buf_text(&path);
		status = receive(client, heads, options, call, err);
	}
	call->path = NULL;
	sl_buf_clear(&path);
	return status;
}

enum sl_status
sl_head_update(struct sl_client *client, struct sl_heads *heads,
    const struct sl_head_options *options, uint64_t *received,
    struct sl_error *err)
{
	uint64_t patience =
	    sl_transport_patience(client->transport, FIRST_PATIENCE_MS);
	struct sl_backoff backoff = {0};
	enum sl_status status;

	for (;;) {
		struct sl_call call = {0};
		size_t before = heads->count;

		status = ask(client, heads, options, &call, err);
		*received += call.received_bytes;
		if (status == SL_OK && heads->count >= heads->grant.seq)
			break;
		if (heads->count > before) {
			sl_backoff_progress(&backoff);
			if (status == SL_OK)
				continue;
		}
		/* A step forward that is no batch. */
		if (status == SL_ERR_CONFLICT &&
		    strcmp(err->code, "trust_more") == 0) {
			sl_error_clear(err);
			continue;
		}
		if (status == SL_OK)
			return sl_error_code(err, SL_ERR_INTEGRITY, "withheld",
			    "the server has batch %u, but withholds batch %zu",
			    heads->grant.seq, heads->count + 1);
		if (strcmp(err->code, "unwitnessed") == 0) {
			call.is_transient = true;
			patience = WITNESS_PATIENCE_MS;
		}
		if (!call.is_transient ||
		    !sl_backoff_fail(&backoff, patience, call.retry_after_ms))
			return status;
		sl_transport_note(
		    client->transport, "%s; trying again", err->text);
		status = sl_transport_pause(client->transport, &backoff, err);
		if (status != SL_OK)
			return status;
	}
	return options->mirror == NULL ? SL_OK
	                               : keep(heads, options->mirror, err);
}
