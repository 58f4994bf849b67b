/* Leases: which deliveries run where, and how many a licence may have.
 *
 * A worker renews all of its leases with one call a second and stops those
 * that come back. */
#ifndef SLUICE_STORE_LEASE_H
#define SLUICE_STORE_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/uuid.h"
#include "sluice/store/reply.h"

/* A lease that was not renewed for so long is gone, unless told otherwise. */
#define SL_LEASE_SECONDS 15

struct sl_lease_new {
	struct sl_uuid delivery; /* made by the caller */
	struct sl_uuid licence;
	uint32_t version;
	const struct sl_uuid *token; /* NULL: a bundle */
	const char *worker;          /* "host:pid" */
	const char *peer;            /* address of the client */
	const char *kind;            /* fetch, stream, pack */
	uint32_t seq;     /* newest batch that will be asked for; 0: none */
	uint32_t seconds; /* 0: SL_LEASE_SECONDS */
};

/* SL_ERR_QUOTA, code too_many_deliveries; SL_ERR_DENIED, code stale,
 * batch_not_released or one of the licence's. */
SL_MUST_CHECK enum sl_status sl_store_lease_open(struct sl_db *db,
    const struct sl_lease_new *lease, sl_done_fn *fn, void *ctx,
    struct sl_error *err);

enum sl_lease_change {
	SL_LEASE_CHANGED, /* the licence has a newer version: decide again */
	SL_LEASE_ENDED,   /* stop; code says why */
};

struct sl_lease_row {
	struct sl_uuid delivery;
	enum sl_lease_change change;
	const char *code; /* changed, killed, lapsed, licence_suspended … */
	uint32_t version; /* the licence's now */
};

typedef void sl_leases_fn(void *ctx, enum sl_status status,
    const struct sl_lease_row *rows, size_t count, const struct sl_error *err);

/* One lease to renew. */
struct sl_lease_beat {
	struct sl_uuid delivery;
	/* Sent since the last call: a figure for people, not for billing. */
	uint64_t wire_bytes;
};

struct sl_lease_beats {
	const char *worker;
	uint32_t seconds; /* 0: SL_LEASE_SECONDS */
	const struct sl_lease_beat *beats;
	size_t count;
};

/* Only the leases that changed or ended come back.  A lease that has lapsed
 * does not come to life again. */
SL_MUST_CHECK enum sl_status sl_store_lease_renew(struct sl_db *db,
    const struct sl_lease_beats *beats, sl_leases_fn *fn, void *ctx,
    struct sl_error *err);

/* The same without renewing. */
SL_MUST_CHECK enum sl_status sl_store_lease_check(struct sl_db *db,
    const struct sl_uuid *deliveries, size_t count, sl_leases_fn *fn, void *ctx,
    struct sl_error *err);

/* Told the new version after a decision: no more SL_LEASE_CHANGED for it. */
SL_MUST_CHECK enum sl_status sl_store_lease_redecided(struct sl_db *db,
    const struct sl_uuid *delivery, uint32_t version, sl_done_fn *fn, void *ctx,
    struct sl_error *err);

/* `reason` as in the log.  fn may be NULL here. */
SL_MUST_CHECK enum sl_status sl_store_lease_close(struct sl_db *db,
    const struct sl_uuid *delivery, uint64_t wire_bytes, const char *reason,
    sl_done_fn *fn, void *ctx, struct sl_error *err);

/* ---- sluicectl ---- */

/* Array of the running deliveries. */
SL_MUST_CHECK enum sl_status sl_store_session_list(
    json_t **out, struct sl_db *db, struct sl_error *err);

/* `what` is a delivery's id, a customer's name or a licence's id; gives
 * {"kicked":n}. */
SL_MUST_CHECK enum sl_status sl_store_session_kick(json_t **out,
    struct sl_db *db, const char *what, const char *reason,
    struct sl_error *err);

/* {"version","migration","datasets","batches","deliveries","workers":[…],…} */
SL_MUST_CHECK enum sl_status sl_store_status(
    json_t **out, struct sl_db *db, struct sl_error *err);

#endif /* SLUICE_STORE_LEASE_H */
