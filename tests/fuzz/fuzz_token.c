/* Input: what claims to be a token. */
#include "fuzz.h"

#include <string.h>

#include "sluice/crypto/token.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char token[SL_TOKEN_LEN];

	if (!sl_token_is_well_formed(sl_slice_of(data, size)))
		return 0;
	FUZZ_ASSERT(size == SL_TOKEN_LEN);
	for (size_t i = 0; i < size; i++) {
		memcpy(token, data, size);
		token[i] = (char)(token[i] ^ 1);
		FUZZ_ASSERT(!sl_token_is_well_formed(sl_slice_of(token, size)));
	}
	return 0;
}
