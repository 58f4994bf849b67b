/* May this manifest become the next leaf of a log? */
#ifndef SL_PUBLISH_LOG_LEAF_H
#define SL_PUBLISH_LOG_LEAF_H

#include "sluice/catalog/trust.h"
#include "sluice/store/log.h"

struct log_leaf {
	const struct sl_log_pending *pending;
	const unsigned char *previous; /* SHA-256 of the leaf before */
	bool is_vouched;
};

/* Dataset, seq, previous, the signature and the key's right.
 * SL_ERR_INTEGRITY, code bad_leaf or as sl_trust_verify_manifest(). */
SL_MUST_CHECK enum sl_status log_leaf_check(const struct log_leaf *leaf,
    const struct sl_trust *trust, struct sl_error *err);

#endif /* SL_PUBLISH_LOG_LEAF_H */
