/* The audit log: who changed what, why, as one hash chain. */
#ifndef SLUICE_STORE_AUDIT_H
#define SLUICE_STORE_AUDIT_H

#include <stdint.h>

#include "sluice/store/reply.h"

/* Newest first; limit 0: 100. */
SL_MUST_CHECK enum sl_status sl_store_audit_list(
    json_t **out, struct sl_db *db, uint32_t limit, struct sl_error *err);

/* Recomputes the chain: {"rows":n,"head":hex,"whole":true,"broken":null}, or
 * "whole":false with the number of the first row that does not fit. */
SL_MUST_CHECK enum sl_status sl_store_audit_verify(
    json_t **out, struct sl_db *db, struct sl_error *err);

#endif /* SLUICE_STORE_AUDIT_H */
