/* Bytes over one socket, with TLS or without; for this folder only.
 *
 * What is written goes to an outbox first, and from there to the kernel in
 * large pieces.  The outbox borrows its memory from the pool only while it
 * holds bytes.  Never blocks. */
#ifndef SL_NET_STREAM_H
#define SL_NET_STREAM_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "pool.h"
#include "sluice/base/status.h"

struct sl_stream {
	int fd;
	SSL *ssl; /* NULL without TLS */
	struct sl_pool *pool;
	uint64_t *wire_bytes; /* counter to add to */
	/* Outbox: bytes not yet taken by the kernel. */
	unsigned char *out;
	size_t out_start;
	size_t out_len; /* from out_start */
	bool is_established;
	bool is_finished; /* we sent our last byte */
	bool is_eof;      /* the peer's FIN was read */
};

enum sl_stream_result {
	SL_STREAM_OK,
	SL_STREAM_BLOCKED, /* the socket has to become ready first */
	SL_STREAM_EOF,     /* the peer ended its side */
	SL_STREAM_FAILED,  /* reset, or not TLS */
};

/* Takes the fd on success.  `ctx` NULL: no TLS. */
SL_MUST_CHECK enum sl_status sl_stream_init(struct sl_stream *stream, int fd,
    SSL_CTX *ctx, struct sl_pool *pool, uint64_t *wire_bytes);

/* OK once the TLS handshake is complete. */
SL_MUST_CHECK enum sl_stream_result sl_stream_handshake(
    struct sl_stream *stream);

/* At most one TLS record's worth; `max` must be SL_RECORD_BYTES or more. */
SL_MUST_CHECK enum sl_stream_result sl_stream_read(
    struct sl_stream *stream, void *data, size_t max, size_t *out_len);

/* Into the outbox, all or FAILED: at most SL_BATCH_BYTES, and only when
 * nothing but handshake messages can be in it. */
SL_MUST_CHECK enum sl_stream_result sl_stream_write(
    struct sl_stream *stream, const void *data, size_t len);

/* Outbox to kernel: OK when it is empty. */
SL_MUST_CHECK enum sl_stream_result sl_stream_flush(struct sl_stream *stream);

/* Whether a read may be tried: TLS may have to answer what it reads. */
bool sl_stream_has_room(const struct sl_stream *stream);

/* Say goodbye in order: close_notify, then FIN once the outbox is empty. */
SL_MUST_CHECK enum sl_stream_result sl_stream_finish(struct sl_stream *stream);

/* Close the socket; with `reset` the peer gets an RST at once. */
void sl_stream_close(struct sl_stream *stream, bool reset);

#endif /* SL_NET_STREAM_H */
