/* What subscribers are told.  Ids ascend in order of commit, so reading after
 * the last known one misses nothing. */
#ifndef SLUICE_STORE_EVENT_H
#define SLUICE_STORE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/uuid.h"
#include "sluice/store/reply.h"

/* NOTIFY channels; payloads: the event's id; the licence's id; the id of
 * a delivery, token or customer. */
#define SL_CHANNEL_BATCH   "sluice_batch"
#define SL_CHANNEL_LICENCE "sluice_licence"
#define SL_CHANNEL_SESSION "sluice_session"

struct sl_event_row {
	int64_t id;
	const char *kind; /* batch, retraction, licence, notice, freshness */
	int64_t dataset;  /* 0 if none */
	bool has_licence; /* for this licence's customer only */
	struct sl_uuid licence;
	struct sl_uuid customer; /* valid with has_licence */
	const char *data;        /* JSON, one line */
};

typedef void sl_events_fn(void *ctx, enum sl_status status,
    const struct sl_event_row *rows, size_t count, const struct sl_error *err);

/* All events after `after`, ascending, at most `limit` (<= 1,000): one call per
 * worker, which hands them to its subscribers.  An event for some classes of
 * licences only comes as one row for each licence that it is for. */
SL_MUST_CHECK enum sl_status sl_store_events(struct sl_db *db, int64_t after,
    uint32_t limit, sl_events_fn *fn, void *ctx, struct sl_error *err);

/* What one answer has at most. */
#define SL_EVENTS_MAX 1000

/* The same for one subscriber who comes back with Last-Event-ID: only what
 * concerns the customer's licences, at most SL_EVENTS_MAX. */
SL_MUST_CHECK enum sl_status sl_store_events_of(struct sl_db *db,
    const struct sl_uuid *customer, const struct sl_uuid *licence,
    int64_t after, sl_events_fn *fn, void *ctx, struct sl_error *err);

/* Which datasets a customer's events come from, and the newest event id. */
struct sl_subscription {
	int64_t newest;
	const int64_t *datasets;
	size_t dataset_count;
};

typedef void sl_subscription_fn(void *ctx, enum sl_status status,
    const struct sl_subscription *subscription, const struct sl_error *err);

/* licence NULL: all of the customer's active licences. */
SL_MUST_CHECK enum sl_status sl_store_subscription(struct sl_db *db,
    const struct sl_uuid *customer, const struct sl_uuid *licence,
    sl_subscription_fn *fn, void *ctx, struct sl_error *err);

/* A token that opens nothing any more. */
struct sl_token_end {
	struct sl_uuid token;
	const char *code; /* token_revoked, token_expired, customer_disabled */
};

typedef void sl_tokens_ended_fn(void *ctx, enum sl_status status,
    const struct sl_token_end *ends, size_t count, const struct sl_error *err);

/* Which of these tokens have ended: those of a worker's subscribers. */
SL_MUST_CHECK enum sl_status sl_store_tokens_ended(struct sl_db *db,
    const struct sl_uuid *tokens, size_t count, sl_tokens_ended_fn *fn,
    void *ctx, struct sl_error *err);

#endif /* SLUICE_STORE_EVENT_H */
