/* The log of a dataset as PostgreSQL keeps it: checkpoints, cosignatures.
 *
 * Its bytes (tiles, entries) lie in the objects folder, under the epoch. */
#ifndef SLUICE_STORE_LOG_H
#define SLUICE_STORE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/slice.h"
#include "sluice/base/uuid.h"
#include "sluice/store/publication.h"
#include "sluice/store/reply.h"

/* ---- the log signer and the witness; blocking ---- */

/* Sealed, or logged and not shown yet. */
struct sl_log_pending {
	struct sl_uuid publication;
	char dataset[64];
	uint32_t seq;
	enum sl_publication_state state; /* SEALED or LOGGED */
	struct sl_buf manifest;
	struct sl_buf minisig;
};

/* What waits in `dataset`, NULL for all; *out is freed by
 * sl_log_pending_free(). */
SL_MUST_CHECK enum sl_status sl_store_log_pending(struct sl_log_pending **out,
    size_t *out_count, struct sl_db *db, const char *dataset,
    struct sl_error *err);

/* NULL is allowed. */
void sl_log_pending_free(struct sl_log_pending *pending, size_t count);

/* The newest checkpoint of `dataset`, NULL of all that have one, visible or
 * not: [{"dataset","visible" (seq),"epoch","size","root" (base64),"body",
 * "note","minisig","publication","at","cosignatures":[{"witness","time",
 * "line"}]}].  The caller owns it. */
SL_MUST_CHECK enum sl_status sl_store_log_state(
    json_t **out, struct sl_db *db, const char *dataset, struct sl_error *err);

/* A checkpoint that was signed; borrowed. */
struct sl_log_signed {
	uint32_t epoch;
	uint64_t size; /* of the batch: its seq */
	unsigned char root[32];
	struct sl_slice note;
	struct sl_slice minisig;
};

/* sealed -> logged; again with the same bytes is SL_OK.  Of a batch that is
 * logged or visible already, only a newer epoch makes another checkpoint.
 * SL_ERR_INTEGRITY, code log_forked: that size has another root;
 * SL_ERR_CONFLICT, code publication_logged (other bytes) or log_epoch. */
SL_MUST_CHECK enum sl_status sl_store_publication_log(
    struct sl_publication *out, struct sl_db *db, const struct sl_uuid *id,
    const struct sl_log_signed *checkpoint, struct sl_error *err);

/* One key of the log more over the newest checkpoint; borrowed. */
struct sl_log_again {
	const char *dataset;
	uint32_t epoch;
	uint64_t size;
	unsigned char root[32];
	struct sl_slice line; /* with its newline */
	struct sl_slice minisig;
};

/* A line that is there is SL_OK.  SL_ERR_INTEGRITY, code log_forked;
 * SL_ERR_NOT_FOUND, code checkpoint_not_found, if another is the newest;
 * SL_ERR_LIMIT, code too_many_keys. */
SL_MUST_CHECK enum sl_status sl_store_checkpoint_sign(
    struct sl_db *db, const struct sl_log_again *again, struct sl_error *err);

/* One witness's line over a checkpoint. */
struct sl_cosignature {
	const char *dataset;
	uint32_t epoch;
	uint64_t size;
	const char *witness;
	uint64_t time_s; /* since 1970, as signed */
	struct sl_slice line;
};

/* *is_newer: it is kept and told to subscribers; otherwise there was one of
 * this time or a later one.  SL_ERR_NOT_FOUND, code checkpoint_not_found. */
SL_MUST_CHECK enum sl_status sl_store_cosign(bool *is_newer, struct sl_db *db,
    const struct sl_cosignature *cosignature, struct sl_error *err);

/* ---- the server; asynchronous ---- */

/* The log as subscribers see it; the texts are borrowed until the return. */
struct sl_log_head {
	uint32_t epoch;
	uint32_t size;
	unsigned char root[32];
	const char *body;
	const char *note; /* with the newest line of each witness */
	const char *minisig;
	int64_t fresh_us; /* newest time of a witness, or 0 */
};

/* `head` is NULL, with SL_OK, for a dataset without a log. */
typedef void sl_log_head_fn(void *ctx, enum sl_status status,
    const struct sl_log_head *head, const struct sl_error *err);

SL_MUST_CHECK enum sl_status sl_store_log_checkpoint(struct sl_db *db,
    int64_t dataset, sl_log_head_fn *fn, void *ctx, struct sl_error *err);

/* Over all logs: how many, how many without freshness of the last 24 hours,
 * and the greatest age. */
struct sl_log_freshness {
	uint64_t logs;
	uint64_t stale;
	uint64_t oldest_ms;
};
typedef void sl_log_freshness_fn(void *ctx, enum sl_status status,
    const struct sl_log_freshness *freshness, const struct sl_error *err);

SL_MUST_CHECK enum sl_status sl_store_log_freshness(
    struct sl_db *db, sl_log_freshness_fn *fn, void *ctx, struct sl_error *err);

#endif /* SLUICE_STORE_LOG_H */
