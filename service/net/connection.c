/* A connection: its states, deadlines and end. */
#include "connection.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/clock.h"
#include "tls.h"

/* One connection's share of a turn, in batches. */
#define BATCHES_PER_TURN 2
/* Input that may wait behind a request, and what one read can add to it. */
#define AHEAD_MAX ((size_t)SL_RECORD_BYTES * 2)

#define TO(state) (1u << SL_CONN_##state)

/* Which states may follow which. */
static const unsigned legal_moves[] = {
    [SL_CONN_HANDSHAKE] = TO(IDLE) | TO(CLOSED),
    [SL_CONN_IDLE] = TO(HEAD) | TO(LINGER) | TO(CLOSED),
    [SL_CONN_HEAD] = TO(ANSWER) | TO(SEND) | TO(LINGER) | TO(CLOSED),
    [SL_CONN_BODY] = TO(ANSWER) | TO(SEND) | TO(CLOSED),
    [SL_CONN_ANSWER] = TO(BODY) | TO(SEND) | TO(CLOSED),
    [SL_CONN_SEND] = TO(PAUSE) | TO(READ) | TO(IDLE) | TO(LINGER) | TO(CLOSED),
    [SL_CONN_PAUSE] = TO(SEND) | TO(CLOSED),
    [SL_CONN_READ] = TO(SEND) | TO(CLOSED),
    [SL_CONN_LINGER] = TO(CLOSED),
    [SL_CONN_CLOSED] = 0,
};

static uint32_t
state_deadline(const struct sl_connection *conn, enum sl_conn_state state)
{
	const struct sl_server_settings *settings = &conn->server->settings;

	switch (state) {
	case SL_CONN_HANDSHAKE:
		return settings->handshake_ms;
	case SL_CONN_IDLE:
		return settings->idle_ms;
	case SL_CONN_HEAD:
		return settings->header_ms;
	case SL_CONN_BODY:
		return settings->body_ms;
	case SL_CONN_SEND:
		return settings->stall_ms;
	case SL_CONN_LINGER:
		return settings->linger_ms;
	/* These wait for our own side, which has deadlines of its own. */
	case SL_CONN_ANSWER:
	case SL_CONN_PAUSE:
	case SL_CONN_READ:
	case SL_CONN_CLOSED:
		break;
	}
	return 0;
}

void
sl_connection_enter(struct sl_connection *conn, enum sl_conn_state state)
{
	assert((legal_moves[conn->state] & (1u << state)) != 0);
	conn->state = state;
	sl_connection_deadline(conn, state_deadline(conn, state));
}

/* The timer is only moved when it would fire too late; one that fires early
 * starts itself again.  So progress costs a store, not a heap operation. */
void
sl_connection_deadline(struct sl_connection *conn, uint32_t ms)
{
	if (ms == 0) {
		conn->deadline_ms = 0;
		return;
	}
	conn->deadline_ms = sl_clock_monotonic_ms() + ms;
	if (conn->timer_at_ms != 0 && conn->timer_at_ms <= conn->deadline_ms)
		return;
	conn->timer_at_ms = conn->deadline_ms;
	sl_timer_start(conn->timer, ms);
}

static void
on_deadline_passed(struct sl_connection *conn)
{
	conn->server->counters.deadlines++;
	switch (conn->state) {
	case SL_CONN_IDLE:
		sl_connection_finish(conn);
		break;
	case SL_CONN_HEAD:
		sl_connection_refuse(conn, 408, "request took too long");
		break;
	case SL_CONN_BODY:
		sl_connection_fail_body(conn, SL_ERR_TIMEOUT);
		break;
	case SL_CONN_SEND:
		sl_connection_close(conn, SL_CLOSE_STALL);
		break;
	case SL_CONN_HANDSHAKE:
	case SL_CONN_LINGER:
		sl_connection_close(conn, SL_CLOSE_RESET);
		break;
	case SL_CONN_ANSWER:
	case SL_CONN_PAUSE:
	case SL_CONN_READ:
		if (conn->stream.out_len > 0)
			sl_connection_close(conn, SL_CLOSE_STALL);
		break;
	case SL_CONN_CLOSED:
		break;
	}
	sl_connection_run(conn);
}

static void
on_timer(void *ctx)
{
	struct sl_connection *conn = ctx;
	int64_t now = sl_clock_monotonic_ms();

	conn->timer_at_ms = 0;
	if (conn->deadline_ms == 0)
		return;
	if (now < conn->deadline_ms) {
		conn->timer_at_ms = conn->deadline_ms;
		sl_timer_start(
		    conn->timer, (uint64_t)(conn->deadline_ms - now));
		return;
	}
	conn->deadline_ms = 0;
	on_deadline_passed(conn);
}

static void
on_ready(void *ctx, unsigned ready)
{
	struct sl_connection *conn = ctx;

	if ((ready & SL_IO_READ) != 0)
		sl_connection_read_ahead(conn);
	sl_connection_run(conn);
}

enum sl_status
sl_connection_new(struct sl_server *server, int fd, const struct sockaddr *peer,
    socklen_t peer_len)
{
	struct sl_tls_context *tls = server->settings.tls;
	struct sl_connection *conn;
	enum sl_status status = SL_ERR_NOMEM;

	conn = calloc(1, sizeof(*conn));
	if (conn == NULL) {
		close(fd);
		return SL_ERR_NOMEM;
	}
	conn->server = server;
	sl_buf_init(&conn->ahead, AHEAD_MAX);
	if (peer_len <= sizeof(conn->peer))
		memcpy(&conn->peer, peer, peer_len);
	status = sl_stream_init(&conn->stream, fd,
	    tls == NULL ? NULL : sl_tls_context_current(tls), &server->pool,
	    &server->counters.wire_bytes);
	if (status == SL_OK)
		status = sl_io_new(&conn->io, server->loop, fd, on_ready, conn);
	if (status == SL_OK)
		status =
		    sl_timer_new(&conn->timer, server->loop, on_timer, conn);
	if (status == SL_OK)
		status = sl_io_want(conn->io, SL_IO_READ);
	if (status != SL_OK) {
		sl_timer_free(conn->timer);
		sl_io_free(conn->io);
		sl_stream_close(&conn->stream, true);
		free(conn);
		return status;
	}
	TAILQ_INSERT_TAIL(&server->all, conn, all);
	server->counters.connections++;
	sl_connection_deadline(conn, state_deadline(conn, SL_CONN_HANDSHAKE));
	if (tls == NULL)
		sl_connection_ready(conn);
	return SL_OK;
}

void
sl_connection_ready(struct sl_connection *conn)
{
	struct sl_server *server = conn->server;

	if (conn->is_ready || conn->state == SL_CONN_CLOSED)
		return;
	conn->is_ready = true;
	server->ready_count++;
	TAILQ_INSERT_TAIL(&server->ready, conn, queue);
	sl_defer_arm(server->turn);
}

/* Where the peer must not take what it got for the whole. */
static bool
must_reset(enum sl_close_reason reason)
{
	switch (reason) {
	case SL_CLOSE_DONE:
	case SL_CLOSE_PEER:
	case SL_CLOSE_RESET:
		return false;
	case SL_CLOSE_STALL:
	case SL_CLOSE_SLOW:
	case SL_CLOSE_SOURCE:
	case SL_CLOSE_LENGTH:
	case SL_CLOSE_FILE:
	case SL_CLOSE_KICKED:
	case SL_CLOSE_DRAIN:
	case SL_CLOSE_MEMORY:
		break;
	}
	return true;
}

void
sl_connection_close(struct sl_connection *conn, enum sl_close_reason reason)
{
	struct sl_server *server = conn->server;

	if (conn->state == SL_CONN_CLOSED)
		return;
	sl_connection_enter(conn, SL_CONN_CLOSED);
	conn->reason = reason;
	sl_io_free(conn->io);
	conn->io = NULL;
	sl_timer_free(conn->timer);
	conn->timer = NULL;
	sl_stream_close(&conn->stream, must_reset(reason));
	if (conn->is_ready) {
		conn->is_ready = false;
		server->ready_count--;
		TAILQ_REMOVE(&server->ready, conn, queue);
	}
	/* A read under way still uses the source's descriptor: its completion
	 * hands the connection on to be reaped. */
	if (conn->read != NULL && conn->read->conn != NULL)
		return;
	TAILQ_INSERT_TAIL(&server->reap, conn, queue);
	sl_defer_arm(server->turn);
}

void
sl_connection_finish(struct sl_connection *conn)
{
	switch (sl_stream_finish(&conn->stream)) {
	case SL_STREAM_OK:
	case SL_STREAM_BLOCKED:
		if (conn->is_eof && conn->stream.is_finished)
			sl_connection_close(conn, SL_CLOSE_DONE);
		else
			sl_connection_enter(conn, SL_CONN_LINGER);
		break;
	case SL_STREAM_EOF:
	case SL_STREAM_FAILED:
		sl_connection_close(conn, SL_CLOSE_RESET);
		break;
	}
}

void
sl_connection_reap(struct sl_connection *conn)
{
	struct sl_server *server = conn->server;

	if (conn->exchange != NULL)
		sl_exchange_end(conn->exchange, conn->reason);
	sl_file_read_drop(conn);
	sl_http_parser_free(conn->parser);
	sl_buf_clear(&conn->ahead);
	sl_server_forget(server, conn);
	free(conn);
}

/* One step; true to go on at once. */
static bool
step(struct sl_connection *conn, unsigned *batches)
{
	switch (conn->state) {
	case SL_CONN_HANDSHAKE:
		switch (sl_stream_handshake(&conn->stream)) {
		case SL_STREAM_OK:
			sl_connection_enter(conn, SL_CONN_IDLE);
			return true;
		case SL_STREAM_BLOCKED:
			return false;
		case SL_STREAM_EOF:
		case SL_STREAM_FAILED:
			conn->server->counters.handshakes_failed++;
			sl_connection_close(conn, SL_CLOSE_RESET);
			return false;
		}
		return false;
	case SL_CONN_IDLE:
	case SL_CONN_HEAD:
	case SL_CONN_BODY:
		return sl_step_receive(conn);
	case SL_CONN_SEND:
		return sl_step_send(conn, batches);
	case SL_CONN_LINGER:
		return sl_step_linger(conn);
	case SL_CONN_ANSWER:
	case SL_CONN_PAUSE:
	case SL_CONN_READ:
	case SL_CONN_CLOSED:
		break;
	}
	return false;
}

/* What the socket must be ready for before there is something to do.  Input
 * may make TLS answer, so there must be room for that. */
static unsigned
wanted_readiness(const struct sl_connection *conn)
{
	unsigned wanted = 0;

	if (conn->stream.out_len > 0)
		wanted |= SL_IO_WRITE;
	if (!conn->is_eof && sl_stream_has_room(&conn->stream) &&
	    sl_connection_may_read_ahead(conn))
		wanted |= SL_IO_READ;
	return wanted;
}

/* Answers of TLS that the peer does not read, while nothing else has a
 * deadline. */
static void
watch_outbox(struct sl_connection *conn)
{
	if (conn->stream.out_len > 0 && conn->deadline_ms == 0)
		sl_connection_deadline(conn, conn->server->settings.stall_ms);
}

void
sl_connection_run(struct sl_connection *conn)
{
	unsigned batches = BATCHES_PER_TURN;

	if (conn->is_running || conn->state == SL_CONN_CLOSED)
		return;
	conn->is_running = true;
	while (step(conn, &batches))
		continue;
	conn->is_running = false;
	if (conn->state == SL_CONN_CLOSED)
		return;
	/* TLS may have put an answer of its own into the outbox. */
	if (conn->state != SL_CONN_SEND && conn->state != SL_CONN_LINGER &&
	    sl_stream_flush(&conn->stream) == SL_STREAM_FAILED) {
		sl_connection_close(conn, SL_CLOSE_RESET);
		return;
	}
	watch_outbox(conn);
	if (sl_io_want(conn->io, wanted_readiness(conn)) != SL_OK)
		sl_connection_close(conn, SL_CLOSE_MEMORY);
}
