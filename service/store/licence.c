#include "sluice/store/licence.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "sluice/base/clock.h"

/* A quote's body is a fetch's: 1 MiB. */
#define WANTS_TEXT_MAX (32 * 1024 * 1024)

static const struct sl_query licences_query = {"licences",
    "SELECT used_episodes, used_duration_ms, used_bytes, ledger_number, "
    "ledger_head, id, customer, version, class, dataset, dataset_id, terms, "
    "status, accepted, released_seq, deliveries, deliveries_max, "
    "window_episodes, window_duration_ms, window_bytes, agreement_status, "
    "agreement_from_us, agreement_until_us, ceiling_episodes, "
    "ceiling_duration_ms, ceiling_bytes, ceiling_money_micro, "
    "agreement_episodes, agreement_duration_ms, agreement_bytes, "
    "agreement_money_micro, (release ->> 'seq')::bigint, "
    "release ->> 'at' "
    "FROM sluice.licences($1::uuid, $2::bigint, $3::uuid)",
    3, 0};
static const struct sl_query charge_query = {"charge",
    "SELECT used_episodes, used_duration_ms, used_bytes, ledger_number, "
    "ledger_head, outcome, code, covered, charged_episodes, "
    "charged_duration_ms, charged_bytes, charged_amount_micro "
    "FROM sluice.charge($1::uuid, $2::int, $3::bigint, $4::int, "
    "$5::int4multirange, $6::text, $7::uuid)",
    7, 0};
static const struct sl_query quote_query = {"quote",
    "SELECT new_episodes, new_duration_ms, new_bytes, held_segments, "
    "held_episodes, held_duration_ms, held_bytes "
    "FROM sluice.quote($1::uuid, $2::bigint, $3::jsonb)",
    3, 0};
static const struct sl_query customer_licence_query = {"customer_licence",
    "SELECT sluice.customer_licence($1::uuid, $2::uuid)", 2, 0};
static const struct sl_query customer_licences_query = {
    "customer_licences", "SELECT sluice.customer_licences($1::uuid)", 1, 0};
/* The first five columns of both. */
static enum sl_status
read_total(struct sl_usage_total *out, const struct sl_rows *rows, int row)
{
	if (sl_rows_uint64(&out->episodes, rows, row, 0) != SL_OK ||
	    sl_rows_uint64(&out->duration_ms, rows, row, 1) != SL_OK ||
	    sl_rows_uint64(&out->bytes, rows, row, 2) != SL_OK ||
	    sl_rows_uint64(&out->ledger_number, rows, row, 3) != SL_OK)
		return SL_ERR_INTEGRITY;
	return sl_rows_bytes(
	    out->ledger_head, sizeof(out->ledger_head), rows, row, 4);
}

/* ---- licences ---- */

/* Three columns from `column` on; NULL is no limit. */
static enum sl_status
read_quota(
    struct sl_quota *out, const struct sl_rows *rows, int row, int column)
{
	uint64_t *const to[] = {&out->episodes, &out->duration_ms, &out->bytes};
	int i;

	for (i = 0; i < 3; i++) {
		*to[i] = SL_QUOTA_NONE;
		if (!sl_rows_is_null(rows, row, column + i) &&
		    sl_rows_uint64(to[i], rows, row, column + i) != SL_OK)
			return SL_ERR_INTEGRITY;
	}
	return SL_OK;
}

static enum sl_status
read_agreement(
    struct sl_agreement_state *out, const struct sl_rows *rows, int row)
{
	enum sl_status status = SL_OK;

	out->has = !sl_rows_is_null(rows, row, 20);
	if (!out->has)
		return SL_OK;
	out->ceiling.money_micro = SL_QUOTA_NONE;
	if (!sl_rows_is_null(rows, row, 26))
		status =
		    sl_rows_uint64(&out->ceiling.money_micro, rows, row, 26);
	if (status != SL_OK ||
	    sl_agreement_status_by_name(
	        &out->status, sl_rows_text(rows, row, 20)) != SL_OK ||
	    sl_rows_int8(&out->from_us, rows, row, 21) != SL_OK ||
	    sl_rows_int8(&out->until_us, rows, row, 22) != SL_OK ||
	    read_quota(&out->ceiling.quota, rows, row, 23) != SL_OK ||
	    read_quota(&out->used, rows, row, 27) != SL_OK)
		return SL_ERR_INTEGRITY;
	return sl_rows_int8(&out->used_money_micro, rows, row, 30);
}

static enum sl_status
read_state(struct sl_licence_state *out, const struct sl_rows *rows, int row)
{
	if (sl_licence_status_by_name(
	        &out->status, sl_rows_text(rows, row, 12)) != SL_OK ||
	    sl_rows_bool(&out->accepted, rows, row, 13) != SL_OK ||
	    sl_rows_uint32(&out->released_seq, rows, row, 14) != SL_OK ||
	    sl_rows_uint32(&out->deliveries, rows, row, 15) != SL_OK ||
	    sl_rows_uint32(&out->deliveries_max, rows, row, 16) != SL_OK ||
	    read_quota(&out->used, rows, row, 17) != SL_OK)
		return SL_ERR_INTEGRITY;
	return read_agreement(&out->agreement, rows, row);
}

static enum sl_status
read_release(struct sl_licence_row *out, const struct sl_rows *rows, int row)
{
	if (sl_rows_is_null(rows, row, 31))
		return SL_OK;
	if (sl_rows_uint32(&out->release_seq, rows, row, 31) != SL_OK)
		return SL_ERR_INTEGRITY;
	return sl_time_parse(
	           &out->release_at_us, sl_rows_text(rows, row, 32)) == SL_OK
	    ? SL_OK
	    : SL_ERR_INTEGRITY;
}

static enum sl_status
read_licence(struct sl_licence_row *out, const struct sl_rows *rows, int row)
{
	enum sl_status status;

	status = read_total(&out->usage, rows, row);
	if (status != SL_OK)
		return status;
	if (sl_rows_uuid(&out->id, rows, row, 5) != SL_OK ||
	    sl_rows_uuid(&out->customer, rows, row, 6) != SL_OK ||
	    sl_rows_uint32(&out->version, rows, row, 7) != SL_OK ||
	    sl_rows_int8(&out->dataset_id, rows, row, 10) != SL_OK ||
	    read_state(&out->state, rows, row) != SL_OK ||
	    read_release(out, rows, row) != SL_OK)
		return SL_ERR_INTEGRITY;
	out->class_name = (const char *)sl_rows_text(rows, row, 8).data;
	out->dataset = (const char *)sl_rows_text(rows, row, 9).data;
	return sl_call_parse(&out->terms, rows, row, 11);
}

static enum sl_status
read_licences(struct sl_licence_row **out, const struct sl_rows *rows)
{
	int count = sl_rows_count(rows), i;
	enum sl_status status = SL_OK;

	*out = calloc((size_t)count + 1, sizeof(**out));
	if (*out == NULL)
		return SL_ERR_NOMEM;
	for (i = 0; i < count && status == SL_OK; i++)
		status = read_licence(&(*out)[i], rows, i);
	return status;
}

static void
free_licences(struct sl_licence_row *licences, int count)
{
	int i;

	for (i = 0; licences != NULL && i < count; i++)
		json_decref(licences[i].terms);
	free(licences);
}

static void
on_licences(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct sl_closure closure = sl_closure_take(ctx);
	sl_licences_fn *fn = (sl_licences_fn *)closure.fn;
	struct sl_licence_row *licences = NULL;
	struct sl_error own = *err;
	int count = rows == NULL ? 0 : sl_rows_count(rows);

	if (status == SL_OK) {
		status = read_licences(&licences, rows);
		if (status != SL_OK)
			sl_call_bad_answer(&own, status);
	}
	if (status == SL_OK)
		fn(closure.ctx, SL_OK, licences, (size_t)count, &own);
	else
		fn(closure.ctx, status, NULL, 0, &own);
	free_licences(licences, count);
}

enum sl_status
sl_store_licences(struct sl_db *db, const struct sl_uuid *customer,
    int64_t dataset, const struct sl_uuid *licence, sl_licences_fn *fn,
    void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, customer);
	sl_call_number_param(&params, dataset);
	sl_params_uuid(&params, licence);
	return sl_call_closure(db, &licences_query, &params, on_licences,
	    (void (*)(void))fn, ctx, err);
}

/* ---- charge ---- */

static enum sl_status
read_outcome(enum sl_charge_outcome *out, struct sl_slice word)
{
	static const char *const words[] = {
	    "charged", "held", "stale", "refused"};
	unsigned i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (sl_slice_is_text(word, words[i])) {
			*out = (enum sl_charge_outcome)i;
			return SL_OK;
		}
	}
	return SL_ERR_INTEGRITY;
}

static enum sl_status
read_charge(struct sl_charge *out, const struct sl_rows *rows)
{
	if (sl_rows_count(rows) != 1 ||
	    read_total(&out->usage, rows, 0) != SL_OK ||
	    read_outcome(&out->outcome, sl_rows_text(rows, 0, 5)) != SL_OK ||
	    sl_call_copy(out->code, sizeof(out->code), rows, 0, 6) != SL_OK ||
	    sl_rows_uint64(&out->charged_episodes, rows, 0, 8) != SL_OK ||
	    sl_rows_uint64(&out->charged_duration_ms, rows, 0, 9) != SL_OK ||
	    sl_rows_uint64(&out->charged_bytes, rows, 0, 10) != SL_OK ||
	    sl_rows_int8(&out->charged_amount_micro, rows, 0, 11) != SL_OK)
		return SL_ERR_INTEGRITY;
	return sl_multirange_parse_pg(
	    &out->covered, sl_rows_text(rows, 0, 7), NULL);
}

static void
on_charge(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct sl_closure closure = sl_closure_take(ctx);
	sl_charge_fn *fn = (sl_charge_fn *)closure.fn;
	struct sl_charge charge;
	struct sl_error own = *err;

	memset(&charge, 0, sizeof(charge));
	sl_multirange_init(&charge.covered);
	if (status == SL_OK) {
		status = read_charge(&charge, rows);
		if (status != SL_OK)
			sl_call_bad_answer(&own, status);
	}
	fn(closure.ctx, status, status == SL_OK ? &charge : NULL, &own);
	sl_multirange_clear(&charge.covered);
}

enum sl_status
sl_store_charge(struct sl_db *db, const struct sl_charge_request *request,
    sl_charge_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, &request->licence);
	sl_params_int8(&params, request->version);
	sl_params_int8(&params, request->dataset);
	sl_params_int8(&params, request->seq);
	sl_call_ranges(&params, request->ordinals);
	sl_params_text(&params, request->purpose);
	sl_params_uuid(&params, &request->delivery);
	return sl_call_closure(db, &charge_query, &params, on_charge,
	    (void (*)(void))fn, ctx, err);
}

/* ---- quote ---- */

static enum sl_status
read_quote(struct sl_quote *out, const struct sl_rows *rows)
{
	memset(out, 0, sizeof(*out));
	if (sl_rows_count(rows) != 1 ||
	    sl_rows_uint64(&out->new_episodes, rows, 0, 0) != SL_OK ||
	    sl_rows_uint64(&out->new_duration_ms, rows, 0, 1) != SL_OK ||
	    sl_rows_uint64(&out->new_bytes, rows, 0, 2) != SL_OK ||
	    sl_rows_uint64(&out->held_segments, rows, 0, 3) != SL_OK ||
	    sl_rows_uint64(&out->held_episodes, rows, 0, 4) != SL_OK ||
	    sl_rows_uint64(&out->held_duration_ms, rows, 0, 5) != SL_OK ||
	    sl_rows_uint64(&out->held_bytes, rows, 0, 6) != SL_OK)
		return SL_ERR_INTEGRITY;
	return SL_OK;
}

static void
on_quote(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct sl_closure closure = sl_closure_take(ctx);
	sl_quote_fn *fn = (sl_quote_fn *)closure.fn;
	struct sl_quote quote;
	struct sl_error own = *err;

	if (status == SL_OK) {
		status = read_quote(&quote, rows);
		if (status != SL_OK)
			sl_call_bad_answer(&own, status);
	}
	fn(closure.ctx, status, status == SL_OK ? &quote : NULL, &own);
}

static void
push_wants(
    struct sl_params *params, const struct sl_quote_want *wants, size_t count)
{
	struct sl_buf text;
	enum sl_status status;
	size_t i;

	sl_buf_init(&text, WANTS_TEXT_MAX);
	status = sl_buf_append_text(&text, "[");
	for (i = 0; i < count && status == SL_OK; i++) {
		status = sl_buf_printf(
		    &text, "%s[%u,\"", i == 0 ? "" : ",", wants[i].seq);
		if (status == SL_OK)
			status =
			    sl_multirange_format_pg(&text, wants[i].ordinals);
		if (status == SL_OK)
			status = sl_buf_append_text(&text, "\"]");
	}
	if (status == SL_OK)
		status = sl_buf_append_text(&text, "]");
	if (status == SL_OK)
		sl_params_slice(params, sl_buf_slice(&text));
	else
		params->status = status;
	sl_buf_clear(&text);
}

enum sl_status
sl_store_quote(struct sl_db *db, const struct sl_quote_request *request,
    sl_quote_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, &request->licence);
	sl_params_int8(&params, request->dataset);
	push_wants(&params, request->wants, request->want_count);
	return sl_call_closure(
	    db, &quote_query, &params, on_quote, (void (*)(void))fn, ctx, err);
}

/* ---- for the customer ---- */

enum sl_status
sl_store_customer_licence(struct sl_db *db, const struct sl_uuid *customer,
    const struct sl_uuid *licence, sl_json_fn *fn, void *ctx,
    struct sl_error *err)
{
	const struct sl_uuid *ids[] = {customer, licence};

	return sl_call_ids(db, &customer_licence_query, ids, fn, ctx, err);
}

enum sl_status
sl_store_customer_licences(struct sl_db *db, const struct sl_uuid *customer,
    sl_json_fn *fn, void *ctx, struct sl_error *err)
{
	return sl_call_ids(
	    db, &customer_licences_query, &customer, fn, ctx, err);
}
