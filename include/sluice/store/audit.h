/* The audit log: who changed what, why, as one hash chain. */
#ifndef SLUICE_STORE_AUDIT_H
#define SLUICE_STORE_AUDIT_H

#include <stdint.h>

#include "sluice/store/reply.h"

/* What all rows that are wanted have; NULL and 0: any. */
struct sl_audit_search {
	int64_t since_us; /* at this time or later */
	int64_t until_us; /* before this time */
	const char *actor;
	const char *action;
	const char *customer; /* it, or what is its own, was changed */
	uint32_t limit;       /* 0: 100; at most 100,000 */
};

/* Newest first.  SL_ERR_NOT_FOUND, code customer_not_found. */
SL_MUST_CHECK enum sl_status sl_store_audit_list(json_t **out, struct sl_db *db,
    const struct sl_audit_search *search, struct sl_error *err);

/* Recomputes the chain: {"rows":n,"head":hex,"whole":true,"broken":null}, or
 * "whole":false with the number of the first row that does not fit. */
SL_MUST_CHECK enum sl_status sl_store_audit_verify(
    json_t **out, struct sl_db *db, struct sl_error *err);

#endif /* SLUICE_STORE_AUDIT_H */
