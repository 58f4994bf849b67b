/* Requests and responses as handlers see them. */
#include "sluice/net/exchange.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "connection.h"

/* Response head plus the bytes of sl_exchange_respond(). */
#define PENDING_MAX (32u << 20)

const char *
sl_close_reason_text(enum sl_close_reason reason)
{
	switch (reason) {
#define X(name, text)         \
	case SL_CLOSE_##name: \
		return text;
		SL_CLOSE_LIST(X)
#undef X
	}
	return "unknown";
}

enum sl_status
sl_exchange_new(
    struct sl_connection *conn, const struct sl_http_request *request)
{
	struct sl_exchange *exchange;

	exchange = calloc(1, sizeof(*exchange));
	if (exchange == NULL)
		return SL_ERR_NOMEM;
	exchange->conn = conn;
	exchange->request = request;
	sl_buf_init(&exchange->pending, PENDING_MAX);
	conn->server->counters.exchanges++;
	conn->exchange = exchange;
	return SL_OK;
}

void
sl_exchange_end(struct sl_exchange *exchange, enum sl_close_reason reason)
{
	struct sl_connection *conn = exchange->conn;

	exchange->is_over = true;
	if (exchange->has_source && exchange->source.closed != NULL)
		exchange->source.closed(exchange->source_ctx, reason);
	if (exchange->closed != NULL)
		exchange->closed(exchange->closed_ctx, reason);
	sl_connection_drop_body(conn);
	conn->exchange = NULL;
	conn->server->counters.exchanges--;
	sl_buf_clear(&exchange->pending);
	free(exchange);
}

const struct sl_http_request *
sl_exchange_request(const struct sl_exchange *exchange)
{
	return exchange->request;
}

static void
format_peer(struct sl_exchange *exchange)
{
	const struct sl_connection *conn = exchange->conn;
	char *address = exchange->peer_address;
	char *text = exchange->peer_text;

	switch (conn->peer.any.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &conn->peer.v4.sin_addr, address,
		    sizeof(exchange->peer_address));
		snprintf(text, sizeof(exchange->peer_text), "%s:%u", address,
		    (unsigned)ntohs(conn->peer.v4.sin_port));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &conn->peer.v6.sin6_addr, address,
		    sizeof(exchange->peer_address));
		snprintf(text, sizeof(exchange->peer_text), "[%s]:%u", address,
		    (unsigned)ntohs(conn->peer.v6.sin6_port));
		break;
	default:
		snprintf(text, sizeof(exchange->peer_text), "local");
		break;
	}
}

const char *
sl_exchange_peer_text(struct sl_exchange *exchange)
{
	if (exchange->peer_text[0] == '\0')
		format_peer(exchange);
	return exchange->peer_text;
}

const char *
sl_exchange_peer_address(struct sl_exchange *exchange)
{
	(void)sl_exchange_peer_text(exchange);
	return exchange->peer_address;
}

uint64_t
sl_exchange_sent(const struct sl_exchange *exchange)
{
	return exchange->sent;
}

void
sl_exchange_watch(
    struct sl_exchange *exchange, sl_exchange_closed_fn *closed, void *ctx)
{
	exchange->closed = closed;
	exchange->closed_ctx = ctx;
}

static enum sl_status
write_head(struct sl_exchange *exchange, const struct sl_response *response)
{
	/* What follows the head is no request, but the body that nobody took.
	 */
	if (exchange->is_unread)
		exchange->conn->is_last = true;
	return sl_response_write_head(exchange, response);
}

/* The answer is ready to go; it goes from the loop. */
static void
start_sending(struct sl_exchange *exchange)
{
	struct sl_connection *conn = exchange->conn;

	exchange->is_answered = true;
	/* The connection may have failed before its owner was told. */
	if (conn->state == SL_CONN_CLOSED)
		return;
	sl_connection_enter(conn, SL_CONN_SEND);
	if (!conn->is_running)
		sl_connection_ready(conn);
}

enum sl_status
sl_exchange_respond(struct sl_exchange *exchange, unsigned status_code,
    const struct sl_http_field *fields, size_t field_count,
    struct sl_slice body)
{
	struct sl_response response = {
	    .status = status_code,
	    .fields = fields,
	    .field_count = field_count,
	    .content_len = body.len,
	};
	enum sl_status status;

	if (exchange->is_answered || exchange->is_over)
		return SL_ERR_STATE;
	status = write_head(exchange, &response);
	if (status == SL_OK && sl_response_has_body(exchange, status_code))
		status = sl_buf_append(&exchange->pending, body.data, body.len);
	if (status != SL_OK) {
		sl_buf_reset(&exchange->pending);
		return status;
	}
	start_sending(exchange);
	return SL_OK;
}

enum sl_status
sl_exchange_begin(struct sl_exchange *exchange,
    const struct sl_response *response, const struct sl_body_source *source,
    void *ctx)
{
	enum sl_status status;

	if (exchange->is_answered || exchange->is_over)
		return SL_ERR_STATE;
	status = write_head(exchange, response);
	if (status != SL_OK) {
		sl_buf_reset(&exchange->pending);
		return status;
	}
	exchange->source = *source;
	exchange->source_ctx = ctx;
	exchange->has_source = true;
	exchange->has_body = sl_response_has_body(exchange, response->status);
	exchange->is_chunked = response->is_chunked;
	exchange->body_left = response->content_len;
	start_sending(exchange);
	return SL_OK;
}

void
sl_exchange_resume(struct sl_exchange *exchange)
{
	struct sl_connection *conn = exchange->conn;

	if (exchange->is_over)
		return;
	exchange->is_resumed = true;
	exchange->is_waiting = false;
	if (conn->state != SL_CONN_PAUSE)
		return;
	sl_connection_enter(conn, SL_CONN_SEND);
	sl_connection_ready(conn);
}

void
sl_exchange_last(struct sl_exchange *exchange)
{
	exchange->conn->is_last = true;
}

void
sl_exchange_abort(struct sl_exchange *exchange)
{
	if (!exchange->is_over)
		sl_connection_close(exchange->conn, SL_CLOSE_KICKED);
}

/* A problem of RFC 9457, as the handlers make them. */
void
sl_connection_refuse(
    struct sl_connection *conn, unsigned status, const char *why)
{
	static const struct sl_http_field fields[] = {
	    {"Content-Type", "application/problem+json"},
	    {"Cache-Control", "no-store"},
	};
	char body[256];
	int len;

	len = snprintf(body, sizeof(body),
	    "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%u,"
	    "\"code\":\"bad_request\",\"detail\":\"%s\"}\n",
	    sl_http_status_text(status), status, why);
	assert(len > 0 && (size_t)len < sizeof(body));
	conn->is_last = true;
	if (sl_exchange_new(conn, NULL) != SL_OK ||
	    sl_exchange_respond(conn->exchange, status, fields,
	        sizeof(fields) / sizeof(fields[0]),
	        sl_slice_of(body, (size_t)len)) != SL_OK)
		sl_connection_close(conn, SL_CLOSE_MEMORY);
}
