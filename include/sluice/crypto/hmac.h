/* HMAC-SHA-256 (RFC 2104) and comparison that takes the same time whatever
 * the bytes are. */
#ifndef SLUICE_CRYPTO_HMAC_H
#define SLUICE_CRYPTO_HMAC_H

#include <stdbool.h>

#include "sluice/base/slice.h"

#define SL_HMAC_BYTES 32

/* `key` may have any length. */
void sl_hmac_sha256(unsigned char out[SL_HMAC_BYTES], struct sl_slice key,
    struct sl_slice message);

/* The lengths are not secret, the bytes are. */
bool sl_secret_is(struct sl_slice a, struct sl_slice b);

#endif /* SLUICE_CRYPTO_HMAC_H */
