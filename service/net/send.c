/* Output: from the body source by way of one plaintext stage to the outbox. */
#include "connection.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include "sluice/base/clock.h"

/* "01f000\r\n", the data, "\r\n" (RFC 9112, section 7.1). */
#define CHUNK_HEAD_LEN 8u
#define CHUNK_TAIL_LEN 2u
#define LAST_CHUNK     "0\r\n\r\n"
/* Less room than this is not worth another piece. */
#define ROOM_MIN 512u
/* Pulls for one stage, so that empty pieces do not hold up the loop. */
#define PULLS_MAX 64u

/* Plaintext under way to the outbox: the server's scratch buffer, which never
 * holds anything across callbacks. */
struct stage {
	unsigned char *data;
	size_t used;
	size_t body; /* body bytes among them */
};

static size_t
stage_room(const struct stage *stage)
{
	return SL_BATCH_BYTES - stage->used;
}

static void
add_bytes(struct stage *stage, const void *data, size_t len)
{
	assert(len <= stage_room(stage));
	memcpy(stage->data + stage->used, data, len);
	stage->used += len;
}

/* Up to `max` bytes of the file into `data`: what the page cache has, or what
 * a worker thread has read.  0 with *must_wait set if that is nothing; 0
 * without, the file cannot give them. */
static size_t
read_file(struct sl_connection *conn, unsigned char *data, size_t max,
    bool *must_wait)
{
	const struct sl_body_piece *piece = &conn->exchange->piece;
	const struct iovec iov = {data, max};
	ssize_t got;

	if (conn->read != NULL) {
		got = conn->read->got;
		assert(got > 0 && (size_t)got <= max);
		memcpy(data, conn->read->buffer, (size_t)got);
		sl_file_read_drop(conn);
		return (size_t)got;
	}
	do
		got = preadv2(
		    piece->fd, &iov, 1, (off_t)piece->offset, RWF_NOWAIT);
	while (got < 0 && errno == EINTR);
	*must_wait = got < 0 && (errno == EAGAIN || errno == EOPNOTSUPP);
	return got < 0 ? 0 : (size_t)got;
}

/* Frame what stands behind the chunk head's place, `len` bytes. */
static void
add_framed(struct sl_exchange *exchange, struct stage *stage, size_t len)
{
	char head[CHUNK_HEAD_LEN + 1];

	if (exchange->is_chunked) {
		snprintf(head, sizeof(head), "%06zx\r\n", len);
		memcpy(stage->data + stage->used, head, CHUNK_HEAD_LEN);
		stage->used += CHUNK_HEAD_LEN + len;
		add_bytes(stage, "\r\n", CHUNK_TAIL_LEN);
	} else {
		stage->used += len;
		exchange->body_left -= len;
	}
	stage->body += len;
}

/* Move some of the current piece into the stage.  False: no more can be
 * staged now. */
static bool
stage_piece(struct sl_connection *conn, struct stage *stage)
{
	struct sl_exchange *exchange = conn->exchange;
	struct sl_body_piece *piece = &exchange->piece;
	size_t skip = exchange->is_chunked ? CHUNK_HEAD_LEN : 0;
	size_t max = stage_room(stage) - skip -
	    (exchange->is_chunked ? CHUNK_TAIL_LEN : 0);
	unsigned char *data = stage->data + stage->used + skip;
	bool must_wait = false;
	size_t len;

	if (!exchange->is_file_piece) {
		len = piece->bytes.len < max ? piece->bytes.len : max;
		memcpy(data, piece->bytes.data, len);
		piece->bytes.data += len;
		piece->bytes.len -= len;
		add_framed(exchange, stage, len);
		return true;
	}
	if (piece->len < max)
		max = (size_t)piece->len;
	len = read_file(conn, data, max, &must_wait);
	if (len == 0 && must_wait && stage->used == 0)
		sl_file_read_begin(conn, max);
	if (len == 0 && !must_wait)
		sl_connection_close(conn, SL_CLOSE_FILE);
	if (len == 0)
		return false;
	piece->offset += len;
	piece->len -= len;
	add_framed(exchange, stage, len);
	return true;
}

static bool
has_piece(const struct sl_exchange *exchange)
{
	return exchange->is_file_piece ? exchange->piece.len > 0
	                               : exchange->piece.bytes.len > 0;
}

static bool
end_body(struct sl_connection *conn, struct stage *stage)
{
	struct sl_exchange *exchange = conn->exchange;

	if (exchange->is_chunked)
		add_bytes(stage, LAST_CHUNK, sizeof(LAST_CHUNK) - 1);
	else if (exchange->body_left != 0)
		sl_connection_close(conn, SL_CLOSE_LENGTH);
	exchange->is_complete = true;
	return false;
}

/* Ask the source for its next piece.  False: no more can be staged now. */
static bool
pull_piece(struct sl_connection *conn, struct stage *stage)
{
	struct sl_exchange *exchange = conn->exchange;
	enum sl_body_turn turn;
	uint64_t len;

	exchange->piece = (struct sl_body_piece){.fd = -1};
	exchange->is_file_piece = false;
	exchange->is_resumed = false;
	turn = exchange->source.pull(exchange->source_ctx, &exchange->piece);
	if (conn->state != SL_CONN_SEND)
		return false;
	switch (turn) {
	case SL_BODY_BYTES:
	case SL_BODY_FILE:
		break;
	case SL_BODY_WAIT:
		exchange->is_waiting = !exchange->is_resumed;
		exchange->piece.bytes.len = 0;
		return false;
	case SL_BODY_END:
		exchange->piece.bytes.len = 0;
		return end_body(conn, stage);
	case SL_BODY_ABORT:
		sl_connection_close(conn, SL_CLOSE_SOURCE);
		return false;
	}
	exchange->is_file_piece = turn == SL_BODY_FILE;
	len = exchange->is_file_piece ? exchange->piece.len
	                              : exchange->piece.bytes.len;
	if (!exchange->is_chunked && len > exchange->body_left) {
		sl_connection_close(conn, SL_CLOSE_LENGTH);
		return false;
	}
	return true;
}

static void
stage_pending(struct sl_exchange *exchange, struct stage *stage)
{
	size_t left = exchange->pending.len - exchange->pending_sent;
	size_t room = stage_room(stage);
	size_t len = left < room ? left : room;

	if (len == 0)
		return;
	add_bytes(stage, exchange->pending.data + exchange->pending_sent, len);
	exchange->pending_sent += len;
	if (exchange->pending_sent < exchange->pending.len)
		return;
	sl_buf_clear(&exchange->pending);
	exchange->pending_sent = 0;
	if (!exchange->has_body)
		exchange->is_complete = true;
}

static void
fill_stage(struct sl_connection *conn, struct stage *stage)
{
	struct sl_exchange *exchange = conn->exchange;
	unsigned pulls = 0;

	stage_pending(exchange, stage);
	while (!exchange->is_complete && stage_room(stage) >= ROOM_MIN) {
		if (has_piece(exchange)) {
			if (!stage_piece(conn, stage))
				return;
		} else if (++pulls > PULLS_MAX || !pull_piece(conn, stage)) {
			return;
		}
	}
}

/* The response is with the kernel.  True: run on. */
static bool
complete(struct sl_connection *conn)
{
	sl_exchange_end(conn->exchange, SL_CLOSE_DONE);
	if (conn->state == SL_CONN_CLOSED)
		return false;
	if (conn->is_last || conn->server->is_draining) {
		sl_connection_finish(conn);
		return conn->state == SL_CONN_LINGER;
	}
	if (conn->ahead.len > 0) {
		sl_http_parser_reset(conn->parser);
	} else {
		sl_http_parser_free(conn->parser);
		conn->parser = NULL;
	}
	sl_connection_enter(conn, SL_CONN_IDLE);
	return true;
}

/* Counts what moved and how long we waited for it; only time in which the
 * socket was full counts.  One that takes nothing at all has the stall
 * deadline, which comes first. */
static bool
is_below_floor(struct sl_connection *conn, uint64_t moved, bool is_blocked)
{
	const struct sl_server_settings *settings = &conn->server->settings;
	int64_t now_ms = 0;
	bool is_slow;

	if (is_blocked || conn->blocked_at_ms != 0)
		now_ms = sl_clock_monotonic_ms();
	if (conn->blocked_at_ms != 0)
		conn->waited_ms += now_ms - conn->blocked_at_ms;
	conn->blocked_at_ms = is_blocked ? now_ms : 0;
	conn->waited_bytes += moved;
	if (conn->waited_ms < (int64_t)settings->floor_ms)
		return false;
	is_slow = conn->waited_bytes * 1000 / (uint64_t)conn->waited_ms <
	    settings->floor_bytes_per_s;
	conn->waited_ms = 0;
	conn->waited_bytes = 0;
	return is_slow;
}

/* Outbox to socket.  True: it is empty. */
static bool
flush(struct sl_connection *conn)
{
	uint64_t before = *conn->stream.wire_bytes;
	enum sl_stream_result result = sl_stream_flush(&conn->stream);
	uint64_t moved = *conn->stream.wire_bytes - before;

	if (result == SL_STREAM_FAILED) {
		sl_connection_close(conn, SL_CLOSE_RESET);
		return false;
	}
	if (is_below_floor(conn, moved, result == SL_STREAM_BLOCKED)) {
		conn->server->counters.deadlines++;
		sl_connection_close(conn, SL_CLOSE_SLOW);
		return false;
	}
	if (moved > 0)
		sl_connection_deadline(conn, conn->server->settings.stall_ms);
	if (result != SL_STREAM_OK)
		return false;
	conn->exchange->sent += conn->body_in_outbox;
	conn->body_in_outbox = 0;
	return true;
}

bool
sl_step_send(struct sl_connection *conn, unsigned *batches)
{
	struct sl_exchange *exchange = conn->exchange;
	struct stage stage = {.data = conn->server->scratch};

	if (!flush(conn))
		return false;
	if (exchange->is_complete)
		return complete(conn);
	if (exchange->is_waiting) {
		sl_connection_enter(conn, SL_CONN_PAUSE);
		return false;
	}
	if (*batches == 0) {
		sl_connection_ready(conn);
		return false;
	}
	(*batches)--;
	fill_stage(conn, &stage);
	if (conn->state == SL_CONN_CLOSED || conn->state == SL_CONN_READ)
		return false;
	if (sl_stream_write(&conn->stream, stage.data, stage.used) !=
	    SL_STREAM_OK) {
		sl_connection_close(conn, SL_CLOSE_RESET);
		return false;
	}
	conn->body_in_outbox = stage.body;
	return true;
}
