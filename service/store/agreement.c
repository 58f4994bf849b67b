#include "sluice/store/agreement.h"

#include "call.h"

static const struct sl_query add_query = {"agreement_add",
    "SELECT sluice.agreement_add($1::text, $2::text, $3::jsonb, "
    "$4::text)",
    4, 0};
static const struct sl_query amend_query = {"agreement_amend",
    "SELECT sluice.agreement_amend($1::text, $2::text, $3::jsonb, "
    "$4::int, $5::text)",
    5, 0};
static const struct sl_query list_query = {
    "agreement_list", "SELECT sluice.agreement_list($1::text)", 1, 0};
static const struct sl_query show_query = {
    "agreement_show", "SELECT sluice.agreement_show($1::text, $2::text)", 2, 0};
static const struct sl_query set_status_query = {"agreement_set_status",
    "SELECT sluice.agreement_set_status($1::text, $2::text, "
    "$3::text, $4::text)",
    4, 0};

enum sl_status
sl_store_agreement_add(json_t **out, struct sl_db *db,
    const struct sl_agreement_change *change, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, change->customer);
	sl_params_text(&params, change->name);
	sl_call_json_param(&params, change->terms);
	sl_params_text(&params, change->reason);
	return sl_wait_json(out, db, &add_query, &params, err);
}

enum sl_status
sl_store_agreement_amend(json_t **out, struct sl_db *db,
    const struct sl_agreement_change *change, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_text(&params, change->customer);
	sl_params_text(&params, change->name);
	sl_call_json_param(&params, change->terms);
	sl_call_number_param(&params, change->version);
	sl_params_text(&params, change->reason);
	return sl_wait_json(out, db, &amend_query, &params, err);
}

enum sl_status
sl_store_agreement_list(
    json_t **out, struct sl_db *db, const char *customer, struct sl_error *err)
{
	const char *texts[] = {customer};

	return sl_wait_texts(out, db, &list_query, texts, err);
}

enum sl_status
sl_store_agreement_show(json_t **out, struct sl_db *db, const char *customer,
    const char *name, struct sl_error *err)
{
	const char *texts[] = {customer, name};

	return sl_wait_texts(out, db, &show_query, texts, err);
}

enum sl_status
sl_store_agreement_set_status(json_t **out, struct sl_db *db,
    const struct sl_agreement_status *change, struct sl_error *err)
{
	const char *texts[] = {
	    change->customer, change->name, change->status, change->reason};

	return sl_wait_texts(out, db, &set_status_query, texts, err);
}
