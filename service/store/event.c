#include "sluice/store/event.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "sluice/base/checked.h"

static const struct sl_query events_query = {"events",
    "SELECT id, kind, dataset, licence, customer, data "
    "FROM sluice.events($1::bigint, $2::int)",
    2, 0};
static const struct sl_query events_of_query = {"events_of",
    "SELECT id, kind, dataset, licence, customer, data "
    "FROM sluice.events_of($1::uuid, $2::uuid, $3::bigint, $4::int)",
    4, 0};
static const struct sl_query subscription_query = {"subscription",
    "SELECT newest, datasets FROM sluice.subscription($1::uuid, $2::uuid)", 2,
    0};
static const struct sl_query tokens_ended_query = {"tokens_ended",
    "SELECT token, code FROM sluice.tokens_ended($1::uuid[])", 1, 0};

/* Tokens of one worker's subscribers. */
#define TOKENS_TEXT_MAX (4u << 20)

static enum sl_status
read_event(struct sl_event_row *out, const struct sl_rows *rows, int row)
{
	if (sl_rows_int8(&out->id, rows, row, 0) != SL_OK ||
	    sl_rows_int8(&out->dataset, rows, row, 2) != SL_OK)
		return SL_ERR_INTEGRITY;
	out->kind = (const char *)sl_rows_text(rows, row, 1).data;
	out->data = (const char *)sl_rows_text(rows, row, 5).data;
	out->has_licence = !sl_rows_is_null(rows, row, 3);
	if (!out->has_licence)
		return SL_OK;
	if (sl_rows_uuid(&out->licence, rows, row, 3) != SL_OK)
		return SL_ERR_INTEGRITY;
	return sl_rows_uuid(&out->customer, rows, row, 4);
}

static enum sl_status
read_events(struct sl_event_row **out, const struct sl_rows *rows)
{
	int count = sl_rows_count(rows), i;
	enum sl_status status = SL_OK;

	*out = calloc((size_t)count + 1, sizeof(**out));
	if (*out == NULL)
		return SL_ERR_NOMEM;
	for (i = 0; i < count && status == SL_OK; i++)
		status = read_event(&(*out)[i], rows, i);
	return status;
}

static void
on_events(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct sl_closure closure = sl_closure_take(ctx);
	sl_events_fn *fn = (sl_events_fn *)closure.fn;
	struct sl_event_row *events = NULL;
	struct sl_error own = *err;

	if (status == SL_OK) {
		status = read_events(&events, rows);
		if (status != SL_OK)
			sl_call_bad_answer(&own, status);
	}
	if (status == SL_OK)
		fn(closure.ctx, SL_OK, events, (size_t)sl_rows_count(rows),
		    &own);
	else
		fn(closure.ctx, status, NULL, 0, &own);
	free(events);
}

static void
push_limit(struct sl_params *params, uint32_t limit)
{
	sl_params_int8(params, limit > SL_EVENTS_MAX ? SL_EVENTS_MAX : limit);
}

enum sl_status
sl_store_events(struct sl_db *db, int64_t after, uint32_t limit,
    sl_events_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_int8(&params, after);
	push_limit(&params, limit);
	return sl_call_closure(db, &events_query, &params, on_events,
	    (void (*)(void))fn, ctx, err);
}

enum sl_status
sl_store_events_of(struct sl_db *db, const struct sl_uuid *customer,
    const struct sl_uuid *licence, int64_t after, sl_events_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, customer);
	sl_params_uuid(&params, licence);
	sl_params_int8(&params, after);
	sl_params_int8(&params, SL_EVENTS_MAX);
	return sl_call_closure(db, &events_of_query, &params, on_events,
	    (void (*)(void))fn, ctx, err);
}

/* ---- subscription ---- */

/* Dataset ids: [1,22]. */
static enum sl_status
read_datasets(int64_t **out, size_t *out_count, json_t *list)
{
	size_t count = json_array_size(list), i;
	json_t *item;

	if (!json_is_array(list))
		return SL_ERR_INTEGRITY;
	*out = calloc(count + 1, sizeof(**out));
	if (*out == NULL)
		return SL_ERR_NOMEM;
	json_array_foreach (list, i, item) {
		if (!json_is_integer(item))
			return SL_ERR_INTEGRITY;
		(*out)[i] = json_integer_value(item);
	}
	*out_count = count;
	return SL_OK;
}

static void
on_subscription(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct sl_closure closure = sl_closure_take(ctx);
	sl_subscription_fn *fn = (sl_subscription_fn *)closure.fn;
	struct sl_subscription found = {0};
	struct sl_error own = *err;
	int64_t *datasets = NULL;
	json_t *list = NULL;

	if (status == SL_OK) {
		status = sl_call_parse(&list, rows, 0, 1);
		if (status == SL_OK)
			status = sl_rows_int8(&found.newest, rows, 0, 0);
		if (status == SL_OK)
			status = read_datasets(
			    &datasets, &found.dataset_count, list);
		if (status != SL_OK)
			sl_call_bad_answer(&own, status);
	}
	found.datasets = datasets;
	fn(closure.ctx, status, status == SL_OK ? &found : NULL, &own);
	free(datasets);
	json_decref(list);
}

enum sl_status
sl_store_subscription(struct sl_db *db, const struct sl_uuid *customer,
    const struct sl_uuid *licence, sl_subscription_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, customer);
	sl_params_uuid(&params, licence);
	return sl_call_closure(db, &subscription_query, &params,
	    on_subscription, (void (*)(void))fn, ctx, err);
}

/* ---- tokens ---- */

static enum sl_status
read_ends(struct sl_token_end **out, const struct sl_rows *rows)
{
	int count = sl_rows_count(rows), i;
	enum sl_status status = SL_OK;

	*out = calloc((size_t)count + 1, sizeof(**out));
	if (*out == NULL)
		return SL_ERR_NOMEM;
	for (i = 0; i < count && status == SL_OK; i++) {
		status = sl_rows_uuid(&(*out)[i].token, rows, i, 0);
		(*out)[i].code = (const char *)sl_rows_text(rows, i, 1).data;
	}
	return status;
}

static void
on_tokens_ended(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct sl_closure closure = sl_closure_take(ctx);
	sl_tokens_ended_fn *fn = (sl_tokens_ended_fn *)closure.fn;
	struct sl_token_end *ends = NULL;
	struct sl_error own = *err;

	if (status == SL_OK) {
		status = read_ends(&ends, rows);
		if (status != SL_OK)
			sl_call_bad_answer(&own, status);
	}
	if (status == SL_OK)
		fn(closure.ctx, SL_OK, ends, (size_t)sl_rows_count(rows), &own);
	else
		fn(closure.ctx, status, NULL, 0, &own);
	free(ends);
}

/* uuid[] as a parameter. */
static void
push_tokens(
    struct sl_params *params, const struct sl_uuid *tokens, size_t count)
{
	char id[SL_UUID_TEXT_LEN + 1];
	enum sl_status status = SL_OK;
	struct sl_buf text;
	size_t i;

	sl_buf_init(&text, TOKENS_TEXT_MAX);
	for (i = 0; i < count && status == SL_OK; i++) {
		sl_uuid_format(id, &tokens[i]);
		status = sl_buf_printf(&text, "%c%s", i == 0 ? '{' : ',', id);
	}
	if (status == SL_OK)
		status = sl_buf_append_text(&text, count == 0 ? "{}" : "}");
	if (status == SL_OK)
		sl_params_slice(params, sl_buf_slice(&text));
	else
		params->status = status;
	sl_buf_clear(&text);
}

enum sl_status
sl_store_tokens_ended(struct sl_db *db, const struct sl_uuid *tokens,
    size_t count, sl_tokens_ended_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	push_tokens(&params, tokens, count);
	return sl_call_closure(db, &tokens_ended_query, &params,
	    on_tokens_ended, (void (*)(void))fn, ctx, err);
}
