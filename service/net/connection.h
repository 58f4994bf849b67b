/* What a server, its connections and their exchanges know of each other; for
 * this folder only.
 *
 * A server owns connections; a connection owns its stream, its parser and at
 * most one exchange.  A connection that has closed goes to the server's reap
 * list and is freed by the server's next turn, so nothing is freed under its
 * own callback. */
#ifndef SL_NET_CONNECTION_H
#define SL_NET_CONNECTION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "sluice/base/buf.h"
#include "sluice/base/workers.h"
#include "sluice/loop/completion.h"
#include "sluice/loop/defer.h"
#include "sluice/loop/io.h"
#include "sluice/loop/timer.h"
#include "sluice/net/server.h"
#include "stream.h"

enum sl_conn_state {
	SL_CONN_HANDSHAKE, /* waits for the peer's part of the TLS handshake */
	SL_CONN_IDLE,      /* waits for the first byte of a request */
	SL_CONN_HEAD,      /* waits for the rest of a head */
	SL_CONN_BODY,      /* waits for the rest of a body that may come */
	SL_CONN_ANSWER,    /* waits for the handler: body or answer */
	SL_CONN_SEND,      /* waits for room in the socket, or for its turn */
	SL_CONN_PAUSE,     /* waits for sl_exchange_resume() */
	SL_CONN_READ,      /* waits for a worker thread to read a file */
	SL_CONN_LINGER,    /* all said; waits for the peer's end */
	SL_CONN_CLOSED,    /* socket gone; waits to be reaped; final */
};

struct sl_exchange {
	struct sl_connection *conn;
	const struct sl_http_request *request; /* NULL: our own refusal */
	char peer_address[INET6_ADDRSTRLEN];   /* made with the text */
	char peer_text[64];                    /* made when asked for */

	sl_exchange_closed_fn *closed;
	void *closed_ctx;

	/* Request body. */
	bool is_unread;               /* announced, and not here yet */
	sl_exchange_body_fn *on_body; /* NULL: it was not asked for */
	void *on_body_ctx;
	size_t body_budget; /* what it has of the server's */

	/* Response: `pending` goes out first, then what the source gives. */
	struct sl_buf pending;
	size_t pending_sent;
	struct sl_body_source source;
	void *source_ctx;
	struct sl_body_piece piece; /* what is left of the last pull */
	bool is_file_piece;
	uint64_t body_left; /* of Content-Length */
	uint64_t sent;

	bool is_answered;
	bool has_source; /* its closed function is still due */
	bool has_body;   /* the source is to be pulled */
	bool is_chunked;
	bool is_waiting;  /* the source said WAIT */
	bool is_resumed;  /* and was resumed since the pull began */
	bool is_complete; /* all of the response is in the outbox */
	bool is_over;     /* closed functions are being called */
};

/* A file read on a worker thread.  Lives until its completion has run, also
 * when the connection is gone by then. */
struct sl_file_read {
	struct sl_job job;
	struct sl_completion completion;
	struct sl_loop *loop;
	struct sl_connection *conn; /* NULL once nobody waits for it */
	unsigned char *buffer;      /* SL_BUFFER_BYTES, from the pool */
	int fd;
	uint64_t offset;
	size_t want;
	ssize_t got; /* -1: failed */
};

struct sl_connection {
	struct sl_server *server;
	enum sl_conn_state state;
	enum sl_close_reason reason; /* once closed */
	struct sl_stream stream;
	struct sl_io *io;
	struct sl_timer *timer;
	int64_t deadline_ms; /* 0: none */
	int64_t timer_at_ms; /* when the timer fires; 0: not running */

	struct sl_http_parser *parser; /* NULL while idle */
	struct sl_buf ahead;           /* input behind the request under way */
	struct sl_exchange *exchange;
	struct sl_file_read *read; /* under way, or done and not yet used */
	size_t body_in_outbox;     /* body bytes among what is in the outbox */
	uint64_t linger_bytes;
	/* How fast the peer reads while we wait for it. */
	int64_t blocked_at_ms; /* 0: the kernel took all */
	int64_t waited_ms;
	uint64_t waited_bytes;

	bool is_last;    /* close after the exchange under way */
	bool is_eof;     /* the peer sends no more */
	bool is_running; /* sl_connection_run() is on the stack */
	bool is_ready;   /* on the server's ready list */

	TAILQ_ENTRY(sl_connection) all;   /* every one of the server */
	TAILQ_ENTRY(sl_connection) queue; /* ready or reap list */
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} peer;
};

TAILQ_HEAD(sl_connection_list, sl_connection);

struct sl_server {
	struct sl_loop *loop;
	struct sl_server_settings settings;
	struct sl_server_handler handler;
	void *ctx;
	int listen_fd;
	struct sl_io *accept_io;
	struct sl_timer *accept_pause; /* after running out of descriptors */
	struct sl_defer *turn;
	struct sl_connection_list all;
	struct sl_connection_list ready;
	struct sl_connection_list reap;
	unsigned ready_count;
	struct sl_server_counters counters;
	size_t bodies_bytes; /* of settings.bodies_max_bytes */
	struct sl_pool pool;
	struct sl_workers *readers; /* made when first needed */
	unsigned char *scratch;     /* SL_BUFFER_BYTES, for one callback */
	int64_t date_second;
	char date_text[32];

	struct sl_timer *drain_timer;
	bool is_draining;
	void (*on_drained)(void *ctx);
	void *drained_ctx;
};

/* connection.c */

/* Takes the fd, also on failure. */
SL_MUST_CHECK enum sl_status sl_connection_new(struct sl_server *server, int fd,
    const struct sockaddr *peer, socklen_t peer_len);

/* Go on as far as possible without waiting. */
void sl_connection_run(struct sl_connection *conn);

/* Reset or close the socket now; the rest follows at the next turn. */
void sl_connection_close(
    struct sl_connection *conn, enum sl_close_reason reason);

/* End in good order: close_notify, FIN, then wait shortly for the peer. */
void sl_connection_finish(struct sl_connection *conn);

/* From the server's turn: closed functions, then free. */
void sl_connection_reap(struct sl_connection *conn);

/* The one place where the state changes.  Sets the new state's deadline. */
void sl_connection_enter(struct sl_connection *conn, enum sl_conn_state state);

/* Deadline from now; 0 for none. */
void sl_connection_deadline(struct sl_connection *conn, uint32_t ms);

/* Have sl_connection_run() called soon. */
void sl_connection_ready(struct sl_connection *conn);

/* receive.c: the steps that take input.  True: run on. */
bool sl_step_receive(struct sl_connection *conn);
bool sl_step_linger(struct sl_connection *conn);

/* The body did not come, for `why`; its owner answers that. */
void sl_connection_fail_body(struct sl_connection *conn, enum sl_status why);

/* Give back the exchange's part of the server's budget. */
void sl_connection_drop_body(struct sl_connection *conn);

/* Take what the peer sends while a response is under way. */
void sl_connection_read_ahead(struct sl_connection *conn);
bool sl_connection_may_read_ahead(const struct sl_connection *conn);

/* send.c: the step that gives output.  True: run on. */
bool sl_step_send(struct sl_connection *conn, unsigned *batches);

/* file_read.c */

/* Read [offset, offset+want) of the piece's file on a worker thread and enter
 * SL_CONN_READ; closes the connection if that cannot be. */
void sl_file_read_begin(struct sl_connection *conn, size_t want);

/* Let go of the read under way, or drop the one that is done. */
void sl_file_read_drop(struct sl_connection *conn);

/* exchange.c */

SL_MUST_CHECK enum sl_status sl_exchange_new(
    struct sl_connection *conn, const struct sl_http_request *request);

/* Call the closed functions and free. */
void sl_exchange_end(struct sl_exchange *exchange, enum sl_close_reason reason);

/* Answer what the parser refused and close after it. */
void sl_connection_refuse(
    struct sl_connection *conn, unsigned status, const char *why);

/* response.c */

/* Status line and fields into exchange->pending.  `content_len` counts unless
 * chunked. */
SL_MUST_CHECK enum sl_status sl_response_write_head(
    struct sl_exchange *exchange, const struct sl_response *response);

/* Whether a response to the request carries a body at all. */
bool sl_response_has_body(const struct sl_exchange *exchange, unsigned status);

/* server.c */

void sl_server_forget(struct sl_server *server, struct sl_connection *conn);

#endif /* SL_NET_CONNECTION_H */
