/* File reads that would block the loop, on worker threads. */
#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Enough to keep a disk busy; each connection has at most one read queued. */
#define READER_THREADS 4
/* Asked of the kernel beyond what is read, so that the next reads find their
 * bytes in memory. */
#define READ_AHEAD_BYTES (4u << 20)

static void
run_read(struct sl_job *job)
{
	struct sl_file_read *read = (struct sl_file_read *)((char *)job -
	    offsetof(struct sl_file_read, job));

	do
		read->got = pread(
		    read->fd, read->buffer, read->want, (off_t)read->offset);
	while (read->got < 0 && errno == EINTR);
	(void)posix_fadvise(read->fd, (off_t)(read->offset + read->want),
	    READ_AHEAD_BYTES, POSIX_FADV_WILLNEED);
}

static void
post_read(struct sl_job *job)
{
	struct sl_file_read *read = (struct sl_file_read *)((char *)job -
	    offsetof(struct sl_file_read, job));

	sl_completion_post(read->loop, &read->completion);
}

static void
on_read(struct sl_completion *completion)
{
	struct sl_file_read *read = (struct sl_file_read *)((char *)completion -
	    offsetof(struct sl_file_read, completion));
	struct sl_connection *conn = read->conn;

	read->conn = NULL;
	if (conn == NULL) {
		free(read->buffer);
		free(read);
		return;
	}
	if (conn->state == SL_CONN_CLOSED) {
		TAILQ_INSERT_TAIL(&conn->server->reap, conn, queue);
		sl_defer_arm(conn->server->turn);
		return;
	}
	if (read->got <= 0) {
		sl_connection_close(conn, SL_CLOSE_FILE);
		return;
	}
	sl_connection_enter(conn, SL_CONN_SEND);
	sl_connection_run(conn);
}

void
sl_file_read_begin(struct sl_connection *conn, size_t want)
{
	struct sl_server *server = conn->server;
	const struct sl_body_piece *piece = &conn->exchange->piece;
	struct sl_file_read *read;

	if (server->readers == NULL &&
	    sl_workers_new(&server->readers, READER_THREADS) != SL_OK) {
		sl_connection_close(conn, SL_CLOSE_MEMORY);
		return;
	}
	read = calloc(1, sizeof(*read));
	if (read == NULL) {
		sl_connection_close(conn, SL_CLOSE_MEMORY);
		return;
	}
	read->buffer = sl_pool_take(&server->pool);
	if (read->buffer == NULL) {
		free(read);
		sl_connection_close(conn, SL_CLOSE_MEMORY);
		return;
	}
	read->job.run = run_read;
	read->job.done = post_read;
	read->completion.run = on_read;
	read->loop = server->loop;
	read->conn = conn;
	read->fd = piece->fd;
	read->offset = piece->offset;
	read->want = want;
	conn->read = read;
	server->counters.reads_offloaded++;
	sl_connection_enter(conn, SL_CONN_READ);
	sl_workers_submit(server->readers, &read->job);
}

void
sl_file_read_drop(struct sl_connection *conn)
{
	struct sl_file_read *read = conn->read;

	conn->read = NULL;
	if (read == NULL)
		return;
	if (read->conn != NULL) {
		/* Its completion is still to come and frees it. */
		read->conn = NULL;
		return;
	}
	sl_pool_give(&conn->server->pool, read->buffer);
	free(read);
}
