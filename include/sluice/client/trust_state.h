/* What the trust files and the log that a mirror keeps say. */
#ifndef SLUICE_CLIENT_TRUST_STATE_H
#define SLUICE_CLIENT_TRUST_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/catalog/checkpoint.h"
#include "sluice/catalog/trust.h"
#include "sluice/client/freshness.h"

struct sl_trust_state {
	uint32_t version; /* of the trust file; 0: none is kept */
	/* That of the mirror itself; less than `version` if another mirror of
	 * this machine has a newer one. */
	uint32_t own_version;
	int64_t expires_us;
	char fingerprint[SL_TRUST_FINGERPRINT_LEN + 1]; /* of the pinned root */
	uint32_t pinned;     /* the version that is pinned */
	bool has_checkpoint; /* the last accepted: */
	struct sl_checkpoint checkpoint;
	uint32_t proven; /* batches up to here are in the log */
	struct sl_freshness freshness;
};

#endif /* SLUICE_CLIENT_TRUST_STATE_H */
