/* A pin that is accepted is the one text of its values. */
#include "fuzz.h"
#include "sluice/catalog/pin.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_pin pin;
	struct sl_error err = {0};
	struct sl_buf again;

	sl_pin_init(&pin);
	if (sl_pin_parse(&pin, sl_slice_of(data, size), &err) != SL_OK) {
		FUZZ_ASSERT(err.text[0] != '\0');
		return 0;
	}
	sl_buf_init(&again, SL_PIN_BYTES_MAX);
	FUZZ_ASSERT(sl_pin_format(&again, &pin, NULL) == SL_OK);
	FUZZ_ASSERT(sl_slice_is(sl_buf_slice(&again), sl_slice_of(data, size)));
	sl_buf_clear(&again);
	sl_pin_clear(&pin);
	return 0;
}
