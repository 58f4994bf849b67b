#include "sluice/store/dataset.h"

#include <string.h>

#include "call.h"

static const struct sl_query find_query = {"dataset_find",
    "SELECT id, kind, visibility, seq, licensed, released_seq "
    "FROM sluice.dataset_find($1::uuid, $2::text)",
    2, 0};
static const struct sl_query catalog_query = {"catalog",
    "SELECT sluice.catalog($1::uuid, $2::text, $3::text, $4::text, $5::text, "
    "$6::int)",
    6, 0};
static const struct sl_query show_query = {
    "dataset_show", "SELECT sluice.dataset_show($1::uuid, $2::text)", 2, 0};
static const struct sl_query episodes_query = {"dataset_episodes",
    "SELECT sluice.dataset_episodes($1::uuid, $2::text, $3::text, $4::text, "
    "$5::int)",
    5, 0};
static const struct sl_query batches_query = {"dataset_batches",
    "SELECT sluice.dataset_batches($1::uuid, $2::text, $3::text, $4::int)", 4,
    0};
static const struct sl_query create_query = {"dataset_create",
    "SELECT sluice.dataset_create($1::text, $2::text, $3::text, $4::text, "
    "$5::text, $6::text)",
    6, 0};
static const struct sl_query list_query = {
    "dataset_list", "SELECT sluice.dataset_list()", 0, 0};
static const struct sl_query known_query = {
    "dataset_known", "SELECT sluice.dataset_known($1::text, $2::text)", 2, 0};

/* What a page may have; SQL cuts it further. */
#define LIMIT_MAX 1000

static void
push_limit(struct sl_params *params, uint32_t limit)
{
	sl_params_int8(params, limit > LIMIT_MAX ? LIMIT_MAX : limit);
}

static enum sl_status
read_visibility(enum sl_visibility *out, const struct sl_rows *rows, int column)
{
	static const char *const words[] = {"public", "listed", "private"};
	struct sl_slice word = sl_rows_text(rows, 0, column);
	unsigned i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (sl_slice_is_text(word, words[i])) {
			*out = (enum sl_visibility)i;
			return SL_OK;
		}
	}
	return SL_ERR_INTEGRITY;
}

static enum sl_status
read_dataset(struct sl_dataset *out, const struct sl_rows *rows)
{
	memset(out, 0, sizeof(*out));
	if (sl_rows_count(rows) != 1 ||
	    sl_rows_int8(&out->id, rows, 0, 0) != SL_OK ||
	    sl_dataset_kind_by_name(&out->kind, sl_rows_text(rows, 0, 1)) !=
	        SL_OK ||
	    read_visibility(&out->visibility, rows, 2) != SL_OK ||
	    sl_rows_uint32(&out->seq, rows, 0, 3) != SL_OK ||
	    sl_rows_bool(&out->licensed, rows, 0, 4) != SL_OK ||
	    sl_rows_uint32(&out->released_seq, rows, 0, 5) != SL_OK)
		return SL_ERR_INTEGRITY;
	return SL_OK;
}

static void
on_dataset(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct sl_closure closure = sl_closure_take(ctx);
	sl_dataset_fn *fn = (sl_dataset_fn *)closure.fn;
	struct sl_dataset dataset;
	struct sl_error own = *err;

	if (status == SL_OK) {
		status = read_dataset(&dataset, rows);
		if (status != SL_OK)
			sl_call_bad_answer(&own, status);
	}
	fn(closure.ctx, status, status == SL_OK ? &dataset : NULL, &own);
}

enum sl_status
sl_store_dataset_find(struct sl_db *db, const struct sl_uuid *customer,
    const char *name, sl_dataset_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, customer);
	sl_params_text(&params, name);
	return sl_call_closure(
	    db, &find_query, &params, on_dataset, (void (*)(void))fn, ctx, err);
}

enum sl_status
sl_store_catalog(struct sl_db *db, const struct sl_uuid *customer,
    const struct sl_catalog_query *query, sl_json_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, customer);
	sl_params_text(&params, query->text);
	sl_params_text(&params, query->kind);
	sl_params_text(&params, query->where);
	sl_params_text(&params, query->cursor);
	push_limit(&params, query->limit);
	return sl_call_json(db, &catalog_query, &params, fn, ctx, err);
}

enum sl_status
sl_store_dataset_show(struct sl_db *db, const struct sl_uuid *customer,
    const char *name, sl_json_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, customer);
	sl_params_text(&params, name);
	return sl_call_json(db, &show_query, &params, fn, ctx, err);
}

enum sl_status
sl_store_dataset_episodes(struct sl_db *db, const struct sl_uuid *customer,
    const char *name, const struct sl_page *page, sl_json_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, customer);
	sl_params_text(&params, name);
	sl_params_text(&params, page->where);
	sl_params_text(&params, page->cursor);
	push_limit(&params, page->limit);
	return sl_call_json(db, &episodes_query, &params, fn, ctx, err);
}

enum sl_status
sl_store_dataset_batches(struct sl_db *db, const struct sl_uuid *customer,
    const char *name, const struct sl_page *page, sl_json_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_uuid(&params, customer);
	sl_params_text(&params, name);
	sl_params_text(&params, page->cursor);
	push_limit(&params, page->limit);
	return sl_call_json(db, &batches_query, &params, fn, ctx, err);
}

enum sl_status
sl_store_dataset_create(json_t **out, struct sl_db *db,
    const struct sl_dataset_new *dataset, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, dataset->name);
	sl_params_text(&params, dataset->kind);
	sl_params_text(&params, dataset->visibility);
	sl_params_text(&params, dataset->title);
	sl_params_text(&params, dataset->description);
	sl_params_text(&params, dataset->licence_name);
	return sl_wait_json(out, db, &create_query, &params, err);
}

enum sl_status
sl_store_dataset_list(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &list_query, NULL, err);
}

enum sl_status
sl_store_dataset_known(json_t **out, struct sl_db *db, const char *dataset,
    const char *site, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, dataset);
	sl_params_text(&params, site);
	return sl_wait_json(out, db, &known_query, &params, err);
}
