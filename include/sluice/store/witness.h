/* Under which name a login may cosign; an admin's.  Blocking. */
#ifndef SLUICE_STORE_WITNESS_H
#define SLUICE_STORE_WITNESS_H

#include "sluice/store/reply.h"

/* {"login","witness"} with "changes"; a login has one name.  SL_ERR_STATE, code
 * login_not_witness, unless it is in the role sluice_witness. */
SL_MUST_CHECK enum sl_status sl_store_witness_login_add(json_t **out,
    struct sl_db *db, const char *witness, const char *login,
    const char *reason, struct sl_error *err);

/* SL_ERR_NOT_FOUND, code login_not_found. */
SL_MUST_CHECK enum sl_status sl_store_witness_login_remove(json_t **out,
    struct sl_db *db, const char *login, const char *reason,
    struct sl_error *err);

/* Array of {"witness","login","in_trust"}; a witness of the trust file without
 * a login has null. */
SL_MUST_CHECK enum sl_status sl_store_witness_list(
    json_t **out, struct sl_db *db, struct sl_error *err);

#endif /* SLUICE_STORE_WITNESS_H */
