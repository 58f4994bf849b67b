/* BLAKE2b with 256 bits, no key (RFC 7693): the hash of stored chunks. */
#ifndef SLUICE_CRYPTO_BLAKE2B_H
#define SLUICE_CRYPTO_BLAKE2B_H

#include "sluice/base/slice.h"

#define SL_BLAKE2B_BYTES 32

/* Nothing is allocated and nothing fails.  Any thread. */
void sl_blake2b_of(unsigned char out[SL_BLAKE2B_BYTES], struct sl_slice bytes);

#endif /* SLUICE_CRYPTO_BLAKE2B_H */
