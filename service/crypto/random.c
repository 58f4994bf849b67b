#include "sluice/crypto/random.h"

#include <sodium.h>

#include "sodium_start.h"

void
sl_random(void *out, size_t len)
{
	sl_sodium_start();
	randombytes_buf(out, len);
}

uint32_t
sl_random_below(uint32_t bound)
{
	sl_sodium_start();
	return randombytes_uniform(bound);
}
