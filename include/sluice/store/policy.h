/* Policies: licence terms without dataset, window and term, to grant from.
 * Changes answer as in customer.h. */
#ifndef SLUICE_STORE_POLICY_H
#define SLUICE_STORE_POLICY_H

#include <stdint.h>

#include "sluice/store/reply.h"

/* {"name","builtin","version","policy":{…},"created","changed"} */
SL_MUST_CHECK enum sl_status sl_store_policy_list(
    json_t **out, struct sl_db *db, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_store_policy_show(
    json_t **out, struct sl_db *db, const char *name, struct sl_error *err);

struct sl_policy_change {
	const char *name;
	const json_t *policy;
	uint32_t version; /* that was read; 0: whatever it is now */
	const char *reason;
};

/* Makes or replaces it.  Licences granted from it stay as they are.
 * SL_ERR_CONFLICT, code policy_changed. */
SL_MUST_CHECK enum sl_status sl_store_policy_set(json_t **out, struct sl_db *db,
    const struct sl_policy_change *change, struct sl_error *err);
/* SL_ERR_STATE, code policy_builtin. */
SL_MUST_CHECK enum sl_status sl_store_policy_remove(json_t **out,
    struct sl_db *db, const char *name, const char *reason,
    struct sl_error *err);

#endif /* SLUICE_STORE_POLICY_H */
