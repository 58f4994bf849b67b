/* An HTTP/1.1 server on one listening socket, with TLS or without.
 *
 * One loop, no other state shared; a worker process makes its own after the
 * fork.  Every wait on a peer has a deadline from the settings.  Loop thread
 * only. */
#ifndef SLUICE_NET_SERVER_H
#define SLUICE_NET_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/net/exchange.h"

struct sl_loop;
struct sl_server;
struct sl_tls_context;

/* Zero in a number means its default. */
struct sl_server_settings {
	struct sl_tls_context *tls; /* borrowed; NULL serves plain HTTP */
	unsigned connections_max;   /* more wait in the backlog; 10000 */
	uint32_t handshake_ms;      /* whole TLS handshake; 10000 */
	uint32_t header_ms;         /* whole head, from its first byte; 10000 */
	uint32_t body_ms;           /* whole request body; 30000 */
	/* The request bodies that are let come, in all; 64 MiB. */
	size_t bodies_max_bytes;
	uint32_t stall_ms; /* the kernel takes nothing more; 30000 */
	/* The least that a peer must read on average, over so much time that we
	 * wait for it; 1024, 60000. */
	uint32_t floor_bytes_per_s;
	uint32_t floor_ms;
	uint32_t idle_ms; /* between requests, and before the first; 60000 */
	/* How long we wait for a peer to close after us, reading what it still
	 * sends: a close before that would reset the connection and lose our
	 * last words; 2000. */
	uint32_t linger_ms;
};

struct sl_server_handler {
	/* The head of a request with a body is there: how many bytes the body
	 * may have.  More is answered 413.  NULL allows none. */
	size_t (*body_max)(void *ctx, const struct sl_http_request *request);
	/* A head, or a whole request if it announces no body: answer it, or
	 * have the body come by sl_exchange_receive(), now or later. */
	void (*on_request)(void *ctx, struct sl_exchange *exchange);
};

/* Since the server was made, except the first two. */
struct sl_server_counters {
	uint64_t connections; /* open now */
	uint64_t exchanges;   /* open now */
	uint64_t accepted;    /* connections */
	uint64_t handshakes_failed;
	uint64_t requests;         /* whole heads */
	uint64_t requests_refused; /* by the parser */
	uint64_t deadlines;        /* connections closed by one */
	uint64_t wire_bytes;       /* to the sockets, TLS included */
	uint64_t reads_offloaded;  /* file reads that would have blocked */
};

/* `listen_fd` is non-blocking and stays the caller's; `handler` is copied.
 * Accepts as soon as the loop runs. */
SL_MUST_CHECK enum sl_status sl_server_new(struct sl_server **out,
    struct sl_loop *loop, int listen_fd,
    const struct sl_server_settings *settings,
    const struct sl_server_handler *handler, void *ctx, struct sl_error *err);

/* Stop accepting, close idle connections, let open exchanges end; what is
 * left after `deadline_ms` is reset (reason DRAIN).  `on_drained` is called
 * once, from the loop, when no connection is left; it may free the server. */
void sl_server_drain(struct sl_server *server, uint32_t deadline_ms,
    void (*on_drained)(void *ctx), void *ctx);

void sl_server_counters_get(
    const struct sl_server *server, struct sl_server_counters *out);

/* Resets what is open; closed functions are called from inside, with DRAIN.
 * Never from a callback of this server, except on_drained.  NULL is allowed. */
void sl_server_free(struct sl_server *server);

#endif /* SLUICE_NET_SERVER_H */
