/* For whoever runs the database: what a backup must bring back, and the logins
 * of people.  Changes answer as in customer.h. */
#ifndef SLUICE_STORE_OPERATOR_H
#define SLUICE_STORE_OPERATOR_H

#include "sluice/store/reply.h"

/* Within a reading transaction, which stays open until the dump is done:
 * {"snapshot":name for pg_dump,"heads":{as below,"at"}}. */
SL_MUST_CHECK enum sl_status sl_store_backup_start(
    json_t **out, struct sl_db *db, struct sl_error *err);

/* {"version":1,"migration":n,"audit":{"number","head"},"ledgers":[{"licence",
 * "number","head"}]} */
SL_MUST_CHECK enum sl_status sl_store_backup_heads(
    json_t **out, struct sl_db *db, struct sl_error *err);

/* `role` is server, admin, publisher, auditor, log or witness.  The caller must
 * be allowed to make roles.  SL_ERR_INVALID, code bad_name or bad_role;
 * SL_ERR_EXISTS, code login_exists. */
SL_MUST_CHECK enum sl_status sl_store_login_add(json_t **out, struct sl_db *db,
    const char *login, const char *role, const char *reason,
    struct sl_error *err);
/* [{"name","roles":[…],"publisher","expires"}] */
SL_MUST_CHECK enum sl_status sl_store_login_list(
    json_t **out, struct sl_db *db, struct sl_error *err);
/* SL_ERR_NOT_FOUND, code login_not_found; SL_ERR_STATE, code login_in_use. */
SL_MUST_CHECK enum sl_status sl_store_login_remove(json_t **out,
    struct sl_db *db, const char *login, const char *reason,
    struct sl_error *err);

#endif /* SLUICE_STORE_OPERATOR_H */
