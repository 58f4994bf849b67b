#include "sluice/crypto/blake2b.h"

#include <stdlib.h>

#include <sodium.h>

#include "sodium_start.h"

void
sl_blake2b_of(unsigned char out[SL_BLAKE2B_BYTES], struct sl_slice bytes)
{
	sl_sodium_start();
	/* Fails for a bad length of hash or key only. */
	if (crypto_generichash_blake2b(
	        out, SL_BLAKE2B_BYTES, bytes.data, bytes.len, NULL, 0) != 0)
		abort();
}
