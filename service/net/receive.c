/* Input: requests, what comes behind them, and what comes after the end. */
#include "connection.h"

/* A peer that goes on sending after our last word is cut off here: behind the
 * largest body, so that whoever was refused by its head can read that. */
#define LINGER_BYTES_MAX (8u << 20)

/* Is there something to do without waiting? */
static bool
goes_on(const struct sl_connection *conn)
{
	return conn->state == SL_CONN_SEND || conn->state == SL_CONN_BODY;
}

/* The handler takes over. */
static bool
hand_over(struct sl_connection *conn, bool is_unread)
{
	struct sl_server *server = conn->server;
	const struct sl_http_request *request =
	    sl_http_parser_request(conn->parser);

	if (server->is_draining || sl_http_parser_wants_close(conn->parser))
		conn->is_last = true;
	if (sl_exchange_new(conn, request) != SL_OK) {
		sl_connection_close(conn, SL_CLOSE_MEMORY);
		return false;
	}
	conn->exchange->is_unread = is_unread;
	server->counters.requests++;
	sl_connection_enter(conn, SL_CONN_ANSWER);
	server->handler.on_request(server->ctx, conn->exchange);
	return goes_on(conn);
}

static void
send_continue(struct sl_connection *conn)
{
	static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (sl_stream_write(&conn->stream, line, sizeof(line) - 1) !=
	        SL_STREAM_OK ||
	    sl_stream_flush(&conn->stream) == SL_STREAM_FAILED)
		sl_connection_close(conn, SL_CLOSE_RESET);
}

enum sl_status
sl_exchange_receive(
    struct sl_exchange *exchange, sl_exchange_body_fn *on_body, void *ctx)
{
	struct sl_connection *conn = exchange->conn;
	struct sl_server *server = conn->server;
	uint64_t len;

	if (!exchange->is_unread || exchange->on_body != NULL ||
	    exchange->is_answered || exchange->is_over)
		return SL_ERR_STATE;
	/* The parser refused what is longer than body_max allows. */
	len = sl_http_request_body_len(exchange->request);
	if (len > server->settings.bodies_max_bytes - server->bodies_bytes)
		return SL_ERR_LIMIT;
	server->bodies_bytes += (size_t)len;
	exchange->body_budget = (size_t)len;
	exchange->on_body = on_body;
	exchange->on_body_ctx = ctx;
	/* The connection may have failed before its owner was told. */
	if (conn->state == SL_CONN_CLOSED)
		return SL_OK;
	sl_connection_enter(conn, SL_CONN_BODY);
	if (conn->ahead.len == 0 &&
	    sl_http_parser_expects_continue(conn->parser))
		send_continue(conn);
	if (!conn->is_running && conn->state != SL_CONN_CLOSED)
		sl_connection_ready(conn);
	return SL_OK;
}

void
sl_connection_drop_body(struct sl_connection *conn)
{
	if (conn->parser != NULL)
		sl_http_parser_drop_body(conn->parser);
	conn->server->bodies_bytes -= conn->exchange->body_budget;
	conn->exchange->body_budget = 0;
}

/* The handler has it while it is called, and no longer. */
static bool
hand_body(struct sl_connection *conn, enum sl_status status)
{
	struct sl_exchange *exchange = conn->exchange;

	exchange->is_unread = status != SL_OK;
	sl_connection_enter(conn, SL_CONN_ANSWER);
	exchange->on_body(exchange->on_body_ctx, status);
	sl_connection_drop_body(conn);
	return goes_on(conn);
}

void
sl_connection_fail_body(struct sl_connection *conn, enum sl_status why)
{
	(void)hand_body(conn, why);
}

/* Stops where a body begins that is not too long. */
static enum sl_http_progress
feed(struct sl_connection *conn, struct sl_slice input, size_t *used)
{
	const struct sl_server *server = conn->server;
	enum sl_http_progress progress;
	size_t none;
	size_t max = 0;

	progress = sl_http_parser_feed(conn->parser, input, used);
	if (progress != SL_HTTP_HEAD_DONE)
		return progress;
	if (server->handler.body_max != NULL)
		max = server->handler.body_max(
		    server->ctx, sl_http_parser_request(conn->parser));
	sl_http_parser_body_limit(conn->parser, max);
	progress = sl_http_parser_feed(
	    conn->parser, sl_slice_of(input.data, 0), &none);
	return progress == SL_HTTP_BAD ? progress : SL_HTTP_HEAD_DONE;
}

/* What the parser does not accept. */
static bool
refuse(struct sl_connection *conn)
{
	const char *why;
	unsigned status;

	conn->server->counters.requests_refused++;
	/* In a body there is nothing wrong but memory. */
	if (conn->state == SL_CONN_BODY)
		return hand_body(conn, SL_ERR_NOMEM);
	status = sl_http_parser_refusal(conn->parser, &why);
	sl_connection_refuse(conn, status, why);
	return true;
}

/* `input` is the front of conn->ahead, or new and then what is left goes
 * there. */
static bool
take_input(struct sl_connection *conn, struct sl_slice input, bool is_ahead)
{
	enum sl_http_progress progress;
	size_t used = 0;

	if (conn->state == SL_CONN_IDLE)
		sl_connection_enter(conn, SL_CONN_HEAD);
	progress = feed(conn, input, &used);
	if (is_ahead) {
		sl_buf_consume(&conn->ahead, used);
	} else if (sl_buf_append(&conn->ahead, input.data + used,
	               input.len - used) != SL_OK) {
		sl_connection_close(conn, SL_CLOSE_MEMORY);
		return false;
	}
	if (conn->ahead.len == 0)
		sl_buf_clear(&conn->ahead);
	switch (progress) {
	case SL_HTTP_MORE:
		return true;
	case SL_HTTP_HEAD_DONE:
		return hand_over(conn, true);
	case SL_HTTP_DONE:
		return conn->state == SL_CONN_BODY ? hand_body(conn, SL_OK)
		                                   : hand_over(conn, false);
	case SL_HTTP_BAD:
		break;
	}
	return refuse(conn);
}

/* The peer is gone, in good order or not, before a request was whole. */
static bool
lose_peer(struct sl_connection *conn, enum sl_stream_result result)
{
	if (result == SL_STREAM_EOF && conn->state == SL_CONN_IDLE) {
		conn->is_eof = true;
		sl_connection_finish(conn);
		return conn->state == SL_CONN_LINGER;
	}
	sl_connection_close(
	    conn, result == SL_STREAM_EOF ? SL_CLOSE_PEER : SL_CLOSE_RESET);
	return false;
}

bool
sl_step_receive(struct sl_connection *conn)
{
	unsigned char *scratch = conn->server->scratch;
	enum sl_stream_result result;
	size_t len = 0;

	if (conn->state == SL_CONN_IDLE && conn->server->is_draining) {
		sl_connection_finish(conn);
		return conn->state == SL_CONN_LINGER;
	}
	if (conn->ahead.len > 0 || conn->is_eof)
		result = conn->ahead.len > 0 ? SL_STREAM_OK : SL_STREAM_EOF;
	else
		result = sl_stream_read(
		    &conn->stream, scratch, SL_RECORD_BYTES, &len);
	if (result == SL_STREAM_BLOCKED)
		return false;
	if (result != SL_STREAM_OK)
		return lose_peer(conn, result);
	if (conn->parser == NULL &&
	    sl_http_parser_new(&conn->parser) != SL_OK) {
		sl_connection_close(conn, SL_CLOSE_MEMORY);
		return false;
	}
	if (len == 0)
		return take_input(conn, sl_buf_slice(&conn->ahead), true);
	return take_input(conn, sl_slice_of(scratch, len), false);
}

bool
sl_connection_may_read_ahead(const struct sl_connection *conn)
{
	switch (conn->state) {
	case SL_CONN_HANDSHAKE:
	case SL_CONN_IDLE:
	case SL_CONN_HEAD:
	case SL_CONN_BODY:
	case SL_CONN_LINGER:
		return true;
	case SL_CONN_ANSWER:
	case SL_CONN_SEND:
	case SL_CONN_PAUSE:
	case SL_CONN_READ:
		/* A body stays in the kernel until it may come. */
		return (conn->exchange == NULL || !conn->exchange->is_unread) &&
		    conn->ahead.max - conn->ahead.len >= SL_RECORD_BYTES;
	case SL_CONN_CLOSED:
		break;
	}
	return false;
}

/* While a response is under way the peer may ask for more, close, or send TLS
 * messages; whoever closes does not want the rest of the response. */
void
sl_connection_read_ahead(struct sl_connection *conn)
{
	unsigned char *scratch = conn->server->scratch;
	size_t len;

	switch (conn->state) {
	case SL_CONN_ANSWER:
	case SL_CONN_SEND:
	case SL_CONN_PAUSE:
	case SL_CONN_READ:
		break;
	case SL_CONN_HANDSHAKE:
	case SL_CONN_IDLE:
	case SL_CONN_HEAD:
	case SL_CONN_BODY:
	case SL_CONN_LINGER:
	case SL_CONN_CLOSED:
		return;
	}
	if (!sl_connection_may_read_ahead(conn))
		return;
	switch (sl_stream_read(&conn->stream, scratch, SL_RECORD_BYTES, &len)) {
	case SL_STREAM_OK:
		if (sl_buf_append(&conn->ahead, scratch, len) != SL_OK)
			sl_connection_close(conn, SL_CLOSE_MEMORY);
		break;
	case SL_STREAM_BLOCKED:
		break;
	case SL_STREAM_EOF:
		sl_connection_close(conn, SL_CLOSE_PEER);
		break;
	case SL_STREAM_FAILED:
		sl_connection_close(conn, SL_CLOSE_RESET);
		break;
	}
}

bool
sl_step_linger(struct sl_connection *conn)
{
	size_t len;

	if (!conn->stream.is_finished) {
		switch (sl_stream_finish(&conn->stream)) {
		case SL_STREAM_OK:
			break;
		case SL_STREAM_BLOCKED:
			return false;
		case SL_STREAM_EOF:
		case SL_STREAM_FAILED:
			sl_connection_close(conn, SL_CLOSE_RESET);
			return false;
		}
	}
	switch (sl_stream_read(
	    &conn->stream, conn->server->scratch, SL_RECORD_BYTES, &len)) {
	case SL_STREAM_OK:
		conn->linger_bytes += len;
		if (conn->linger_bytes <= LINGER_BYTES_MAX)
			return true;
		break;
	case SL_STREAM_BLOCKED:
		return false;
	case SL_STREAM_EOF:
	case SL_STREAM_FAILED:
		break;
	}
	sl_connection_close(conn, SL_CLOSE_DONE);
	return false;
}
