/* A draft that is accepted is written and read again, and written the same. */
#include "fuzz.h"
#include "sluice/catalog/draft.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_draft *draft;
	struct sl_draft *again;
	struct sl_buf first;
	struct sl_buf second;

	if (sl_draft_parse(&draft, sl_slice_of(data, size), NULL) != SL_OK) {
		FUZZ_ASSERT(draft == NULL);
		return 0;
	}
	for (size_t i = 0; i < draft->episode_count; i++)
		FUZZ_ASSERT(sl_draft_find(draft, draft->episodes[i].key) ==
		    &draft->episodes[i]);
	sl_buf_init(&first, SL_DRAFT_BYTES_MAX);
	sl_buf_init(&second, SL_DRAFT_BYTES_MAX);
	FUZZ_ASSERT(sl_draft_write(&first, draft) == SL_OK);
	FUZZ_ASSERT(
	    sl_draft_parse(&again, sl_buf_slice(&first), NULL) == SL_OK);
	FUZZ_ASSERT(sl_draft_write(&second, again) == SL_OK);
	FUZZ_ASSERT(sl_slice_is(sl_buf_slice(&first), sl_buf_slice(&second)));
	sl_buf_clear(&first);
	sl_buf_clear(&second);
	sl_draft_free(draft);
	sl_draft_free(again);
	return 0;
}
