#include "sluice/catalog/trust_chain.h"

#include <string.h>

#include "sluice/crypto/sha256.h"

void
sl_trust_chain_init(
    struct sl_trust_chain *chain, const struct sl_trust_pin *pin)
{
	memset(chain, 0, sizeof(*chain));
	sl_trust_init(&chain->newest);
	chain->pin = *pin;
}

void
sl_trust_chain_clear(struct sl_trust_chain *chain)
{
	sl_trust_clear(&chain->newest);
	memset(chain, 0, sizeof(*chain));
}

uint32_t
sl_trust_chain_version(const struct sl_trust_chain *chain)
{
	return chain->newest.version;
}

uint32_t
sl_trust_chain_known(const struct sl_trust_chain *chain)
{
	return chain->newest.version == 0 ? chain->pin.version - 1
	                                  : chain->newest.version;
}

static enum sl_status
verify(const struct sl_trust_chain *chain, const struct sl_trust *trust,
    const struct sl_trust_brought *brought, struct sl_error *err)
{
	return chain->newest.version != 0
	    ? sl_trust_verify_next(&chain->newest, trust, brought->text,
	          brought->signatures, brought->signature_count, err)
	    : sl_trust_verify_pinned(&chain->pin, trust, brought->text,
	          brought->signatures, brought->signature_count, err);
}

static enum sl_status
take(struct sl_trust_chain *chain, struct sl_trust *trust, struct sl_slice text,
    struct sl_error *err)
{
	enum sl_status status = sl_sha256_of(chain->hash, text);

	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	sl_trust_clear(&chain->newest);
	chain->newest = *trust;
	sl_trust_init(trust);
	return SL_OK;
}

/* Whatever is wrong with signed bytes is a matter of integrity, and has a
 * code. */
static enum sl_status
refuse(struct sl_error *err, enum sl_status status, uint32_t version)
{
	struct sl_error why;

	if (status == SL_OK || status == SL_ERR_NOMEM || err == NULL)
		return status == SL_OK || status == SL_ERR_NOMEM
		    ? status
		    : SL_ERR_INTEGRITY;
	why = *err;
	return sl_error_code(err, SL_ERR_INTEGRITY,
	    why.code[0] == '\0' ? "bad_trust" : why.code, "trust file %u: %s",
	    version, why.text);
}

static enum sl_status
refuse_known(const struct sl_trust_chain *chain, uint32_t version,
    struct sl_slice text, struct sl_error *err)
{
	unsigned char hash[SL_TRUST_HASH_BYTES];

	if (version == sl_trust_chain_version(chain) &&
	    sl_sha256_of(hash, text) == SL_OK &&
	    memcmp(hash, chain->hash, sizeof(hash)) != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "trust_mismatch",
		    "another text than the version that is known");
	return sl_error_code(err, SL_ERR_INTEGRITY, "trust_rollback",
	    "version %u is known already", sl_trust_chain_version(chain));
}

enum sl_status
sl_trust_chain_accept(struct sl_trust_chain *chain,
    const struct sl_trust_brought *brought, struct sl_error *err)
{
	struct sl_trust trust;
	enum sl_status status;

	sl_trust_init(&trust);
	status = sl_trust_parse(&trust, brought->text, err);
	if (status == SL_OK && trust.version != brought->version)
		status = sl_error_code(err, SL_ERR_INTEGRITY, "trust_gap",
		    "says it is version %u", trust.version);
	if (status == SL_OK && trust.version <= sl_trust_chain_version(chain))
		status = refuse_known(chain, trust.version, brought->text, err);
	if (status == SL_OK)
		status = verify(chain, &trust, brought, err);
	if (status == SL_OK)
		status = take(chain, &trust, brought->text, err);
	sl_trust_clear(&trust);
	return refuse(err, status, brought->version);
}

enum sl_status
sl_trust_chain_resume(struct sl_trust_chain *chain, struct sl_slice text,
    const unsigned char hash[SL_TRUST_HASH_BYTES], struct sl_error *err)
{
	unsigned char own[SL_TRUST_HASH_BYTES];
	struct sl_trust trust;
	enum sl_status status = sl_sha256_of(own, text);

	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	if (memcmp(own, hash, sizeof(own)) != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "trust_mismatch",
		    "the trust file is another text than the one seen before "
		    "under its number");
	sl_trust_init(&trust);
	status = sl_trust_parse(&trust, text, err);
	if (status == SL_OK)
		sl_trust_pin_of(&chain->pin, &trust);
	if (status == SL_OK)
		status = take(chain, &trust, text, err);
	sl_trust_clear(&trust);
	return status;
}
