/* One delivery: licence, lease, charge, then bytes.
 *
 * A delivery answers an exchange.  It chooses the licence, opens a lease and
 * has the first tranche charged before the status line; then it sends tranche
 * by tranche, the next one being charged while the last is sent, and says at
 * the end how it ended (end record).  What PostgreSQL has not committed is not
 * sent.
 *
 * The delivery is its own owner and frees itself; the caller lets go of it when
 * `refused` or `ended` was called, or by abandoning it.  Loop thread only. */
#ifndef SLUICE_SESSION_DELIVERY_H
#define SLUICE_SESSION_DELIVERY_H

#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/fetch.h"
#include "sluice/catalog/layer.h"
#include "sluice/catalog/where.h"
#include "sluice/net/exchange.h"
#include "sluice/session/session.h"
#include "sluice/store/batch.h"
#include "sluice/store/dataset.h"

struct sl_delivery;
struct sl_outlet;

enum sl_delivery_kind {
	SL_DELIVERY_HEAD,   /* grant and batches; charges nothing */
	SL_DELIVERY_FETCH,  /* segments and chunks by name */
	SL_DELIVERY_STREAM, /* head and the selected segments */
	SL_DELIVERY_PACK,   /* a byte range of a pack, with its length */
};

/* Batches in one head or stream. */
#define SL_DELIVERY_BATCHES_MAX 1000u

/* What a caller has verified before. */
struct sl_delivery_known {
	uint32_t trust; /* version of the trust file, 0 for none */
	uint64_t size;  /* of the log, 0 for none */
	uint32_t epoch; /* of the log, from 1 */
};

struct sl_delivery_order {
	enum sl_delivery_kind kind;
	struct sl_exchange *exchange;   /* not asked about with an outlet */
	const struct sl_outlet *outlet; /* instead; NULL for none */
	const struct sl_account *account;
	const struct sl_dataset *dataset;
	const struct sl_uuid *licence; /* named by the request, or NULL */
	const char *request_id;        /* for the log */
	const char *purpose;           /* "" for none */
	struct sl_fetch *fetch;        /* FETCH: taken */
	/* HEAD, STREAM: the batches after `after` up to `until`. */
	uint32_t after;
	uint32_t until;
	struct sl_delivery_known known;
	const struct sl_layers *layers; /* STREAM, or NULL */
	struct sl_where **where;        /* STREAM: taken; or NULL */
	/* PACK: bytes from … until - 1 of this batch's pack. */
	const struct sl_batch *batch;
	uint64_t byte_from;
	uint64_t byte_until;
	/* The answer's status and fields; borrowed until the exchange has
	 * ended. */
	unsigned status;
	const struct sl_http_field *fields;
	size_t field_count;
	/* The exchange is not answered and is the caller's again. */
	void (*refused)(void *ctx, const struct sl_error *err);
	/* The body is over, whatever way. */
	void (*ended)(void *ctx);
	void *ctx;
};

/* The rest of `order` is copied.  A failure here means that neither function
 * will be called; `fetch` and `where` are taken in any case. */
SL_MUST_CHECK enum sl_status sl_delivery_start(struct sl_delivery **out,
    struct sl_session *session, struct sl_delivery_order *order,
    struct sl_error *err);

/* The exchange ended before it was answered. */
void sl_delivery_abandon(struct sl_delivery *delivery);

/* Words for a refusal's code, for people; never NULL. */
const char *sl_refusal_text(const char *code);

#endif /* SLUICE_SESSION_DELIVERY_H */
