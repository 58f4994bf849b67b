/* One request and its response.
 *
 * An exchange begins when the head is there.  A body that the head announces
 * comes when the handler wants it: whoever may not send one is refused by the
 * head, and what he sends is not kept.
 *
 * The server owns an exchange and lends it to the handler from on_request
 * until the exchange has ended; from then on it must not be touched.  The
 * handler answers, then or later, with exactly one of sl_exchange_respond()
 * and sl_exchange_begin(), and learns of the end through sl_exchange_watch().
 * HEAD is handled here: answer as to GET, no body leaves.  Loop thread only. */
#ifndef SLUICE_NET_EXCHANGE_H
#define SLUICE_NET_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/slice.h"
#include "sluice/base/status.h"
#include "sluice/net/http.h"

struct sl_exchange;

/* Why an exchange ended.
 * SL_CLOSE_LIST(X): X(name, text for logs) */
#define SL_CLOSE_LIST(X)                           \
	X(DONE, "done")                            \
	X(PEER, "peer closed the connection")      \
	X(RESET, "connection failed")              \
	X(STALL, "peer does not read")             \
	X(SLOW, "peer reads too slowly")           \
	X(SOURCE, "body source gave up")           \
	X(LENGTH, "body does not have its length") \
	X(FILE, "cannot read the file")            \
	X(KICKED, "closed by us")                  \
	X(DRAIN, "server stops")                   \
	X(MEMORY, "out of memory")

enum sl_close_reason {
#define X(name, text) SL_CLOSE_##name,
	SL_CLOSE_LIST(X)
#undef X
};

/* Words for a log line; never NULL. */
const char *sl_close_reason_text(enum sl_close_reason reason);

/* The exchange ended: DONE if the kernel took the whole response.  Called
 * once, from the loop, never inside a call into this header.  The exchange is
 * still valid inside, and no longer after it. */
typedef void sl_exchange_closed_fn(void *ctx, enum sl_close_reason reason);

/* The request's body is there, in sl_http_request_body() until this returns
 * (SL_OK); or it did not come in time (SL_ERR_TIMEOUT), or found no memory
 * (SL_ERR_NOMEM).  Answer, now or later.  Called once, from the loop, never
 * inside sl_exchange_receive(), and not if the connection ends before. */
typedef void sl_exchange_body_fn(void *ctx, enum sl_status status);

/* What a pull gave. */
enum sl_body_turn {
	SL_BODY_BYTES, /* piece->bytes, valid until the next pull or closed */
	SL_BODY_FILE,  /* piece->fd, offset, len; fd open until then, too */
	SL_BODY_WAIT,  /* nothing yet; sl_exchange_resume() when there is */
	SL_BODY_END,   /* the body is complete */
	SL_BODY_ABORT, /* reset the connection at once */
};

struct sl_body_piece {
	struct sl_slice bytes;
	int fd;
	uint64_t offset;
	uint64_t len;
};

/* Where a body comes from.  `pull` is called from the loop, only when there is
 * room, and never again after END or ABORT; an empty piece is allowed.
 * `closed` is called exactly once if sl_exchange_begin() succeeded, before the
 * closed function of sl_exchange_watch(). */
struct sl_body_source {
	enum sl_body_turn (*pull)(void *ctx, struct sl_body_piece *out);
	sl_exchange_closed_fn *closed;
};

struct sl_http_field {
	const char *name;
	const char *value;
};

/* Content-Length, Transfer-Encoding, Connection and Date are added here. */
struct sl_response {
	unsigned status;
	const struct sl_http_field *fields; /* copied */
	size_t field_count;
	bool is_chunked; /* else the body has exactly content_len bytes */
	uint64_t content_len;
};

const struct sl_http_request *sl_exchange_request(
    const struct sl_exchange *exchange);

/* Address of the other end of the connection: "127.0.0.1:40112",
 * "[::1]:40112". */
const char *sl_exchange_peer_text(struct sl_exchange *exchange);

/* The same without port: "127.0.0.1", "::1"; "" if it has none. */
const char *sl_exchange_peer_address(struct sl_exchange *exchange);

/* Body bytes that the kernel took so far, before TLS and chunk framing; counted
 * batch by batch, so never too many and at most 128 KiB too few. */
uint64_t sl_exchange_sent(const struct sl_exchange *exchange);

/* Have `closed` called when the exchange ends, however it ends.  Replaces what
 * was set before. */
void sl_exchange_watch(
    struct sl_exchange *exchange, sl_exchange_closed_fn *closed, void *ctx);

/* Let the body come that the head announced; 100 Continue is said to who waits
 * for it.  SL_ERR_LIMIT: the bodies that are coming already fill the server's
 * budget; SL_ERR_STATE: no body is due, or this was called before.  An answer
 * while a body is due leaves it unread and closes the connection. */
SL_MUST_CHECK enum sl_status sl_exchange_receive(
    struct sl_exchange *exchange, sl_exchange_body_fn *on_body, void *ctx);

/* Answer with bytes (copied).  The sole failures are memory, a second answer
 * (SL_ERR_STATE) and a field with control characters (SL_ERR_INVALID); after
 * these nothing was sent. */
SL_MUST_CHECK enum sl_status sl_exchange_respond(struct sl_exchange *exchange,
    unsigned status, const struct sl_http_field *fields, size_t field_count,
    struct sl_slice body);

/* Answer with a pulled body; fails as above, and then `closed` is not called.
 * For HEAD, 204 and 304 nothing is pulled. */
SL_MUST_CHECK enum sl_status sl_exchange_begin(struct sl_exchange *exchange,
    const struct sl_response *response, const struct sl_body_source *source,
    void *ctx);

/* After WAIT: pull again, soon.  Allowed at any time, also when not waiting. */
void sl_exchange_resume(struct sl_exchange *exchange);

/* Close the connection after this exchange. */
void sl_exchange_last(struct sl_exchange *exchange);

/* Reset the connection at once, bytes under way included (revocation, kick).
 * The closed functions follow from the loop with KICKED. */
void sl_exchange_abort(struct sl_exchange *exchange);

#endif /* SLUICE_NET_EXCHANGE_H */
