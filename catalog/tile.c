#include "sluice/catalog/tile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "reader.h"

#define HEIGHT 8
/* Three digits per part of a path. */
#define PART_COUNT 1000

/* ---- names ---- */

void
sl_tile_format_path(char out[SL_TILE_PATH_MAX], const struct sl_tile *tile)
{
	char level[12] = "entries";
	char index[24] = "";
	char partial[8] = "";
	uint64_t divisor = 1;
	size_t len = 0;

	if (!tile->is_entries)
		snprintf(level, sizeof(level), "%u", tile->level);
	while (tile->index / divisor >= PART_COUNT)
		divisor *= PART_COUNT;
	for (; divisor > 1; divisor /= PART_COUNT)
		len += (size_t)snprintf(index + len, sizeof(index) - len,
		    "x%03u/", (unsigned)(tile->index / divisor % PART_COUNT));
	snprintf(index + len, sizeof(index) - len, "%03u",
	    (unsigned)(tile->index % PART_COUNT));
	if (tile->width < SL_TILE_WIDTH)
		snprintf(partial, sizeof(partial), ".p/%u", tile->width);
	snprintf(out, SL_TILE_PATH_MAX, "tile/%s/%s%s", level, index, partial);
}

static unsigned
take_digits(struct sl_reader *reader, size_t count)
{
	unsigned value = 0;

	for (size_t i = 0; i < count && !reader->failed; i++) {
		if (reader->rest.len == 0 || reader->rest.data[0] < '0' ||
		    reader->rest.data[0] > '9') {
			reader->failed = true;
			return 0;
		}
		value = value * 10 + (unsigned)(reader->rest.data[0] - '0');
		reader->rest.data++;
		reader->rest.len--;
	}
	return value;
}

static bool
is_next(const struct sl_reader *reader, char c)
{
	return !reader->failed && reader->rest.len > 0 &&
	    reader->rest.data[0] == (unsigned char)c;
}

static uint64_t
take_index(struct sl_reader *reader)
{
	uint64_t index = 0;

	while (is_next(reader, 'x') && index <= SL_TILE_INDEX_MAX) {
		sl_reader_text(reader, "x");
		index = index * PART_COUNT + take_digits(reader, 3);
		sl_reader_text(reader, "/");
	}
	return index * PART_COUNT + take_digits(reader, 3);
}

enum sl_status
sl_tile_parse_path(struct sl_tile *out, struct sl_slice path)
{
	struct sl_reader reader = {path, false};
	struct sl_tile tile = {.width = SL_TILE_WIDTH};
	char again[SL_TILE_PATH_MAX];

	sl_reader_text(&reader, "tile/");
	tile.is_entries = is_next(&reader, 'e');
	if (tile.is_entries)
		sl_reader_text(&reader, "entries");
	else
		tile.level = take_digits(&reader, 1);
	sl_reader_text(&reader, "/");
	tile.index = take_index(&reader);
	if (is_next(&reader, '.')) {
		sl_reader_text(&reader, ".p/");
		tile.width = take_digits(
		    &reader, reader.rest.len < 3 ? reader.rest.len : 3);
	}
	if (reader.failed || reader.rest.len != 0 ||
	    tile.level > SL_TILE_LEVEL_MAX || tile.index > SL_TILE_INDEX_MAX ||
	    tile.width == 0 || tile.width > SL_TILE_WIDTH)
		return SL_ERR_INVALID;
	/* A path has one spelling. */
	sl_tile_format_path(again, &tile);
	if (!sl_slice_is_text(path, again))
		return SL_ERR_INVALID;
	*out = tile;
	return SL_OK;
}

unsigned
sl_tile_width(unsigned level, uint64_t index, uint64_t size)
{
	uint64_t count =
	    level > SL_TILE_LEVEL_MAX ? 0 : size >> (HEIGHT * level);
	uint64_t first = index * SL_TILE_WIDTH;

	if (index > SL_TILE_INDEX_MAX || count <= first)
		return 0;
	return count - first < SL_TILE_WIDTH ? (unsigned)(count - first)
	                                     : SL_TILE_WIDTH;
}

/* ---- entries ---- */

enum sl_status
sl_tile_append_entry(struct sl_buf *buf, struct sl_slice leaf)
{
	unsigned char len[2] = {
	    (unsigned char)(leaf.len >> 8 & 0xff), (unsigned char)(leaf.len)};
	enum sl_status status;

	if (leaf.len > SL_TILE_ENTRY_MAX)
		return SL_ERR_LIMIT;
	status = sl_buf_reserve(buf, sizeof(len) + leaf.len);
	if (status == SL_OK)
		status = sl_buf_append(buf, len, sizeof(len));
	if (status == SL_OK)
		status = sl_buf_append(buf, leaf.data, leaf.len);
	return status;
}

enum sl_status
sl_tile_next_entry(struct sl_slice *out, struct sl_slice *rest)
{
	size_t len;

	if (rest->len == 0)
		return SL_ERR_NOT_FOUND;
	if (rest->len < 2)
		return SL_ERR_INVALID;
	len = (size_t)rest->data[0] << 8 | rest->data[1];
	if (rest->len - 2 < len)
		return SL_ERR_INVALID;
	*out = sl_slice_of(rest->data + 2, len);
	*rest = sl_slice_of(rest->data + 2 + len, rest->len - 2 - len);
	return SL_OK;
}

/* ---- hashes out of tiles ---- */

void
sl_tile_source_init(struct sl_tile_source *source, uint64_t size,
    sl_tile_read_fn *read, void *ctx)
{
	source->size = size;
	source->read = read;
	source->ctx = ctx;
	for (unsigned i = 0; i <= SL_TILE_LEVEL_MAX; i++)
		source->kept[i].tile = (struct sl_tile){.width = 0};
}

/* Have tile `index` of `level` with as many hashes as the tree has there. */
static enum sl_status
keep(struct sl_tile_source *source, unsigned level, uint64_t index,
    struct sl_error *err)
{
	struct sl_tile *kept = &source->kept[level].tile;
	struct sl_tile tile = {.level = level,
	    .index = index,
	    .width = sl_tile_width(level, index, source->size)};
	enum sl_status status;

	if (kept->width >= tile.width && kept->width > 0 &&
	    kept->index == index)
		return SL_OK;
	kept->width = 0;
	if (tile.width == 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "the log has no such tile");
	status =
	    source->read(source->ctx, &tile, source->kept[level].bytes, err);
	if (status == SL_ERR_NOT_FOUND && tile.width < SL_TILE_WIDTH) {
		(void)sl_error_clear(err);
		tile.width = SL_TILE_WIDTH;
		status = source->read(
		    source->ctx, &tile, source->kept[level].bytes, err);
	}
	if (status == SL_OK)
		*kept = tile;
	return status;
}

static enum sl_status
read_node(void *ctx, struct sl_log_hash *out, unsigned level, uint64_t index,
    struct sl_error *err)
{
	struct sl_tile_source *source = ctx;
	unsigned tile_level = level / HEIGHT;
	uint64_t first = index << (level % HEIGHT);
	unsigned count = 1U << (level % HEIGHT);
	struct sl_log_range range;
	const unsigned char *bytes;
	enum sl_status status;

	if (tile_level > SL_TILE_LEVEL_MAX)
		return sl_error_set(
		    err, SL_ERR_INVALID, "the log has no such tile");
	status = keep(source, tile_level, first / SL_TILE_WIDTH, err);
	if (status != SL_OK)
		return status;
	if (first % SL_TILE_WIDTH + count > source->kept[tile_level].tile.width)
		return sl_error_set(
		    err, SL_ERR_INVALID, "the log has no such subtree");
	bytes = source->kept[tile_level].bytes +
	    first % SL_TILE_WIDTH * SL_LOG_HASH_BYTES;
	sl_log_range_init(&range);
	for (unsigned i = 0; i < count && status == SL_OK; i++) {
		struct sl_log_hash hash;

		memcpy(hash.bytes, bytes + (size_t)i * SL_LOG_HASH_BYTES,
		    sizeof(hash.bytes));
		status = sl_log_range_append(&range, &hash);
	}
	if (status != SL_OK)
		return status;
	return sl_log_range_root(out, &range);
}

struct sl_log_reader
sl_tile_source_reader(struct sl_tile_source *source)
{
	return (struct sl_log_reader){read_node, source};
}
