#include "sluice/store/lease.h"

#include <inttypes.h>
#include <stdlib.h>

#include "call.h"

/* Leases of one worker. */
#define BEATS_TEXT_MAX (4 * 1024 * 1024)

static const struct sl_query open_query = {"lease_open",
    "SELECT sluice.lease_open($1::uuid, $2::uuid, $3::int, $4::uuid, "
    "$5::text, $6::text, $7::text, $8::int, $9::int)",
    9, 0};
static const struct sl_query renew_query = {"lease_renew",
    "SELECT delivery, ended, code, version FROM sluice.lease_renew($1::text, "
    "$2::uuid[], $3::bigint[], $4::int)",
    4, 0};
static const struct sl_query check_query = {"lease_check",
    "SELECT delivery, ended, code, version FROM sluice.lease_check($1::uuid[])",
    1, 0};
static const struct sl_query redecided_query = {"lease_redecided",
    "SELECT sluice.lease_redecided($1::uuid, $2::int)", 2, 0};
static const struct sl_query close_query = {"lease_close",
    "SELECT sluice.lease_close($1::uuid, $2::bigint, $3::text)", 3, 0};
static const struct sl_query session_list_query = {
    "session_list", "SELECT sluice.session_list()", 0, 0};
static const struct sl_query session_kick_query = {
    "session_kick", "SELECT sluice.session_kick($1::text, $2::text)", 2, 0};
static const struct sl_query status_query = {
    "status", "SELECT sluice.status()", 0, 0};

static void
push_seconds(struct sl_params *params, uint32_t seconds)
{
	sl_params_int8(params, seconds == 0 ? SL_LEASE_SECONDS : seconds);
}

enum sl_status
sl_store_lease_open(struct sl_db *db, const struct sl_lease_new *lease,
    sl_done_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, &lease->delivery);
	sl_params_uuid(&params, &lease->licence);
	sl_params_int8(&params, lease->version);
	sl_params_uuid(&params, lease->token);
	sl_params_text(&params, lease->worker);
	sl_params_text(&params, lease->peer);
	sl_params_text(&params, lease->kind);
	sl_params_int8(&params, lease->seq);
	push_seconds(&params, lease->seconds);
	return sl_call_done(db, &open_query, &params, fn, ctx, err);
}

static enum sl_status
read_lease(struct sl_lease_row *out, const struct sl_rows *rows, int row)
{
	bool ended = false;

	if (sl_rows_uuid(&out->delivery, rows, row, 0) != SL_OK ||
	    sl_rows_bool(&ended, rows, row, 1) != SL_OK ||
	    sl_rows_uint32(&out->version, rows, row, 3) != SL_OK)
		return SL_ERR_INTEGRITY;
	out->change = ended ? SL_LEASE_ENDED : SL_LEASE_CHANGED;
	out->code = (const char *)sl_rows_text(rows, row, 2).data;
	return SL_OK;
}

static enum sl_status
read_leases(struct sl_lease_row **out, const struct sl_rows *rows)
{
	int count = sl_rows_count(rows), i;
	enum sl_status status = SL_OK;

	*out = calloc((size_t)count + 1, sizeof(**out));
	if (*out == NULL)
		return SL_ERR_NOMEM;
	for (i = 0; i < count && status == SL_OK; i++)
		status = read_lease(&(*out)[i], rows, i);
	return status;
}

static void
on_leases(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct sl_closure closure = sl_closure_take(ctx);
	sl_leases_fn *fn = (sl_leases_fn *)closure.fn;
	struct sl_lease_row *leases = NULL;
	struct sl_error own = *err;

	if (status == SL_OK) {
		status = read_leases(&leases, rows);
		if (status != SL_OK)
			sl_call_bad_answer(&own, status);
	}
	if (status == SL_OK)
		fn(closure.ctx, SL_OK, leases, (size_t)sl_rows_count(rows),
		    &own);
	else
		fn(closure.ctx, status, NULL, 0, &own);
	free(leases);
}

/* uuid[] and bigint[] of the beats, as two parameters. */
static void
push_beats(
    struct sl_params *params, const struct sl_lease_beat *beats, size_t count)
{
	char id[SL_UUID_TEXT_LEN + 1];
	struct sl_buf ids, bytes;
	enum sl_status status = SL_OK;
	size_t i;

	sl_buf_init(&ids, BEATS_TEXT_MAX);
	sl_buf_init(&bytes, BEATS_TEXT_MAX);
	for (i = 0; i < count && status == SL_OK; i++) {
		sl_uuid_format(id, &beats[i].delivery);
		status = sl_buf_printf(&ids, "%c%s", i == 0 ? '{' : ',', id);
		if (status == SL_OK)
			status = sl_buf_printf(&bytes, "%c%" PRIu64,
			    i == 0 ? '{' : ',', beats[i].wire_bytes);
	}
	if (status == SL_OK)
		status = sl_buf_append_text(&ids, count == 0 ? "{}" : "}");
	if (status == SL_OK)
		status = sl_buf_append_text(&bytes, count == 0 ? "{}" : "}");
	if (status == SL_OK) {
		sl_params_slice(params, sl_buf_slice(&ids));
		sl_params_slice(params, sl_buf_slice(&bytes));
	} else {
		params->status = status;
	}
	sl_buf_clear(&ids);
	sl_buf_clear(&bytes);
}

enum sl_status
sl_store_lease_renew(struct sl_db *db, const struct sl_lease_beats *beats,
    sl_leases_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, beats->worker);
	push_beats(&params, beats->beats, beats->count);
	push_seconds(&params, beats->seconds);
	return sl_call_closure(
	    db, &renew_query, &params, on_leases, (void (*)(void))fn, ctx, err);
}

enum sl_status
sl_store_lease_check(struct sl_db *db, const struct sl_uuid *deliveries,
    size_t count, sl_leases_fn *fn, void *ctx, struct sl_error *err)
{
	char id[SL_UUID_TEXT_LEN + 1];
	struct sl_params params;
	struct sl_buf ids;
	enum sl_status status;
	size_t i;

	sl_buf_init(&ids, BEATS_TEXT_MAX);
	status = sl_buf_append_text(&ids, "{");
	for (i = 0; i < count && status == SL_OK; i++) {
		sl_uuid_format(id, &deliveries[i]);
		status = sl_buf_printf(&ids, "%s%s", i == 0 ? "" : ",", id);
	}
	if (status == SL_OK)
		status = sl_buf_append_text(&ids, "}");
	sl_params_init(&params);
	if (status == SL_OK)
		sl_params_slice(&params, sl_buf_slice(&ids));
	else
		params.status = status;
	sl_buf_clear(&ids);
	return sl_call_closure(
	    db, &check_query, &params, on_leases, (void (*)(void))fn, ctx, err);
}

enum sl_status
sl_store_lease_redecided(struct sl_db *db, const struct sl_uuid *delivery,
    uint32_t version, sl_done_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, delivery);
	sl_params_int8(&params, version);
	return sl_call_done(db, &redecided_query, &params, fn, ctx, err);
}

enum sl_status
sl_store_lease_close(struct sl_db *db, const struct sl_uuid *delivery,
    uint64_t wire_bytes, const char *reason, sl_done_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, delivery);
	sl_params_int8(&params, (int64_t)wire_bytes);
	sl_params_text(&params, reason);
	return sl_call_done(db, &close_query, &params, fn, ctx, err);
}

enum sl_status
sl_store_session_list(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &session_list_query, NULL, err);
}

enum sl_status
sl_store_session_kick(json_t **out, struct sl_db *db, const char *what,
    const char *reason, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, what);
	sl_params_text(&params, reason);
	return sl_wait_json(out, db, &session_kick_query, &params, err);
}

enum sl_status
sl_store_status(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &status_query, NULL, err);
}
