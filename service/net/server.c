/* Accepting, bounding, draining and reaping of connections. */
#include "sluice/net/server.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"

/* Connections taken from the backlog in one callback. */
#define ACCEPTS_PER_TURN 32
/* Wait after the process ran out of descriptors or memory. */
#define ACCEPT_PAUSE_MS 100
/* Kernel memory a slow reader may hold; a fixed size keeps the kernel from
 * growing it to megabytes for each of thousands of connections. */
#define SEND_BUFFER_BYTES (256 * 1024)
#define KERNEL_GRACE_MS   30000u
/* Ten of the largest bodies that any route takes, or the usual ones of a
 * thousand clients; with it a worker's memory is bounded whoever sends. */
#define BODIES_MAX_BYTES ((size_t)64 << 20)
#define KEEPALIVE_IDLE_S 60

static void
set_number(uint32_t *number, uint32_t fallback)
{
	if (*number == 0)
		*number = fallback;
}

static void
set_defaults(struct sl_server_settings *settings)
{
	if (settings->connections_max == 0)
		settings->connections_max = 10000;
	set_number(&settings->handshake_ms, 10000);
	set_number(&settings->header_ms, 10000);
	set_number(&settings->body_ms, 30000);
	if (settings->bodies_max_bytes == 0)
		settings->bodies_max_bytes = BODIES_MAX_BYTES;
	set_number(&settings->stall_ms, 30000);
	set_number(&settings->floor_bytes_per_s, 1024);
	set_number(&settings->floor_ms, 60000);
	set_number(&settings->idle_ms, 60000);
	set_number(&settings->linger_ms, 2000);
}

/* Best effort: a connection works without any of these. */
static void
set_options(const struct sl_server *server, int fd)
{
	const int on = 1;
	const int size = SEND_BUFFER_BYTES;
	const int idle = KEEPALIVE_IDLE_S;
	/* For what is in the kernel's hands; ours have the stall deadline,
	 * which comes first because it knows a better reason, also when this
	 * process was kept waiting for a processor. */
	const unsigned user_ms =
	    server->settings.stall_ms < UINT32_MAX - KERNEL_GRACE_MS
	    ? server->settings.stall_ms + KERNEL_GRACE_MS
	    : 0;

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(
	    fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_ms, sizeof(user_ms));
}

static void
update_accepting(struct sl_server *server)
{
	bool wants = !server->is_draining &&
	    !sl_timer_is_running(server->accept_pause) &&
	    server->counters.connections < server->settings.connections_max;

	if (sl_io_want(server->accept_io, wants ? SL_IO_READ : 0) != SL_OK)
		sl_timer_start(server->accept_pause, ACCEPT_PAUSE_MS);
}

static void
on_accept_pause(void *ctx)
{
	update_accepting(ctx);
}

/* False: nothing more to accept now. */
static bool
accept_one(struct sl_server *server)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	int fd;

	if (server->counters.connections >= server->settings.connections_max)
		return false;
	fd = accept4(server->listen_fd, (struct sockaddr *)&peer, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		/* Errors of one connection are passed over; see accept(2). */
		if (errno == ECONNABORTED || errno == EINTR || errno == EPROTO)
			return true;
		if (errno != EAGAIN)
			sl_timer_start(server->accept_pause, ACCEPT_PAUSE_MS);
		return false;
	}
	server->counters.accepted++;
	set_options(server, fd);
	if (sl_connection_new(
	        server, fd, (const struct sockaddr *)&peer, len) != SL_OK) {
		sl_timer_start(server->accept_pause, ACCEPT_PAUSE_MS);
		return false;
	}
	return true;
}

static void
on_acceptable(void *ctx, unsigned ready)
{
	struct sl_server *server = ctx;

	(void)ready;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		if (!accept_one(server))
			break;
	}
	update_accepting(server);
}

static void
finish_drain(struct sl_server *server)
{
	void (*on_drained)(void *ctx) = server->on_drained;

	if (!server->is_draining || on_drained == NULL ||
	    server->counters.connections > 0)
		return;
	server->on_drained = NULL;
	sl_timer_stop(server->drain_timer);
	on_drained(server->drained_ctx);
	/* server may be gone */
}

static void
reap_all(struct sl_server *server)
{
	struct sl_connection *conn;

	while ((conn = TAILQ_FIRST(&server->reap)) != NULL) {
		TAILQ_REMOVE(&server->reap, conn, queue);
		sl_connection_reap(conn);
	}
}

/* Runs what is ready, each once, then frees what has closed. */
static void
on_turn(void *ctx)
{
	struct sl_server *server = ctx;
	struct sl_connection *conn;
	unsigned count = server->ready_count;

	while (count-- > 0 && (conn = TAILQ_FIRST(&server->ready)) != NULL) {
		TAILQ_REMOVE(&server->ready, conn, queue);
		server->ready_count--;
		conn->is_ready = false;
		sl_connection_run(conn);
	}
	reap_all(server);
	update_accepting(server);
	if (!TAILQ_EMPTY(&server->ready))
		sl_defer_arm(server->turn);
	finish_drain(server);
}

void
sl_server_forget(struct sl_server *server, struct sl_connection *conn)
{
	TAILQ_REMOVE(&server->all, conn, all);
	server->counters.connections--;
}

static void
close_all(struct sl_server *server)
{
	struct sl_connection *conn;
	struct sl_connection *next;

	for (conn = TAILQ_FIRST(&server->all); conn != NULL; conn = next) {
		next = TAILQ_NEXT(conn, all);
		sl_connection_close(conn, SL_CLOSE_DRAIN);
	}
}

static void
on_drain_deadline(void *ctx)
{
	close_all(ctx);
}

static enum sl_status
make_parts(struct sl_server *server)
{
	struct sl_loop *loop = server->loop;
	enum sl_status status;

	server->scratch = sl_pool_take(&server->pool);
	if (server->scratch == NULL)
		return SL_ERR_NOMEM;
	status = sl_defer_new(&server->turn, loop, on_turn, server);
	if (status == SL_OK)
		status = sl_timer_new(
		    &server->accept_pause, loop, on_accept_pause, server);
	if (status == SL_OK)
		status = sl_timer_new(
		    &server->drain_timer, loop, on_drain_deadline, server);
	if (status == SL_OK)
		status = sl_io_new(&server->accept_io, loop, server->listen_fd,
		    on_acceptable, server);
	if (status == SL_OK)
		status = sl_io_want(server->accept_io, SL_IO_READ);
	return status;
}

enum sl_status
sl_server_new(struct sl_server **out, struct sl_loop *loop, int listen_fd,
    const struct sl_server_settings *settings,
    const struct sl_server_handler *handler, void *ctx, struct sl_error *err)
{
	struct sl_server *server;
	enum sl_status status;

	*out = NULL;
	server = calloc(1, sizeof(*server));
	if (server == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	server->loop = loop;
	server->listen_fd = listen_fd;
	server->settings = *settings;
	set_defaults(&server->settings);
	server->handler = *handler;
	server->ctx = ctx;
	TAILQ_INIT(&server->all);
	TAILQ_INIT(&server->ready);
	TAILQ_INIT(&server->reap);
	status = make_parts(server);
	if (status != SL_OK) {
		sl_server_free(server);
		return sl_error_set(err, status, "cannot start the server");
	}
	*out = server;
	return SL_OK;
}

void
sl_server_drain(struct sl_server *server, uint32_t deadline_ms,
    void (*on_drained)(void *ctx), void *ctx)
{
	struct sl_connection *conn;

	server->is_draining = true;
	server->on_drained = on_drained;
	server->drained_ctx = ctx;
	update_accepting(server);
	sl_timer_start(server->drain_timer, deadline_ms);
	TAILQ_FOREACH(conn, &server->all, all)
	{
		if (conn->state == SL_CONN_IDLE)
			sl_connection_ready(conn);
		if (conn->state == SL_CONN_HANDSHAKE)
			sl_connection_close(conn, SL_CLOSE_DRAIN);
	}
	sl_defer_arm(server->turn);
}

void
sl_server_counters_get(
    const struct sl_server *server, struct sl_server_counters *out)
{
	*out = server->counters;
}

/* Reads are over once their threads are joined: nothing uses a source's
 * descriptor any more, so its connection can go. */
static void
orphan_reads(struct sl_server *server)
{
	struct sl_connection *conn;

	sl_workers_free(server->readers);
	server->readers = NULL;
	TAILQ_FOREACH(conn, &server->all, all)
	{
		if (conn->read == NULL || conn->read->conn == NULL)
			continue;
		sl_file_read_drop(conn);
		if (conn->state == SL_CONN_CLOSED)
			TAILQ_INSERT_TAIL(&server->reap, conn, queue);
	}
}

void
sl_server_free(struct sl_server *server)
{
	if (server == NULL)
		return;
	orphan_reads(server);
	if (server->turn != NULL) {
		close_all(server);
		reap_all(server);
	}
	sl_io_free(server->accept_io);
	sl_timer_free(server->accept_pause);
	sl_timer_free(server->drain_timer);
	sl_defer_free(server->turn);
	sl_pool_give(&server->pool, server->scratch);
	sl_pool_clear(&server->pool);
	free(server);
}
