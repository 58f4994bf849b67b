#include "sluice/store/notice.h"

#include "call.h"

static const struct sl_query set_visibility_query = {"dataset_set_visibility",
    "SELECT sluice.dataset_set_visibility($1::text, $2::text, "
    "$3::text)",
    3, 0};
static const struct sl_query price_set_query = {"price_set",
    "SELECT sluice.price_set($1::text, $2::jsonb, $3::text)", 3, 0};
static const struct sl_query add_query = {"notice_add",
    "SELECT sluice.notice_add($1::text, $2::text, $3::text, "
    "$4::bigint, $5::text)",
    5, 0};
static const struct sl_query list_query = {
    "notice_list", "SELECT sluice.notice_list($1::text)", 1, 0};
static const struct sl_query remove_query = {"notice_remove",
    "SELECT sluice.notice_remove($1::text, $2::bigint, $3::text)", 3, 0};
static const struct sl_query recall_query = {
    "recall", "SELECT sluice.recall($1::text, $2::text)", 2, 0};

enum sl_status
sl_store_dataset_set_visibility(json_t **out, struct sl_db *db,
    const char *dataset, const char *visibility, const char *reason,
    struct sl_error *err)
{
	const char *texts[] = {dataset, visibility, reason};

	return sl_wait_texts(out, db, &set_visibility_query, texts, err);
}

enum sl_status
sl_store_price_set(json_t **out, struct sl_db *db, const char *dataset,
    const json_t *price, const char *reason, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, dataset);
	sl_call_json_param(&params, price);
	sl_params_text(&params, reason);
	return sl_wait_json(out, db, &price_set_query, &params, err);
}

enum sl_status
sl_store_notice_add(json_t **out, struct sl_db *db,
    const struct sl_notice_new *notice, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, notice->dataset);
	sl_params_text(&params, notice->kind);
	sl_params_text(&params, notice->text);
	sl_call_number_param(&params, notice->at_us);
	sl_params_text(&params, notice->reason);
	return sl_wait_json(out, db, &add_query, &params, err);
}

enum sl_status
sl_store_notice_list(
    json_t **out, struct sl_db *db, const char *dataset, struct sl_error *err)
{
	const char *texts[] = {dataset};

	return sl_wait_texts(out, db, &list_query, texts, err);
}

enum sl_status
sl_store_notice_remove(json_t **out, struct sl_db *db, const char *dataset,
    int64_t number, const char *reason, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, dataset);
	sl_params_int8(&params, number);
	sl_params_text(&params, reason);
	return sl_wait_json(out, db, &remove_query, &params, err);
}

enum sl_status
sl_store_recall(json_t **out, struct sl_db *db, const char *dataset,
    const char *episode, struct sl_error *err)
{
	const char *texts[] = {dataset, episode};

	return sl_wait_texts(out, db, &recall_query, texts, err);
}
