#include "sluice/store/log.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"

static const struct sl_query pending_query = {"log_pending",
    "SELECT publication, dataset, seq, state, manifest, minisig "
    "FROM sluice.log_pending($1::text)",
    1, 0};
static const struct sl_query state_query = {
    "log_state", "SELECT sluice.log_state($1::text)", 1, 0};
static const struct sl_query log_query = {"publication_log",
    "SELECT id, seq::bigint, state, published_us, previous, content_digest, "
    "next_number::bigint, resumed FROM sluice.publication_log($1::uuid, "
    "$2::int, $3::bigint, $4::bytea, $5::text, $6::text)",
    6, 0};
static const struct sl_query again_query = {"checkpoint_sign",
    "SELECT sluice.checkpoint_sign($1::text, $2::int, $3::bigint, $4::bytea, "
    "$5::text, $6::text)",
    6, 0};
static const struct sl_query cosign_query = {"cosign",
    "SELECT sluice.cosign($1::text, $2::int, $3::bigint, $4::text, "
    "to_timestamp($5::bigint), $6::text)",
    6, 0};
static const struct sl_query checkpoint_query = {"log_checkpoint",
    "SELECT epoch, size, root, body, note, minisig, fresh_us "
    "FROM sluice.log_checkpoint($1::bigint)",
    1, 0};
static const struct sl_query freshness_query = {"log_freshness",
    "SELECT logs, stale, oldest_ms FROM sluice.log_freshness()", 0, 0};

/* A manifest is at most 60 KiB, its signature a few lines. */
#define MANIFEST_MAX (60u * 1024u)
#define MINISIG_MAX  4096u

/* ---- the log signer ---- */

void
sl_log_pending_free(struct sl_log_pending *pending, size_t count)
{
	if (pending == NULL)
		return;
	for (size_t i = 0; i < count; i++) {
		sl_buf_clear(&pending[i].manifest);
		sl_buf_clear(&pending[i].minisig);
	}
	free(pending);
}

static enum sl_status
read_pending(struct sl_log_pending *out, const struct sl_rows *rows, int row)
{
	struct sl_slice state = sl_rows_text(rows, row, 3);

	sl_buf_init(&out->manifest, MANIFEST_MAX);
	sl_buf_init(&out->minisig, MINISIG_MAX);
	if (sl_slice_is_text(state, "sealed"))
		out->state = SL_PUBLICATION_SEALED;
	else if (sl_slice_is_text(state, "logged"))
		out->state = SL_PUBLICATION_LOGGED;
	else
		return SL_ERR_INTEGRITY;
	if (sl_rows_uuid(&out->publication, rows, row, 0) != SL_OK ||
	    sl_call_copy(out->dataset, sizeof(out->dataset), rows, row, 1) !=
	        SL_OK ||
	    sl_rows_uint32(&out->seq, rows, row, 2) != SL_OK ||
	    sl_rows_bytea(&out->manifest, rows, row, 4) != SL_OK)
		return SL_ERR_INTEGRITY;
	return sl_rows_bytea(&out->minisig, rows, row, 5);
}

enum sl_status
sl_store_log_pending(struct sl_log_pending **out, size_t *out_count,
    struct sl_db *db, const char *dataset, struct sl_error *err)
{
	struct sl_params params;
	struct sl_rows *rows;
	enum sl_status status;
	int count;

	*out = NULL;
	*out_count = 0;
	sl_params_init(&params);
	sl_params_text(&params, dataset);
	status = sl_db_wait(&rows, db, &pending_query, &params, err);
	if (status != SL_OK)
		return status;
	count = sl_rows_count(rows);
	*out = calloc((size_t)count + 1, sizeof(**out));
	if (*out == NULL)
		status = SL_ERR_NOMEM;
	for (int i = 0; status == SL_OK && i < count; i++) {
		status = read_pending(&(*out)[i], rows, i);
		*out_count = (size_t)i + 1;
	}
	if (status != SL_OK) {
		sl_call_bad_answer(err, status);
		sl_log_pending_free(*out, *out_count);
		*out = NULL;
		*out_count = 0;
	}
	sl_rows_free(rows);
	return status;
}

enum sl_status
sl_store_log_state(
    json_t **out, struct sl_db *db, const char *dataset, struct sl_error *err)
{
	return sl_wait_texts(out, db, &state_query, &dataset, err);
}

enum sl_status
sl_store_publication_log(struct sl_publication *out, struct sl_db *db,
    const struct sl_uuid *id, const struct sl_log_signed *checkpoint,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, id);
	sl_params_int8(&params, checkpoint->epoch);
	sl_params_int8(&params, (int64_t)checkpoint->size);
	sl_params_bytea(
	    &params, sl_slice_of(checkpoint->root, sizeof(checkpoint->root)));
	sl_params_slice(&params, checkpoint->note);
	sl_params_slice(&params, checkpoint->minisig);
	return sl_wait_publication(out, db, &log_query, &params, err);
}

enum sl_status
sl_store_checkpoint_sign(
    struct sl_db *db, const struct sl_log_again *again, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, again->dataset);
	sl_params_int8(&params, again->epoch);
	sl_params_int8(&params, (int64_t)again->size);
	sl_params_bytea(&params, sl_slice_of(again->root, sizeof(again->root)));
	sl_params_slice(&params, again->line);
	sl_params_slice(&params, again->minisig);
	return sl_wait_done(db, &again_query, &params, err);
}

enum sl_status
sl_store_cosign(bool *is_newer, struct sl_db *db,
    const struct sl_cosignature *cosignature, struct sl_error *err)
{
	struct sl_params params;
	struct sl_rows *rows;
	enum sl_status status;

	*is_newer = false;
	sl_params_init(&params);
	sl_params_text(&params, cosignature->dataset);
	sl_params_int8(&params, cosignature->epoch);
	sl_params_int8(&params, (int64_t)cosignature->size);
	sl_params_text(&params, cosignature->witness);
	sl_params_int8(&params, (int64_t)cosignature->time_s);
	sl_params_slice(&params, cosignature->line);
	status = sl_db_wait(&rows, db, &cosign_query, &params, err);
	if (status != SL_OK)
		return status;
	status = sl_rows_count(rows) == 1 ? sl_rows_bool(is_newer, rows, 0, 0)
	                                  : SL_ERR_INTEGRITY;
	if (status != SL_OK)
		sl_call_bad_answer(err, status);
	sl_rows_free(rows);
	return status;
}

/* ---- the server ---- */

static enum sl_status
read_head(struct sl_log_head *out, const struct sl_rows *rows)
{
	memset(out, 0, sizeof(*out));
	if (sl_rows_count(rows) != 1 ||
	    sl_rows_uint32(&out->epoch, rows, 0, 0) != SL_OK ||
	    sl_rows_uint32(&out->size, rows, 0, 1) != SL_OK ||
	    sl_rows_bytes(out->root, sizeof(out->root), rows, 0, 2) != SL_OK)
		return SL_ERR_INTEGRITY;
	out->body = (const char *)sl_rows_text(rows, 0, 3).data;
	out->note = (const char *)sl_rows_text(rows, 0, 4).data;
	out->minisig = (const char *)sl_rows_text(rows, 0, 5).data;
	if (sl_rows_is_null(rows, 0, 6))
		return SL_OK;
	return sl_rows_time(&out->fresh_us, rows, 0, 6);
}

static void
on_checkpoint(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct sl_closure closure = sl_closure_take(ctx);
	sl_log_head_fn *fn = (sl_log_head_fn *)closure.fn;
	struct sl_log_head head;
	struct sl_error own = *err;

	if (status == SL_OK && sl_rows_count(rows) == 0) {
		fn(closure.ctx, SL_OK, NULL, &own);
		return;
	}
	if (status == SL_OK) {
		status = read_head(&head, rows);
		if (status != SL_OK)
			sl_call_bad_answer(&own, status);
	}
	fn(closure.ctx, status, status == SL_OK ? &head : NULL, &own);
}

enum sl_status
sl_store_log_checkpoint(struct sl_db *db, int64_t dataset, sl_log_head_fn *fn,
    void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_int8(&params, dataset);
	return sl_call_closure(db, &checkpoint_query, &params, on_checkpoint,
	    (void (*)(void))fn, ctx, err);
}

static void
on_freshness(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct sl_closure closure = sl_closure_take(ctx);
	sl_log_freshness_fn *fn = (sl_log_freshness_fn *)closure.fn;
	struct sl_log_freshness freshness = {0};
	struct sl_error own = *err;

	if (status == SL_OK &&
	    (sl_rows_count(rows) != 1 ||
	        sl_rows_uint64(&freshness.logs, rows, 0, 0) != SL_OK ||
	        sl_rows_uint64(&freshness.stale, rows, 0, 1) != SL_OK ||
	        sl_rows_uint64(&freshness.oldest_ms, rows, 0, 2) != SL_OK)) {
		status = SL_ERR_INTEGRITY;
		sl_call_bad_answer(&own, status);
	}
	fn(closure.ctx, status, status == SL_OK ? &freshness : NULL, &own);
}

enum sl_status
sl_store_log_freshness(
    struct sl_db *db, sl_log_freshness_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	return sl_call_closure(db, &freshness_query, &params, on_freshness,
	    (void (*)(void))fn, ctx, err);
}
