/* A manifest that is accepted is the one text of its values. */
#include "fuzz.h"
#include "sluice/catalog/manifest.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_manifest manifest;
	struct sl_error err = {0};
	struct sl_buf again;

	if (sl_manifest_parse(&manifest, sl_slice_of(data, size), &err) !=
	    SL_OK) {
		FUZZ_ASSERT(err.text[0] != '\0');
		return 0;
	}
	sl_buf_init(&again, SL_MANIFEST_BYTES_MAX);
	FUZZ_ASSERT(sl_manifest_format(&again, &manifest, NULL) == SL_OK);
	FUZZ_ASSERT(sl_slice_is(sl_buf_slice(&again), sl_slice_of(data, size)));
	sl_buf_clear(&again);
	return 0;
}
