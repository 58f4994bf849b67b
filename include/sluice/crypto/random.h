/* Random bytes from the kernel (getrandom); never fails, any thread. */
#ifndef SLUICE_CRYPTO_RANDOM_H
#define SLUICE_CRYPTO_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void sl_random(void *out, size_t len);

/* Uniform in 0..bound-1; bound 0 gives 0. */
uint32_t sl_random_below(uint32_t bound);

#endif /* SLUICE_CRYPTO_RANDOM_H */
