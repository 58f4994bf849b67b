/* BLAKE2b with 256 bits, no key (RFC 7693): the hash of stored chunks.
 *
 * The code is ours because it is the hot path of publishing and pulling:
 * libsodium's takes twice the time, and OpenSSL has no 256-bit variant.  Tests
 * compare it with libsodium's.
 *
 * The owner embeds the struct; nothing is allocated and nothing fails. */
#ifndef SLUICE_CRYPTO_BLAKE2B_H
#define SLUICE_CRYPTO_BLAKE2B_H

#include <stddef.h>
#include <stdint.h>

#include "sluice/base/slice.h"

#define SL_BLAKE2B_BYTES 32

struct sl_blake2b {
	uint64_t chain[8];
	uint64_t byte_count; /* compressed so far; 2^64 is out of reach */
	unsigned char block[128];
	size_t block_len;
};

void sl_blake2b_init(struct sl_blake2b *hash);
void sl_blake2b_update(struct sl_blake2b *hash, const void *data, size_t len);
void sl_blake2b_final(
    struct sl_blake2b *hash, unsigned char out[SL_BLAKE2B_BYTES]);

/* All at once. */
void sl_blake2b_of(unsigned char out[SL_BLAKE2B_BYTES], struct sl_slice bytes);

#endif /* SLUICE_CRYPTO_BLAKE2B_H */
