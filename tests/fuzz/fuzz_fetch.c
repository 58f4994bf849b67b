/* A request body, and grant.json: what is accepted is written the same for
 * ever. */
#include "fuzz.h"
#include "sluice/catalog/fetch.h"
#include "sluice/catalog/grant.h"

static void
check_fetch(struct sl_slice text)
{
	struct sl_fetch fetch = {0};
	struct sl_buf first;
	struct sl_buf second;

	if (sl_fetch_parse(&fetch, text, NULL) != SL_OK)
		return;
	FUZZ_ASSERT(fetch.batch_count > 0);
	for (size_t i = 1; i < fetch.batch_count; i++)
		FUZZ_ASSERT(fetch.batches[i - 1].seq < fetch.batches[i].seq);
	sl_buf_init(&first, SL_FETCH_BYTES_MAX);
	sl_buf_init(&second, SL_FETCH_BYTES_MAX);
	FUZZ_ASSERT(sl_fetch_format(&first, &fetch) == SL_OK);
	FUZZ_ASSERT(
	    sl_fetch_parse(&fetch, sl_buf_slice(&first), NULL) == SL_OK);
	FUZZ_ASSERT(sl_fetch_format(&second, &fetch) == SL_OK);
	FUZZ_ASSERT(sl_slice_is(sl_buf_slice(&first), sl_buf_slice(&second)));
	sl_buf_clear(&first);
	sl_buf_clear(&second);
	sl_fetch_clear(&fetch);
}

static void
check_grant(struct sl_slice text)
{
	struct sl_grant grant;
	struct sl_buf first;
	struct sl_buf second;

	sl_grant_init(&grant);
	sl_buf_init(&first, SL_GRANT_BYTES_MAX);
	sl_buf_init(&second, SL_GRANT_BYTES_MAX);
	if (sl_grant_parse(&grant, text, NULL) == SL_OK) {
		FUZZ_ASSERT(sl_grant_format(&first, &grant) == SL_OK);
		FUZZ_ASSERT(sl_grant_parse(
		                &grant, sl_buf_slice(&first), NULL) == SL_OK);
		FUZZ_ASSERT(sl_grant_format(&second, &grant) == SL_OK);
		FUZZ_ASSERT(
		    sl_slice_is(sl_buf_slice(&first), sl_buf_slice(&second)));
	}
	sl_buf_clear(&first);
	sl_buf_clear(&second);
	sl_grant_clear(&grant);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_fetch(sl_slice_of(data, size));
	check_grant(sl_slice_of(data, size));
	return 0;
}
