#include "sluice/crypto/blake2b.h"

#include <stdint.h>

#include <sodium.h>

#include "sodium_start.h"

#define STATE_ALIGN 64

_Static_assert(sizeof(crypto_generichash_blake2b_state) + STATE_ALIGN <=
        sizeof(struct sl_blake2b),
    "room for libsodium's state wherever the struct begins");

static crypto_generichash_blake2b_state *
state_of(struct sl_blake2b *hash)
{
	size_t past = (uintptr_t)hash->state % STATE_ALIGN;

	return (void *)(hash->state + (past == 0 ? 0 : STATE_ALIGN - past));
}

void
sl_blake2b_init(struct sl_blake2b *hash)
{
	sl_sodium_start();
	(void)crypto_generichash_blake2b_init(
	    state_of(hash), NULL, 0, SL_BLAKE2B_BYTES);
}

void
sl_blake2b_update(struct sl_blake2b *hash, const void *data, size_t len)
{
	(void)crypto_generichash_blake2b_update(state_of(hash), data, len);
}

void
sl_blake2b_final(struct sl_blake2b *hash, unsigned char out[SL_BLAKE2B_BYTES])
{
	(void)crypto_generichash_blake2b_final(
	    state_of(hash), out, SL_BLAKE2B_BYTES);
}

void
sl_blake2b_of(unsigned char out[SL_BLAKE2B_BYTES], struct sl_slice bytes)
{
	struct sl_blake2b hash;

	sl_blake2b_init(&hash);
	sl_blake2b_update(&hash, bytes.data, bytes.len);
	sl_blake2b_final(&hash, out);
}
