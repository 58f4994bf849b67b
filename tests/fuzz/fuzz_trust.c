/* A trust file that is accepted is the one text of its values, and can be
 * satisfied: enough keys count for its threshold. */
#include "fuzz.h"
#include "sluice/catalog/trust.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sl_trust_key *keys[SL_TRUST_KEYS_MAX];
	struct sl_trust trust;
	struct sl_trust_pin pin;
	struct sl_error err = {0};
	struct sl_buf again;

	sl_trust_init(&trust);
	if (sl_trust_parse(&trust, sl_slice_of(data, size), &err) != SL_OK) {
		FUZZ_ASSERT(err.text[0] != '\0');
		return 0;
	}
	sl_buf_init(&again, SL_TRUST_BYTES_MAX);
	FUZZ_ASSERT(sl_trust_format(&again, &trust, NULL) == SL_OK);
	FUZZ_ASSERT(sl_slice_is(sl_buf_slice(&again), sl_slice_of(data, size)));
	sl_buf_clear(&again);
	FUZZ_ASSERT(trust.root_threshold >= 1);
	FUZZ_ASSERT(sl_trust_live_keys(keys, &trust, SL_TRUST_ROOT) >=
	    trust.root_threshold);
	sl_trust_pin_of(&pin, &trust);
	FUZZ_ASSERT(pin.key_count >= pin.threshold);
	/* Nobody signed it. */
	FUZZ_ASSERT(sl_trust_verify(&trust, sl_slice_of(data, size), NULL, 0,
	                NULL) == SL_ERR_INTEGRITY);
	sl_trust_clear(&trust);
	return 0;
}
