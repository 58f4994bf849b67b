/* Two sets, one in each text, divided by a newline: both texts go both ways,
 * and the arithmetic of sets holds. */
#include <string.h>

#include "fuzz.h"
#include "sluice/catalog/multirange.h"

static void
check_texts(const struct sl_multirange *set)
{
	struct sl_multirange again = {0};
	struct sl_buf buf;

	sl_buf_init(&buf, 1 << 24);
	FUZZ_ASSERT(sl_multirange_format(&buf, set) == SL_OK);
	FUZZ_ASSERT(
	    sl_multirange_parse(&again, sl_buf_slice(&buf), NULL) == SL_OK);
	FUZZ_ASSERT(sl_multirange_is_equal(set, &again));
	sl_buf_reset(&buf);
	FUZZ_ASSERT(sl_multirange_format_pg(&buf, set) == SL_OK);
	FUZZ_ASSERT(
	    sl_multirange_parse_pg(&again, sl_buf_slice(&buf), NULL) == SL_OK);
	FUZZ_ASSERT(sl_multirange_is_equal(set, &again));
	for (size_t i = 0; i < set->count; i++) {
		FUZZ_ASSERT(set->ranges[i].first <= set->ranges[i].last);
		FUZZ_ASSERT(i == 0 ||
		    set->ranges[i - 1].last + 1 < set->ranges[i].first);
	}
	sl_multirange_clear(&again);
	sl_buf_clear(&buf);
}

/* (a - b) and b are apart, and together they are a and b. */
static void
check_sums(const struct sl_multirange *a, const struct sl_multirange *b)
{
	struct sl_multirange rest;
	struct sl_multirange whole;
	uint64_t rest_count;

	FUZZ_ASSERT(sl_multirange_copy(&rest, a) == SL_OK);
	FUZZ_ASSERT(sl_multirange_copy(&whole, a) == SL_OK);
	FUZZ_ASSERT(sl_multirange_subtract(&rest, b) == SL_OK);
	FUZZ_ASSERT(sl_multirange_unite(&whole, b) == SL_OK);
	check_texts(&rest);
	check_texts(&whole);
	rest_count = sl_multirange_count(&rest);
	FUZZ_ASSERT(
	    rest_count + sl_multirange_count(b) == sl_multirange_count(&whole));
	for (size_t i = 0; i < b->count; i++)
		FUZZ_ASSERT(
		    !sl_multirange_contains(&rest, b->ranges[i].first) &&
		    sl_multirange_contains(&whole, b->ranges[i].last));
	FUZZ_ASSERT(sl_multirange_unite(&rest, b) == SL_OK);
	FUZZ_ASSERT(sl_multirange_is_equal(&rest, &whole));
	sl_multirange_clear(&rest);
	sl_multirange_clear(&whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
	size_t first = end == NULL ? size : (size_t)(end - data);
	struct sl_multirange ours = {0};
	struct sl_multirange theirs = {0};

	if (sl_multirange_parse(&ours, sl_slice_of(data, first), NULL) == SL_OK)
		check_texts(&ours);
	if (end != NULL &&
	    sl_multirange_parse_pg(
	        &theirs, sl_slice_of(end + 1, size - first - 1), NULL) == SL_OK)
		check_texts(&theirs);
	check_sums(&ours, &theirs);
	sl_multirange_clear(&ours);
	sl_multirange_clear(&theirs);
	return 0;
}
