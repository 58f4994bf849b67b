#include "sluice/crypto/hmac.h"

#include <sodium.h>

#include "sodium_start.h"

void
sl_hmac_sha256(unsigned char out[SL_HMAC_BYTES], struct sl_slice key,
    struct sl_slice message)
{
	crypto_auth_hmacsha256_state state;

	sl_sodium_start();
	(void)crypto_auth_hmacsha256_init(&state, key.data, key.len);
	(void)crypto_auth_hmacsha256_update(&state, message.data, message.len);
	(void)crypto_auth_hmacsha256_final(&state, out);
	sodium_memzero(&state, sizeof(state));
}

bool
sl_secret_is(struct sl_slice a, struct sl_slice b)
{
	if (a.len != b.len)
		return false;
	return a.len == 0 || sodium_memcmp(a.data, b.data, a.len) == 0;
}
