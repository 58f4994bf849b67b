/* A filter that is accepted has one canonical text, which means the same. */
#include "fuzz.h"
#include "sluice/catalog/where.h"

/* Facets made of the filter's own values match it. */
static void
check_matches(const struct sl_where *where)
{
	const char *values[SL_FACET_COUNT] = {0};

	for (int i = 0; i < SL_FACET_COUNT; i++) {
		size_t count = sl_where_value_count(where, (enum sl_facet)i);

		if (count > 0)
			values[i] =
			    sl_where_value(where, (enum sl_facet)i, count - 1);
	}
	FUZZ_ASSERT(sl_where_matches_values(where, values));
	for (int i = 0; i < SL_FACET_COUNT; i++) {
		const char *value = values[i];

		if (value == NULL)
			continue;
		values[i] = "";
		FUZZ_ASSERT(!sl_where_matches_values(where, values));
		values[i] = value;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_where *where;
	struct sl_where *again;
	struct sl_buf first;
	struct sl_buf second;

	if (sl_where_parse(&where, sl_slice_of(data, size), NULL) != SL_OK) {
		FUZZ_ASSERT(where == NULL);
		return 0;
	}
	check_matches(where);
	sl_buf_init(&first, SL_WHERE_TEXT_MAX);
	sl_buf_init(&second, SL_WHERE_TEXT_MAX);
	FUZZ_ASSERT(sl_where_format(&first, where) == SL_OK);
	FUZZ_ASSERT(
	    sl_where_parse(&again, sl_buf_slice(&first), NULL) == SL_OK);
	FUZZ_ASSERT(sl_where_format(&second, again) == SL_OK);
	FUZZ_ASSERT(sl_slice_is(sl_buf_slice(&first), sl_buf_slice(&second)));
	sl_buf_clear(&first);
	sl_buf_clear(&second);
	sl_where_free(where);
	sl_where_free(again);
	return 0;
}
