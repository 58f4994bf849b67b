/* Settings of the whole service that live in the database. */
#ifndef SLUICE_STORE_SETTING_H
#define SLUICE_STORE_SETTING_H

#include "sluice/store/reply.h"

SL_MUST_CHECK enum sl_status sl_store_setting_list(
    json_t **out, struct sl_db *db, struct sl_error *err);
/* Changes answer as in customer.h.  SL_ERR_INVALID, code bad_value. */
SL_MUST_CHECK enum sl_status sl_store_setting_set(json_t **out,
    struct sl_db *db, const char *name, const char *value, const char *reason,
    struct sl_error *err);

#endif /* SLUICE_STORE_SETTING_H */
