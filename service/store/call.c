#include "call.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/catalog/multirange.h"

/* A fetch body of 1 MiB names no more than this. */
#define RANGES_TEXT_MAX (32 * 1024 * 1024)

void
sl_call_ranges(struct sl_params *params, const struct sl_multirange *numbers)
{
	struct sl_buf text;

	if (numbers == NULL) {
		sl_params_text(params, "{}");
		return;
	}
	sl_buf_init(&text, RANGES_TEXT_MAX);
	if (sl_multirange_format_pg(&text, numbers) == SL_OK)
		sl_params_slice(params, sl_buf_slice(&text));
	else
		params->status = SL_ERR_LIMIT;
	sl_buf_clear(&text);
}

void
sl_call_json_param(struct sl_params *params, const json_t *value)
{
	char *text;

	if (value == NULL) {
		sl_params_null(params);
		return;
	}
	text = json_dumps(value, JSON_COMPACT);
	if (text == NULL)
		params->status = SL_ERR_NOMEM;
	else
		sl_params_text(params, text);
	free(text);
}

void
sl_call_number_param(struct sl_params *params, int64_t number)
{
	if (number == 0)
		sl_params_null(params);
	else
		sl_params_int8(params, number);
}

enum sl_status
sl_call_parse(json_t **out, const struct sl_rows *rows, int row, int column)
{
	struct sl_slice text;

	*out = NULL;
	if (sl_rows_count(rows) <= row || sl_rows_is_null(rows, row, column))
		return SL_ERR_INTEGRITY;
	text = sl_rows_text(rows, row, column);
	*out = json_loadb((const char *)text.data, text.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	return *out == NULL ? SL_ERR_INTEGRITY : SL_OK;
}

enum sl_status
sl_call_copy(
    char *out, size_t size, const struct sl_rows *rows, int row, int column)
{
	struct sl_slice text = sl_rows_text(rows, row, column);

	if (text.len >= size)
		return SL_ERR_INTEGRITY;
	memcpy(out, text.data, text.len);
	out[text.len] = '\0';
	return SL_OK;
}

void
sl_call_bad_answer(struct sl_error *err, enum sl_status status)
{
	(void)sl_error_code(err, status, "database_answer",
	    "the database's answer cannot be used: %s", sl_status_text(status));
}

/* ---- asynchronous ---- */

enum sl_status
sl_call_closure(struct sl_db *db, const struct sl_query *query,
    struct sl_params *params, sl_db_done_fn *on_rows, void (*fn)(void),
    void *ctx, struct sl_error *err)
{
	struct sl_closure *closure;
	enum sl_status status;

	closure = malloc(sizeof(*closure));
	if (closure == NULL) {
		sl_params_clear(params);
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	closure->fn = fn;
	closure->ctx = ctx;
	status = sl_db_call(db, query, params, on_rows, closure, err);
	if (status != SL_OK)
		free(closure);
	return status;
}

struct sl_closure
sl_closure_take(void *ctx)
{
	struct sl_closure closure = *(struct sl_closure *)ctx;

	free(ctx);
	return closure;
}

static void
on_json(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct sl_closure closure = sl_closure_take(ctx);
	sl_json_fn *fn = (sl_json_fn *)closure.fn;
	struct sl_error own = *err;
	json_t *value = NULL;

	if (status == SL_OK) {
		status = sl_call_parse(&value, rows, 0, 0);
		if (status != SL_OK)
			sl_call_bad_answer(&own, status);
	}
	fn(closure.ctx, status, value, &own);
	json_decref(value);
}

enum sl_status
sl_call_json(struct sl_db *db, const struct sl_query *query,
    struct sl_params *params, sl_json_fn *fn, void *ctx, struct sl_error *err)
{
	return sl_call_closure(
	    db, query, params, on_json, (void (*)(void))fn, ctx, err);
}

enum sl_status
sl_call_ids(struct sl_db *db, const struct sl_query *query,
    const struct sl_uuid *const *ids, sl_json_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	for (int i = 0; i < query->param_count; i++)
		sl_params_uuid(&params, ids[i]);
	return sl_call_json(db, query, &params, fn, ctx, err);
}

static void
on_done(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct sl_closure closure = sl_closure_take(ctx);

	(void)rows;
	if (closure.fn != NULL)
		((sl_done_fn *)closure.fn)(closure.ctx, status, err);
}

enum sl_status
sl_call_done(struct sl_db *db, const struct sl_query *query,
    struct sl_params *params, sl_done_fn *fn, void *ctx, struct sl_error *err)
{
	return sl_call_closure(
	    db, query, params, on_done, (void (*)(void))fn, ctx, err);
}

/* ---- waiting ---- */

enum sl_status
sl_wait_json(json_t **out, struct sl_db *db, const struct sl_query *query,
    struct sl_params *params, struct sl_error *err)
{
	struct sl_rows *rows;
	enum sl_status status;

	*out = NULL;
	status = sl_db_wait(&rows, db, query, params, err);
	if (status != SL_OK)
		return status;
	status = sl_call_parse(out, rows, 0, 0);
	if (status != SL_OK)
		sl_call_bad_answer(err, status);
	sl_rows_free(rows);
	return status;
}

enum sl_status
sl_wait_texts(json_t **out, struct sl_db *db, const struct sl_query *query,
    const char *const *texts, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	for (int i = 0; i < query->param_count; i++)
		sl_params_text(&params, texts[i]);
	return sl_wait_json(out, db, query, &params, err);
}

enum sl_status
sl_wait_done(struct sl_db *db, const struct sl_query *query,
    struct sl_params *params, struct sl_error *err)
{
	struct sl_rows *rows;
	enum sl_status status;

	status = sl_db_wait(&rows, db, query, params, err);
	if (status == SL_OK)
		sl_rows_free(rows);
	return status;
}
