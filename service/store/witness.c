#include "sluice/store/witness.h"

#include "call.h"

static const struct sl_query add_query = {"witness_login_add",
    "SELECT sluice.witness_login_add($1::text, $2::text, $3::text)", 3, 0};
static const struct sl_query remove_query = {"witness_login_remove",
    "SELECT sluice.witness_login_remove($1::text, $2::text)", 2, 0};
static const struct sl_query list_query = {
    "witness_list", "SELECT sluice.witness_list()", 0, 0};

enum sl_status
sl_store_witness_login_add(json_t **out, struct sl_db *db, const char *witness,
    const char *login, const char *reason, struct sl_error *err)
{
	const char *texts[] = {witness, login, reason};

	return sl_wait_texts(out, db, &add_query, texts, err);
}

enum sl_status
sl_store_witness_login_remove(json_t **out, struct sl_db *db, const char *login,
    const char *reason, struct sl_error *err)
{
	const char *texts[] = {login, reason};

	return sl_wait_texts(out, db, &remove_query, texts, err);
}

enum sl_status
sl_store_witness_list(json_t **out, struct sl_db *db, struct sl_error *err)
{
	return sl_wait_json(out, db, &list_query, NULL, err);
}
