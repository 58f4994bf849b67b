/* Who a bundle is for: a delivery that a dataset's publisher writes into a
 * file, for a customer without a network. */
#ifndef SLUICE_STORE_BUNDLE_H
#define SLUICE_STORE_BUNDLE_H

#include <stdint.h>

#include "sluice/store/account.h"
#include "sluice/store/dataset.h"

struct sl_bundle_order {
	const char *dataset;
	struct sl_uuid licence;
	uint32_t after; /* batches after this one; 0: from the first */
};

struct sl_bundle_target {
	struct sl_account account; /* of the customer, without a token */
	uint32_t epoch; /* of the log, when it had order.after batches */
	struct sl_dataset dataset; /* its name borrowed from the order */
};

/* Waits.  Audited.  SL_ERR_DENIED, code no_bundles, for a login that may not;
 * SL_ERR_NOT_FOUND, code licence_not_found, for a licence that is not on a
 * dataset of the caller's; batch_not_found. */
SL_MUST_CHECK enum sl_status sl_store_bundle_open(struct sl_bundle_target *out,
    struct sl_db *db, const struct sl_bundle_order *order,
    struct sl_error *err);

#endif /* SLUICE_STORE_BUNDLE_H */
