/* Charges of a statement against the signed indices of mirrors. */
#ifndef SL_CLIENT_CHARGE_H
#define SL_CLIENT_CHARGE_H

#include "inspection.h"
#include "sluice/client/bill.h"

/* An open mirror with its checked batches. */
struct sl_evidence {
	struct sl_check checks[SL_BILL_MIRRORS_MAX];
	struct sl_verify_options looks[SL_BILL_MIRRORS_MAX];
	struct sl_verify_result unused;
	size_t count;
};

/* Read-only.  SL_ERR_NOT_FOUND for a folder that is no mirror. */
SL_MUST_CHECK enum sl_status sl_evidence_open(struct sl_evidence *evidence,
    const struct sl_bill_options *options, struct sl_error *err);
void sl_evidence_close(struct sl_evidence *evidence);

/* Recompute each charge; fills result's counts.  SL_ERR_INTEGRITY: *difference
 * has the first that differs. */
SL_MUST_CHECK enum sl_status sl_charge_check(const struct sl_evidence *evidence,
    struct sl_bill_result *result, struct sl_bill_difference *difference,
    struct sl_error *err);

#endif /* SL_CLIENT_CHARGE_H */
