/* Input: an end record's frame, or only its JSON.  What parses is written
 * again as the same bytes. */
#include "fuzz.h"

#include "sluice/pack/end_record.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_slice input = sl_slice_of(data, size);
	struct sl_end_record record;
	struct sl_buf again;
	size_t used = 0;

	sl_buf_init(&again, 8 + SL_END_RECORD_JSON_MAX);
	if (sl_end_record_decode(&record, input, &used, NULL) == SL_OK) {
		FUZZ_ASSERT(used <= size);
		FUZZ_ASSERT(sl_end_record_encode(&again, &record) == SL_OK);
		FUZZ_ASSERT(
		    sl_slice_is(sl_buf_slice(&again), sl_slice_of(data, used)));
	}
	sl_buf_reset(&again);
	if (sl_end_record_parse(&record, input, NULL) == SL_OK) {
		FUZZ_ASSERT(sl_end_record_json(&again, &record) == SL_OK);
		FUZZ_ASSERT(sl_slice_is(sl_buf_slice(&again), input));
	}
	sl_buf_clear(&again);
	return 0;
}
