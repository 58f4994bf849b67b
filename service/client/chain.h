/* The chain of trust files in a mirror, from the version that the profile pins.
 *
 * It is kept whole, as .sluice/trust/NNNNNN/{trust,KEYID.minisig…}, and
 * checked whenever it is read. */
#ifndef SL_CLIENT_CHAIN_H
#define SL_CLIENT_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/trust_chain.h"
#include "sluice/crypto/minisig.h"

/* So many versions come with one head. */
#define SL_CHAIN_STEP_MAX 64

/* One version as it travels.  The owner embeds it and calls clear. */
struct sl_chain_link {
	uint32_t version;
	struct sl_buf text;
	struct sl_buf signatures[SL_TRUST_SIGNATURES_MAX];
	char names[SL_TRUST_SIGNATURES_MAX][SL_KEY_ID_TEXT_LEN + 9];
	size_t count;
};

void sl_chain_link_init(struct sl_chain_link *link, uint32_t version);
void sl_chain_link_clear(struct sl_chain_link *link);
/* Room for the next signature, "KEYID.minisig"; NULL if that is no such name,
 * not after the one before it, or one too many. */
struct sl_buf *sl_chain_link_add(struct sl_chain_link *link, const char *name);

/* SL_ERR_INTEGRITY with code no_root for a pin of nothing. */
SL_MUST_CHECK enum sl_status sl_chain_init(struct sl_trust_chain *chain,
    const struct sl_trust_pin *pin, struct sl_error *err);

/* The next version; as sl_trust_chain_accept(). */
SL_MUST_CHECK enum sl_status sl_chain_accept(struct sl_trust_chain *chain,
    const struct sl_chain_link *link, struct sl_error *err);

/* Read what is kept beneath `meta`, a descriptor of .sluice, after the newest
 * version that the chain has already.  It ends before
 * the first version that is missing; one that is damaged is
 * SL_ERR_INTEGRITY, names it, and the chain ends before it. */
SL_MUST_CHECK enum sl_status sl_chain_load(
    struct sl_trust_chain *chain, int meta, struct sl_error *err);
/* Keep a version that was accepted, durably. */
SL_MUST_CHECK enum sl_status sl_chain_store(
    const struct sl_chain_link *link, int meta, struct sl_error *err);

/* Keep beneath `to` what `from` has of the chain and `to` lacks, durably; the
 * bytes are taken as they are. */
SL_MUST_CHECK enum sl_status sl_chain_copy(
    const struct sl_trust_chain *chain, int from, int to, struct sl_error *err);

/* "SHA256:…" of the pin. */
void sl_chain_fingerprint(
    char out[SL_TRUST_FINGERPRINT_LEN + 1], const struct sl_trust_chain *chain);

#endif /* SL_CLIENT_CHAIN_H */
