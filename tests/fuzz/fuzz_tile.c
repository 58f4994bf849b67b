/* Paths of tiles and bundles of entries: what is accepted is written again as
 * the same bytes. */
#include "fuzz.h"

#include "sluice/catalog/tile.h"

static void
try_path(struct sl_slice text)
{
	char again[SL_TILE_PATH_MAX];
	struct sl_tile tile;

	if (sl_tile_parse_path(&tile, text) != SL_OK)
		return;
	FUZZ_ASSERT(tile.width >= 1 && tile.width <= SL_TILE_WIDTH);
	FUZZ_ASSERT(tile.level <= SL_TILE_LEVEL_MAX);
	FUZZ_ASSERT(tile.index <= SL_TILE_INDEX_MAX);
	sl_tile_format_path(again, &tile);
	FUZZ_ASSERT(sl_slice_is_text(text, again));
}

static void
try_entries(struct sl_slice text)
{
	struct sl_slice rest = text;
	struct sl_slice leaf;
	struct sl_buf again;
	enum sl_status status;

	sl_buf_init(&again, text.len + 2);
	while ((status = sl_tile_next_entry(&leaf, &rest)) == SL_OK)
		FUZZ_ASSERT(sl_tile_append_entry(&again, leaf) == SL_OK);
	FUZZ_ASSERT(status == SL_ERR_NOT_FOUND || status == SL_ERR_INVALID);
	if (status == SL_ERR_NOT_FOUND)
		FUZZ_ASSERT(sl_slice_is(sl_buf_slice(&again), text));
	sl_buf_clear(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_path(sl_slice_of(data, size));
	try_entries(sl_slice_of(data, size));
	return 0;
}
