/* SHA-256 (FIPS 180-4) by OpenSSL, which uses the processor's instructions.
 *
 * The owner embeds the struct: init, update…, final.  One thread at a time. */
#ifndef SLUICE_CRYPTO_SHA256_H
#define SLUICE_CRYPTO_SHA256_H

#include "sluice/base/slice.h"
#include "sluice/base/status.h"

#define SL_SHA256_BYTES 32

struct sl_sha256 {
	void *state;
	enum sl_status failure;
};

/* Allocates; final or clear releases.  May be called again after either. */
SL_MUST_CHECK enum sl_status sl_sha256_init(struct sl_sha256 *hash);

/* A failure is kept and reported by final. */
void sl_sha256_update(struct sl_sha256 *hash, const void *data, size_t len);

/* Writes the digest and releases what init allocated. */
SL_MUST_CHECK enum sl_status sl_sha256_final(
    struct sl_sha256 *hash, unsigned char out[SL_SHA256_BYTES]);

/* For leaving early.  A zeroed or finished struct is allowed. */
void sl_sha256_clear(struct sl_sha256 *hash);

/* All at once. */
SL_MUST_CHECK enum sl_status sl_sha256_of(
    unsigned char out[SL_SHA256_BYTES], struct sl_slice bytes);

#endif /* SLUICE_CRYPTO_SHA256_H */
