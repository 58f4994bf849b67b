#include "sluice/store/release.h"

#include "call.h"

static const struct sl_query tick_query = {
    "tick", "SELECT sluice.tick()", 0, 0};
static const struct sl_query list_query = {
    "release_list", "SELECT sluice.release_list($1::text)", 1, 0};

enum sl_status
sl_store_tick(struct sl_db *db, sl_done_fn *fn, void *ctx, struct sl_error *err)
{
	return sl_call_done(db, &tick_query, NULL, fn, ctx, err);
}

enum sl_status
sl_store_release_list(
    json_t **out, struct sl_db *db, const char *dataset, struct sl_error *err)
{
	const char *texts[] = {dataset};

	return sl_wait_texts(out, db, &list_query, texts, err);
}
