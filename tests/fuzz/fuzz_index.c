/* An index that is accepted is written again, read again and written the same;
 * its sums and spans hold; the live state takes or refuses it whole. */
#include "fuzz.h"
#include "sluice/catalog/index.h"
#include "sluice/catalog/live.h"

static void
check_tables(const struct sl_index *index)
{
	uint64_t content = 0;
	uint64_t stored = 0;
	uint32_t file = 0;
	uint32_t chunk = 0;

	for (uint32_t i = 0; i < index->segment_count; i++) {
		const struct sl_index_segment *segment = &index->segments[i];

		FUZZ_ASSERT(segment->file_first == file);
		FUZZ_ASSERT(segment->chunk_first == chunk);
		FUZZ_ASSERT(segment->pack_offset == stored);
		FUZZ_ASSERT(segment->entry < index->entry_count);
		FUZZ_ASSERT(
		    index->entries[segment->entry].number == segment->number);
		file += segment->file_count;
		chunk += segment->chunk_count;
		content += segment->content_bytes;
		stored += segment->stored_bytes;
	}
	FUZZ_ASSERT(file == index->file_count);
	FUZZ_ASSERT(chunk == index->chunk_count);
	FUZZ_ASSERT(content == index->content_bytes);
	FUZZ_ASSERT(stored == index->chunk_bytes);
}

static void
check_live(const struct sl_index *index)
{
	struct sl_live *live;
	uint32_t seq;

	FUZZ_ASSERT(sl_live_new(&live) == SL_OK);
	for (seq = 1; seq < index->seq && seq < 4; seq++)
		FUZZ_ASSERT(sl_live_apply(live, seq, NULL, 0, NULL) == SL_OK);
	if (sl_live_apply(live, index->seq, index->entries, index->entry_count,
	        NULL) == SL_OK)
		FUZZ_ASSERT(sl_live_count(live) == index->added);
	else
		FUZZ_ASSERT(sl_live_count(live) == 0);
	sl_live_free(live);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_index *index;
	struct sl_index *again;
	struct sl_error err = {0};
	struct sl_buf first;
	struct sl_buf second;

	if (sl_index_parse(&index, sl_slice_of(data, size), &err) != SL_OK) {
		FUZZ_ASSERT(index == NULL && err.text[0] != '\0');
		return 0;
	}
	check_tables(index);
	check_live(index);
	sl_buf_init(&first, SL_INDEX_BYTES_MAX);
	sl_buf_init(&second, SL_INDEX_BYTES_MAX);
	FUZZ_ASSERT(sl_index_write(&first, index, NULL) == SL_OK);
	FUZZ_ASSERT(
	    sl_index_parse(&again, sl_buf_slice(&first), NULL) == SL_OK);
	FUZZ_ASSERT(sl_index_write(&second, again, NULL) == SL_OK);
	FUZZ_ASSERT(sl_slice_is(sl_buf_slice(&first), sl_buf_slice(&second)));
	sl_buf_clear(&first);
	sl_buf_clear(&second);
	sl_index_free(index);
	sl_index_free(again);
	return 0;
}
