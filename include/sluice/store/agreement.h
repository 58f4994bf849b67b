/* Agreements: the contract that licences of a customer stand under, with a
 * term, a currency and ceilings that they draw on together.  Named per
 * customer.  Changes answer as in customer.h. */
#ifndef SLUICE_STORE_AGREEMENT_H
#define SLUICE_STORE_AGREEMENT_H

#include <stdint.h>

#include "sluice/store/reply.h"

struct sl_agreement_change {
	const char *customer;
	const char *name;
	/* {"from","until","currency","ceiling":{"episodes","duration_ms",
	 * "bytes","money_micro"}}; null for no ceiling */
	const json_t *terms;
	uint32_t version; /* that was read; 0: whatever it is now */
	const char *reason;
};

/* SL_ERR_INVALID, code bad_agreement or bad_currency; SL_ERR_EXISTS, code
 * agreement_exists. */
SL_MUST_CHECK enum sl_status sl_store_agreement_add(json_t **out,
    struct sl_db *db, const struct sl_agreement_change *change,
    struct sl_error *err);

/* The next version.  SL_ERR_CONFLICT, code agreement_changed; SL_ERR_STATE,
 * code agreement_ended or currency_fixed (something was charged already). */
SL_MUST_CHECK enum sl_status sl_store_agreement_amend(json_t **out,
    struct sl_db *db, const struct sl_agreement_change *change,
    struct sl_error *err);

/* customer NULL: all. */
SL_MUST_CHECK enum sl_status sl_store_agreement_list(
    json_t **out, struct sl_db *db, const char *customer, struct sl_error *err);
/* With versions and licences. */
SL_MUST_CHECK enum sl_status sl_store_agreement_show(json_t **out,
    struct sl_db *db, const char *customer, const char *name,
    struct sl_error *err);

struct sl_agreement_status {
	const char *customer;
	const char *name;
	const char *status; /* active, suspended or ended (final) */
	const char *reason;
};

SL_MUST_CHECK enum sl_status sl_store_agreement_set_status(json_t **out,
    struct sl_db *db, const struct sl_agreement_status *change,
    struct sl_error *err);

#endif /* SLUICE_STORE_AGREEMENT_H */
