/* Terms that are accepted are written the same for ever. */
#include <jansson.h>

#include "fuzz.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/terms.h"

static void
write_terms(struct sl_buf *buf, const struct sl_terms *terms)
{
	json_t *json = sl_terms_to_json(terms);

	FUZZ_ASSERT(json != NULL);
	FUZZ_ASSERT(sl_json_dump(buf, json) == SL_OK);
	json_decref(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_terms terms;
	struct sl_buf first;
	struct sl_buf second;

	sl_terms_init(&terms);
	sl_buf_init(&first, SL_TERMS_BYTES_MAX);
	sl_buf_init(&second, SL_TERMS_BYTES_MAX);
	if (sl_terms_parse(&terms, sl_slice_of(data, size), NULL) == SL_OK) {
		write_terms(&first, &terms);
		FUZZ_ASSERT(sl_terms_parse(
		                &terms, sl_buf_slice(&first), NULL) == SL_OK);
		write_terms(&second, &terms);
		FUZZ_ASSERT(
		    sl_slice_is(sl_buf_slice(&first), sl_buf_slice(&second)));
	}
	sl_buf_clear(&first);
	sl_buf_clear(&second);
	sl_terms_clear(&terms);
	return 0;
}
