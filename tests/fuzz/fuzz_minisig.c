/* Input: a signature file.  Only the true signature and comment verify. */
#include "fuzz.h"

#include <string.h>

#include "sluice/crypto/minisig.h"

/* Of tests/fuzz/corpus/minisig/signed, made with minisign -S -l. */
#define KEY     "RWSRUAsMVz6xw3wzDuPUrmEaPu10NzT4Wl/y+DtdMXRNdVCCyjJfr7xc"
#define MESSAGE "sluice\n"
#define COMMENT "sluice-manifest/v1 d 1"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_slice text = sl_slice_of(data, size);
	struct sl_minisig minisig;
	struct sl_verify_key key;
	enum sl_status parsed;

	FUZZ_ASSERT(sl_verify_key_parse(&key, sl_slice_text(KEY)) == SL_OK);
	parsed = sl_minisig_parse(&minisig, text, NULL);
	if (sl_minisig_verify(
	        text, sl_slice_text(MESSAGE), &key, 1, NULL, NULL) == SL_OK) {
		FUZZ_ASSERT(parsed == SL_OK);
		FUZZ_ASSERT(memcmp(minisig.key_id, key.id, 8) == 0);
		FUZZ_ASSERT(sl_slice_is_text(minisig.trusted_comment, COMMENT));
	}
	/* Whatever parses as a key is written the same way again. */
	if (sl_verify_key_parse(&key, text) == SL_OK) {
		char again[SL_KEY_TEXT_LEN + 1];

		sl_verify_key_format(again, &key);
		FUZZ_ASSERT(sl_slice_is_text(text, again));
	}
	return 0;
}
