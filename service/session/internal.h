/* The inside of a session and of a delivery. */
#ifndef SL_SESSION_INTERNAL_H
#define SL_SESSION_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "evidence.h"
#include "head.h"
#include "listing.h"
#include "outlet.h"
#include "plan.h"
#include "sluice/base/buf.h"
#include "sluice/loop/timer.h"
#include "sluice/pack/end_record.h"
#include "sluice/session/access.h"
#include "sluice/session/counters.h"
#include "sluice/session/delivery.h"
#include "sluice/session/session.h"
#include "sluice/store/lease.h"

/* After a stop the end record has so long to leave. */
#define STOP_GRACE_MS 500u
/* Times in a row that a charge is asked for while other deliveries of the
 * licence hold its row; each waits for the pool's lock_timeout of 1 s. */
#define CHARGE_TRIES_MAX 20

/* Decisions in a row without a charge between them. */
#define REDECIDE_MAX 8u

struct sl_session {
	struct sl_session_parts parts;
	struct sl_delivery *deliveries; /* doubly linked */
	size_t delivery_count;
	struct sl_timer *renewal;
	bool is_draining;
	bool is_renewing;
	bool is_noticed; /* renew again when this call is back */
	bool is_checking;
	bool is_ticking;
	bool is_tick_failing; /* said so in the log */
	bool is_freshness_asked;
	int64_t freshness_ms; /* when it was asked last */
	int64_t renewal_began_ms;
	bool is_freeing;
};

/* X(NAME, waits for) */
#define DELIVERY_STATE_LIST(X)                             \
	X(CHOOSING, "the customer's licences")             \
	X(LISTING, "batches, entries, what proves them")   \
	X(LEASING, "the lease")                            \
	X(CHARGING, "the first tranche, or all of a pack") \
	X(SENDING, "the peer, or for the next tranche")    \
	X(ENDING, "the end record to leave")               \
	X(CLOSED, "calls under way; the exchange is gone")

enum delivery_state {
#define X(name, waits_for) DELIVERY_##name,
	DELIVERY_STATE_LIST(X)
#undef X
};

struct sl_delivery {
	struct sl_delivery *prev;
	struct sl_delivery *next;
	struct sl_session *session;
	struct sl_delivery_order order; /* pointers into the copies below */
	struct sl_account account;
	char dataset_name[SL_DATASET_NAME_MAX + 1];
	int64_t dataset_id;
	enum sl_dataset_kind dataset_kind;
	uint32_t dataset_seq;
	struct sl_uuid licence;
	bool has_licence;
	char purpose[SL_PURPOSE_TEXT_MAX + 1];
	struct sl_layers *layers; /* owned, or NULL */
	struct sl_where *where;   /* owned, or NULL */
	struct sl_batch batch;
	uint32_t asked_seq; /* newest batch the order names, or 0 */

	enum delivery_state state;
	unsigned calls; /* store calls under way, which hold this */
	int64_t began_ms;
	struct sl_uuid id;
	struct sl_access access;
	bool has_lease;
	int64_t renewed_ms; /* boot clock, before it was asked for */
	bool is_renewing;   /* its lease is among those of the renewal */
	uint64_t reported_bytes;
	uint64_t asked_bytes;   /* had left when the last question began */
	uint64_t checked_bytes; /* the same of the last that was answered */
	bool is_asked;          /* a question is under way */
	bool is_unchecked;      /* waits for its answer */

	struct listing listing;
	struct evidence evidence;
	struct head head;
	bool has_head;

	struct plan plan;
	struct tranche *planned; /* to be charged */
	struct tranche **planned_tail;
	struct tranche *ready; /* charged, next to be sent */
	struct tranche *sending;
	size_t run; /* of sending */
	uint32_t chunk;
	uint64_t run_offset;
	bool is_asking; /* one question of the pipeline is under way */
	bool is_stale;
	bool is_quoted;      /* PACK: all of it fits the quota */
	unsigned busy_tries; /* of the charge under way */
	bool is_refused;     /* by the charge: final */
	bool is_interrupted; /* the pipeline ended, not by a refusal */
	unsigned redecided;

	int fd; /* of the pack being sent, or -1 */
	struct sl_uuid fd_publication;
	uint64_t fd_bytes;
	uint64_t pack_offset; /* PACK */

	struct sl_timer *grace;
	bool is_held; /* until a renewal says that it may go on */
	bool is_stopped;
	enum sl_end_status end_status;
	char end_code[SL_ERROR_CODE_MAX];
	struct sl_buf out; /* made on the spot, given to the last pull */
	uint64_t handed_bytes;
};

/* ---- lease.c ---- */

SL_MUST_CHECK enum sl_status sl_lease_registry_init(struct sl_session *session);

SL_MUST_CHECK enum sl_status sl_lease_start(
    struct sl_delivery *delivery, sl_done_fn *fn, struct sl_error *err);
void sl_lease_end(struct sl_delivery *delivery, const char *reason);
/* Nobody has heard of this delivery for a lease's time: it may not send. */
bool sl_lease_is_lapsed(const struct sl_delivery *delivery);

/* What the database said of leases. */
void sl_lease_take(
    struct sl_session *session, const struct sl_lease_row *rows, size_t count);

/* ---- check.c ---- */

/* May so many bytes be handed out next?  If not, the delivery is resumed when
 * it may, or it has been stopped. */
bool sl_check_allows(struct sl_delivery *delivery, uint64_t next_bytes);

/* ---- release.c ---- */

/* Release what is due to its classes; every worker asks, one finds it. */
void sl_release_tick(struct sl_session *session);

/* ---- freshness.c ---- */

/* Ask from time to time how old freshness is; the counters have the answer. */
void sl_freshness_tick(struct sl_session *session);

/* ---- delivery.c ---- */

void sl_delivery_set_state(
    struct sl_delivery *delivery, enum delivery_state state);

/* End as soon as possible: before the answer by a refusal, after it at the
 * next chunk boundary.  The first stop counts. */
void sl_delivery_stop(
    struct sl_delivery *delivery, enum sl_end_status status, const char *code);

/* The licence has changed: decide again before anything more is charged. */
void sl_delivery_set_stale(struct sl_delivery *delivery);

/* Not answered and never will be by us: tell the caller, let go. */
void sl_delivery_refuse(
    struct sl_delivery *delivery, const struct sl_error *err);

/* The body is over. */
void sl_delivery_over(
    struct sl_delivery *delivery, enum sl_close_reason reason);

/* Call this first in every reply: false if the delivery is gone. */
bool sl_delivery_reply(struct sl_delivery *delivery);

/* ---- pipeline.c: plan, charge, decide again ---- */

/* Do the next thing that is to be done, if any. */
void sl_pipeline_step(struct sl_delivery *delivery);
/* PostgreSQL did not do what it was asked to: nothing more is charged. */
void sl_pipeline_fail(struct sl_delivery *delivery, const struct sl_error *err);
void sl_pipeline_clear(struct sl_delivery *delivery);
/* Nothing is left to charge or to send behind `sending`. */
bool sl_pipeline_is_done(const struct sl_delivery *delivery);
/* Start (again) from a decision; the answer goes to the delivery's state. */
SL_MUST_CHECK enum sl_status sl_pipeline_choose(
    struct sl_delivery *delivery, sl_access_fn *fn, struct sl_error *err);

/* ---- quote.c: a pack is decided as a whole ---- */

/* Ask what all that is planned would charge, and decide on that. */
void sl_pipeline_quote(struct sl_delivery *delivery);

/* ---- body.c: what the exchange pulls ---- */

/* Answer the exchange. */
void sl_body_begin(struct sl_delivery *delivery);

#endif /* SL_SESSION_INTERNAL_H */
