/* BLAKE2b with 256 bits, no key (RFC 7693): the hash of stored chunks.
 *
 * The owner embeds the struct; nothing is allocated and nothing fails.  It must
 * not be copied or moved while in use. */
#ifndef SLUICE_CRYPTO_BLAKE2B_H
#define SLUICE_CRYPTO_BLAKE2B_H

#include "sluice/base/slice.h"

#define SL_BLAKE2B_BYTES 32

struct sl_blake2b {
	/* libsodium wants 384 bytes aligned to 64; malloc gives 16. */
	unsigned char state[448];
};

void sl_blake2b_init(struct sl_blake2b *hash);
void sl_blake2b_update(struct sl_blake2b *hash, const void *data, size_t len);
void sl_blake2b_final(
    struct sl_blake2b *hash, unsigned char out[SL_BLAKE2B_BYTES]);

/* All at once. */
void sl_blake2b_of(unsigned char out[SL_BLAKE2B_BYTES], struct sl_slice bytes);

#endif /* SLUICE_CRYPTO_BLAKE2B_H */
