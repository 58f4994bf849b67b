#include "sluice/store/bundle.h"

#include <string.h>

#include "call.h"

static const struct sl_query open_query = {"bundle_open",
    "SELECT customer, customer_name, dataset_id, kind, seq, "
    "epoch "
    "FROM sluice.bundle_open($1::text, $2::uuid, $3::bigint)",
    3, 0};

static enum sl_status
read_target(struct sl_bundle_target *out, const struct sl_rows *rows)
{
	if (sl_rows_count(rows) != 1 ||
	    sl_rows_uuid(&out->account.customer, rows, 0, 0) != SL_OK ||
	    sl_call_copy(out->account.customer_name,
	        sizeof(out->account.customer_name), rows, 0, 1) != SL_OK ||
	    sl_rows_int8(&out->dataset.id, rows, 0, 2) != SL_OK ||
	    sl_dataset_kind_by_name(
	        &out->dataset.kind, sl_rows_text(rows, 0, 3)) != SL_OK ||
	    sl_rows_uint32(&out->dataset.seq, rows, 0, 4) != SL_OK ||
	    sl_rows_uint32(&out->epoch, rows, 0, 5) != SL_OK)
		return SL_ERR_INTEGRITY;
	return SL_OK;
}

enum sl_status
sl_store_bundle_open(struct sl_bundle_target *out, struct sl_db *db,
    const struct sl_bundle_order *order, struct sl_error *err)
{
	struct sl_params params;
	struct sl_rows *rows;
	enum sl_status status;

	memset(out, 0, sizeof(*out));
	sl_params_init(&params);
	sl_params_text(&params, order->dataset);
	sl_params_uuid(&params, &order->licence);
	sl_params_int8(&params, order->after);
	status = sl_db_wait(&rows, db, &open_query, &params, err);
	if (status != SL_OK)
		return status;
	status = read_target(out, rows);
	if (status != SL_OK)
		sl_call_bad_answer(err, status);
	out->account.scopes = SL_SCOPE_DELIVER;
	out->account.has_licence = true;
	out->account.licence = order->licence;
	out->account.expires_us = INT64_MAX;
	out->dataset.name = order->dataset;
	out->dataset.licensed = true;
	sl_rows_free(rows);
	return status;
}
