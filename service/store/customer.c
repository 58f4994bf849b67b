#include "sluice/store/customer.h"

#include "call.h"

static const struct sl_query add_query = {"customer_add",
    "SELECT sluice.customer_add($1::text, $2::text, $3::text, "
    "$4::text)",
    4, 0};
static const struct sl_query list_query = {
    "customer_list", "SELECT sluice.customer_list()", 0, 0};
static const struct sl_query show_query = {
    "customer_show", "SELECT sluice.customer_show($1::text)", 1, 0};
static const struct sl_query set_query = {"customer_set",
    "SELECT sluice.customer_set($1::text, $2::text, $3::text, "
    "$4::text, $5::text)",
    5, 0};
static const struct sl_query set_status_query = {"customer_set_status",
    "SELECT sluice.customer_set_status($1::text, $2::text, "
    "$3::text)",
    3, 0};

enum sl_status
sl_store_customer_add(json_t **out, struct sl_db *db, const char *name,
    const char *title, const char *contact, const char *reason,
    struct sl_error *err)
{
	const char *texts[] = {name, title, contact, reason};

	return sl_wait_texts(out, db, &add_query, texts, err);
}

enum sl_status
sl_store_customer_list(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &list_query, NULL, err);
}

enum sl_status
sl_store_customer_show(
    json_t **out, struct sl_db *db, const char *name, struct sl_error *err)
{
	const char *texts[] = {name};

	return sl_wait_texts(out, db, &show_query, texts, err);
}

enum sl_status
sl_store_customer_set(json_t **out, struct sl_db *db,
    const struct sl_customer_change *change, struct sl_error *err)
{
	const char *texts[] = {change->customer, change->title, change->contact,
	    change->name, change->reason};

	return sl_wait_texts(out, db, &set_query, texts, err);
}

enum sl_status
sl_store_customer_set_status(json_t **out, struct sl_db *db,
    const char *customer, const char *status, const char *reason,
    struct sl_error *err)
{
	const char *texts[] = {customer, status, reason};

	return sl_wait_texts(out, db, &set_status_query, texts, err);
}
