/* The chain of trust files: it begins with the version that is pinned, and each
 * is signed by those before it.
 *
 * Clients, the log signer and witnesses follow it alike; who keeps it, and
 * where, is theirs.  Only the newest version is acted on.  Pure; any thread. */
#ifndef SLUICE_CATALOG_TRUST_CHAIN_H
#define SLUICE_CATALOG_TRUST_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/trust.h"

/* The owner embeds it and calls clear. */
struct sl_trust_chain {
	struct sl_trust_pin pin;
	struct sl_trust newest; /* version 0: there is none yet */
	unsigned char hash[SL_TRUST_HASH_BYTES]; /* SHA-256 of its text */
};

/* One version as it is brought; everything is borrowed. */
struct sl_trust_brought {
	uint32_t version; /* what it is called where it comes from */
	struct sl_slice text;
	const struct sl_slice *signatures; /* minisign files */
	size_t signature_count;
};

void sl_trust_chain_init(
    struct sl_trust_chain *chain, const struct sl_trust_pin *pin);
void sl_trust_chain_clear(struct sl_trust_chain *chain);

/* The newest version; 0 before the first. */
uint32_t sl_trust_chain_version(const struct sl_trust_chain *chain);
/* The version to ask for those after. */
uint32_t sl_trust_chain_known(const struct sl_trust_chain *chain);

/* The next version.  SL_ERR_INTEGRITY with code trust_gap, trust_rollback,
 * trust_threshold, trust_mismatch, bad_signature, or bad_trust (malformed);
 * the chain is then as it was. */
SL_MUST_CHECK enum sl_status sl_trust_chain_accept(struct sl_trust_chain *chain,
    const struct sl_trust_brought *brought, struct sl_error *err);

/* Go on from a version that was accepted before, when its text had this
 * SHA-256; the pin is what that version has.  SL_ERR_INTEGRITY with code
 * trust_mismatch if the text is another. */
SL_MUST_CHECK enum sl_status sl_trust_chain_resume(struct sl_trust_chain *chain,
    struct sl_slice text, const unsigned char hash[SL_TRUST_HASH_BYTES],
    struct sl_error *err);

#endif /* SLUICE_CATALOG_TRUST_CHAIN_H */
