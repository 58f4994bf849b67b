/* Which witnesses have cosigned a checkpoint, so that it counts: for a client,
 * and for the log signer, which shows nothing that clients would refuse.  The
 * database counts by the same rule, without the signatures
 * (sluice.witness_count()).  Pure; callers bring the time. */
#ifndef SLUICE_CATALOG_WITNESS_H
#define SLUICE_CATALOG_WITNESS_H

#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/note.h"
#include "sluice/catalog/trust.h"

/* A statement further in the future than this counts for nothing: clocks
 * differ, but not by so much. */
#define SL_WITNESS_AHEAD_US (INT64_C(10) * 60 * 1000000)

struct sl_witness_statement {
	int64_t at_us;
	const struct sl_trust_key *witness; /* the trust file's */
};

/* Statements that count, newest first; each witness once. */
struct sl_witnessed {
	struct sl_witness_statement all[SL_TRUST_KEYS_MAX];
	size_t count;
	/* One that is of a time to come; its witness is NULL without one. */
	struct sl_witness_statement ahead;
};

/* Newest first, a line counts if it is by a key that the trust file gives this
 * name and does not revoke, and neither name nor key has counted already; of
 * equal times, in the trust file's order.  SL_ERR_INTEGRITY, code
 * bad_signature, for a line of such a name and key that is not its. */
SL_MUST_CHECK enum sl_status sl_witnessed_read(struct sl_witnessed *out,
    const struct sl_trust *trust, const struct sl_note *note, int64_t now_us,
    struct sl_error *err);

#endif /* SLUICE_CATALOG_WITNESS_H */
