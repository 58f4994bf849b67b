/* Publishers with their logins and keys, and the operator's billing keys, for
 * sluicectl.  Changes answer as in customer.h. */
#ifndef SLUICE_STORE_PUBLISHER_H
#define SLUICE_STORE_PUBLISHER_H

#include "sluice/store/reply.h"

/* `login` is a PostgreSQL role that is a member of sluice_publisher. */
SL_MUST_CHECK enum sl_status sl_store_publisher_add(json_t **out,
    struct sl_db *db, const char *name, const char *title, const char *login,
    const char *reason, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_store_publisher_list(
    json_t **out, struct sl_db *db, struct sl_error *err);

/* One more login of a publisher, for a person or a site (`site` NULL: none in
 * particular).  SL_ERR_EXISTS, code login_exists, if it is another's. */
SL_MUST_CHECK enum sl_status sl_store_publisher_login_add(json_t **out,
    struct sl_db *db, const char *publisher, const char *login,
    const char *site, const char *reason, struct sl_error *err);
/* SL_ERR_NOT_FOUND, code login_not_found. */
SL_MUST_CHECK enum sl_status sl_store_publisher_login_remove(json_t **out,
    struct sl_db *db, const char *publisher, const char *login,
    const char *reason, struct sl_error *err);

SL_MUST_CHECK enum sl_status sl_store_key_revoke(json_t **out, struct sl_db *db,
    const char *public_key, const char *reason, struct sl_error *err);

/* ---- keys that statements and licence files are signed with ---- */

/* `public_key` is the base64 line of the .pub file ("RW…"). */
SL_MUST_CHECK enum sl_status sl_store_billing_key_add(json_t **out,
    struct sl_db *db, const char *public_key, const char *reason,
    struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_store_billing_key_list(
    json_t **out, struct sl_db *db, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_store_billing_key_revoke(json_t **out,
    struct sl_db *db, const char *public_key, const char *reason,
    struct sl_error *err);

#endif /* SLUICE_STORE_PUBLISHER_H */
