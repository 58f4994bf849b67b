/* Licences, their use, and the charge. */
#ifndef SLUICE_STORE_LICENCE_H
#define SLUICE_STORE_LICENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/uuid.h"
#include "sluice/catalog/decide.h"
#include "sluice/catalog/multirange.h"
#include "sluice/store/reply.h"

struct sl_usage_total {
	uint64_t episodes;
	uint64_t duration_ms;
	uint64_t bytes;
	uint64_t ledger_number; /* rows in the ledger, 0 for none */
	unsigned char ledger_head[32];
};

/* A licence as decide needs it. */
struct sl_licence_row {
	struct sl_uuid id;
	struct sl_uuid customer;
	uint32_t version;
	const char *class_name; /* "standard" …; borrowed like the rest */
	const char *dataset;
	int64_t dataset_id;
	json_t *terms; /* for sl_terms_from_json() */
	struct sl_licence_state state;
	struct sl_usage_total usage; /* of all that was ever charged */
	uint32_t release_seq; /* the class's next batch to come, 0 for none */
	int64_t release_at_us;
};

typedef void sl_licences_fn(void *ctx, enum sl_status status,
    const struct sl_licence_row *rows, size_t count,
    const struct sl_error *err);

/* All licences of the customer on the dataset, whatever their status, oldest
 * first; with `licence` only that one, and then `dataset` may be 0 for any. */
SL_MUST_CHECK enum sl_status sl_store_licences(struct sl_db *db,
    const struct sl_uuid *customer, int64_t dataset,
    const struct sl_uuid *licence, sl_licences_fn *fn, void *ctx,
    struct sl_error *err);

enum sl_charge_outcome {
	SL_CHARGE_CHARGED, /* a ledger row was written */
	SL_CHARGE_HELD,    /* all that is covered was held already, or free */
	SL_CHARGE_STALE,   /* the licence has changed: decide again */
	SL_CHARGE_REFUSED, /* nothing is covered */
};

struct sl_charge_request {
	struct sl_uuid licence;
	uint32_t version; /* that was decided on */
	int64_t dataset;
	uint32_t seq;
	const struct sl_multirange *ordinals;
	const char *purpose; /* NULL for none */
	/* Whose lease it is: without a live one nothing is charged. */
	struct sl_uuid delivery;
};

/* `covered` is what was asked, in order of ordinal, cut at the first segment
 * that may not be sent; the bytes of exactly these may go out now.  If that is
 * not all, `code` says why the next one may not, else it is "": stale,
 * lease_lapsed, retracted, erased, or a code of sl_licence_decide(). */
struct sl_charge {
	enum sl_charge_outcome outcome;
	char code[48];
	struct sl_multirange covered;
	uint64_t charged_episodes;
	uint64_t charged_duration_ms;
	uint64_t charged_bytes;
	int64_t charged_amount_micro; /* without a monthly fee */
	struct sl_usage_total usage;  /* after it */
};

typedef void sl_charge_fn(void *ctx, enum sl_status status,
    const struct sl_charge *charge, const struct sl_error *err);

/* Repeatable: what is held is never charged again.  Segments that do not exist
 * are SL_ERR_NOT_FOUND, code segment_not_found; nothing is charged then. */
SL_MUST_CHECK enum sl_status sl_store_charge(struct sl_db *db,
    const struct sl_charge_request *request, sl_charge_fn *fn, void *ctx,
    struct sl_error *err);

/* What charges would add up to; the ledger does not move. */
struct sl_quote {
	uint64_t new_episodes;
	uint64_t new_duration_ms;
	uint64_t new_bytes;
	uint64_t held_segments;
	uint64_t held_episodes;
	uint64_t held_duration_ms;
	uint64_t held_bytes;
};

typedef void sl_quote_fn(void *ctx, enum sl_status status,
    const struct sl_quote *quote, const struct sl_error *err);

/* Over any number of batches at once; quotas are not looked at. */
struct sl_quote_want {
	uint32_t seq;
	const struct sl_multirange *ordinals;
};

struct sl_quote_request {
	struct sl_uuid licence;
	int64_t dataset;
	const struct sl_quote_want *wants;
	size_t want_count;
};

SL_MUST_CHECK enum sl_status sl_store_quote(struct sl_db *db,
    const struct sl_quote_request *request, sl_quote_fn *fn, void *ctx,
    struct sl_error *err);

/* For the customer: all of a licence, its terms and agreement with it.
 * SL_ERR_NOT_FOUND, code licence_not_found, also for another's. */
SL_MUST_CHECK enum sl_status sl_store_customer_licence(struct sl_db *db,
    const struct sl_uuid *customer, const struct sl_uuid *licence,
    sl_json_fn *fn, void *ctx, struct sl_error *err);

/* For the customer: {"licences":[…]}. */
SL_MUST_CHECK enum sl_status sl_store_customer_licences(struct sl_db *db,
    const struct sl_uuid *customer, sl_json_fn *fn, void *ctx,
    struct sl_error *err);

#endif /* SLUICE_STORE_LICENCE_H */
