#include "log_tiles.h"

#include <string.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/catalog/manifest.h"
#include "sluice/crypto/sha256.h"

#define BUNDLE_MAX ((size_t)SL_TILE_WIDTH * (SL_MANIFEST_BYTES_MAX + 2))

static enum sl_status
read_object(const struct log_tiles *tiles, uint32_t epoch,
    const struct sl_tile *tile, struct sl_buf *out, struct sl_error *err)
{
	char path[SL_TILE_PATH_MAX];
	struct sl_log_object name = {tiles->dataset, epoch, path};
	uint64_t bytes;
	enum sl_status status;
	int fd;

	sl_tile_format_path(path, tile);
	status = sl_objects_log_get(tiles->objects, &name, &fd, &bytes, err);
	if (status != SL_OK)
		return status;
	if (bytes > out->max)
		status = sl_error_code(err, SL_ERR_INTEGRITY, "bad_tiles",
		    "%s of the log of %s is too long", path, tiles->dataset);
	if (status == SL_OK)
		status = sl_buf_reserve(out, (size_t)bytes);
	if (status == SL_OK)
		status = sl_file_read_at(
		    fd, out->data + out->len, (size_t)bytes, 0, err);
	if (status == SL_OK)
		out->len += (size_t)bytes;
	close(fd);
	return status;
}

static enum sl_status
write_object(const struct log_tiles *tiles, const struct sl_tile *tile,
    struct sl_slice bytes, struct sl_error *err)
{
	char path[SL_TILE_PATH_MAX];
	struct sl_log_object name = {tiles->dataset, tiles->epoch, path};
	enum sl_status status;

	sl_tile_format_path(path, tile);
	status = sl_objects_log_put(tiles->objects, &name, bytes, err);
	if (status == SL_ERR_EXISTS)
		return sl_error_code(err, SL_ERR_CONFLICT, "log_forked",
		    "%s of the log of %s, epoch %u, has other leaves than "
		    "these",
		    path, tiles->dataset, tiles->epoch);
	return status;
}

/* A reader of tiles: sl_tile_read_fn. */
static enum sl_status
read_tile(void *ctx, const struct sl_tile *tile,
    unsigned char out[SL_TILE_BYTES_MAX], struct sl_error *err)
{
	const struct log_tiles *tiles = ctx;
	size_t len = (size_t)tile->width * SL_LOG_HASH_BYTES;
	struct sl_buf buf;
	enum sl_status status;

	sl_buf_init(&buf, SL_TILE_BYTES_MAX);
	status = read_object(tiles, tiles->epoch, tile, &buf, err);
	if (status == SL_OK && buf.len != len)
		status = sl_error_code(err, SL_ERR_INTEGRITY, "bad_tiles",
		    "a tile of the log of %s has not the length of its name",
		    tiles->dataset);
	if (status == SL_OK)
		memcpy(out, buf.data, len);
	sl_buf_clear(&buf);
	return status;
}

void
log_tiles_init(struct log_tiles *tiles, struct sl_objects *objects,
    const char *dataset, uint32_t epoch, uint64_t size)
{
	tiles->objects = objects;
	tiles->dataset = dataset;
	tiles->epoch = epoch;
	sl_tile_source_init(&tiles->source, size, read_tile, tiles);
}

enum sl_status
log_tiles_check(struct log_tiles *tiles, const struct sl_log_tree *tree,
    struct sl_log_range *range, struct sl_error *err)
{
	struct sl_log_reader reader = sl_tile_source_reader(&tiles->source);
	struct sl_log_hash root;
	enum sl_status status =
	    sl_log_read_range(range, tree->size, &reader, err);

	if (status == SL_OK)
		status = sl_log_range_root(&root, range);
	if (status != SL_OK)
		return sl_error_prefix(
		    err, status, "log of %s", tiles->dataset);
	if (!sl_log_hash_is(&root, &tree->root))
		return sl_error_code(err, SL_ERR_INTEGRITY, "bad_tiles",
		    "the stored tiles of the log of %s, epoch %u, have not the "
		    "root that was signed",
		    tiles->dataset, tiles->epoch);
	return SL_OK;
}

enum sl_status
log_tiles_check_growth(struct log_tiles *tiles,
    const struct sl_log_tree *old_tree, const struct sl_log_tree *new_tree,
    struct sl_error *err)
{
	struct sl_log_reader reader = sl_tile_source_reader(&tiles->source);
	struct sl_log_proof proof;
	enum sl_status status;

	if (old_tree->size == 0)
		return SL_OK;
	status = sl_log_prove_consistency(
	    &proof, old_tree->size, new_tree->size, &reader, err);
	if (status != SL_OK)
		return sl_error_prefix(
		    err, status, "log of %s", tiles->dataset);
	status = sl_log_verify_consistency(old_tree, new_tree, &proof);
	if (status == SL_ERR_INTEGRITY)
		return sl_error_code(err, status, "fork",
		    "the log of %s of %llu leaves does not continue that of "
		    "%llu leaves which was seen before",
		    tiles->dataset, (unsigned long long)new_tree->size,
		    (unsigned long long)old_tree->size);
	return status;
}

/* ---- bundles ---- */

static struct sl_tile
last_bundle(uint64_t size)
{
	return (struct sl_tile){.is_entries = true,
	    .index = (size - 1) / SL_TILE_WIDTH,
	    .width = (unsigned)((size - 1) % SL_TILE_WIDTH) + 1};
}

/* Each leaf of the bundle is what the tile says; `last` is the last one. */
static enum sl_status
check_bundle(struct log_tiles *tiles, const struct sl_tile *bundle,
    struct sl_slice rest, struct sl_slice *last, struct sl_error *err)
{
	struct sl_log_reader reader = sl_tile_source_reader(&tiles->source);
	unsigned count = 0;
	bool is_good = true;

	while (is_good && count < bundle->width) {
		struct sl_log_hash expected;
		struct sl_log_hash found;
		enum sl_status status = reader.read(reader.ctx, &expected, 0,
		    bundle->index * SL_TILE_WIDTH + count, err);

		if (status != SL_OK)
			return status;
		is_good = sl_tile_next_entry(last, &rest) == SL_OK &&
		    sl_log_hash_leaf(&found, *last) == SL_OK &&
		    sl_log_hash_is(&found, &expected);
		count++;
	}
	if (!is_good || rest.len != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "bad_tiles",
		    "the stored leaves of the log of %s are not those of its "
		    "tiles",
		    tiles->dataset);
	return SL_OK;
}

/* The last bundle of the tree, checked; *last lies in `out`. */
static enum sl_status
read_last(struct log_tiles *tiles, struct sl_buf *out, struct sl_slice *last,
    struct sl_error *err)
{
	struct sl_tile bundle = last_bundle(tiles->source.size);
	enum sl_status status =
	    read_object(tiles, tiles->epoch, &bundle, out, err);

	if (status == SL_OK)
		status =
		    check_bundle(tiles, &bundle, sl_buf_slice(out), last, err);
	return status;
}

enum sl_status
log_tiles_last(
    struct log_tiles *tiles, unsigned char out[32], struct sl_error *err)
{
	struct sl_slice last = {0};
	struct sl_buf buf;
	enum sl_status status;

	memset(out, 0, 32);
	if (tiles->source.size == 0)
		return SL_OK;
	sl_buf_init(&buf, BUNDLE_MAX);
	status = read_last(tiles, &buf, &last, err);
	if (status == SL_OK)
		status = sl_sha256_of(out, last);
	sl_buf_clear(&buf);
	return status;
}

/* ---- growing ---- */

static enum sl_status
append_entry(
    struct log_tiles *tiles, struct sl_slice leaf, struct sl_error *err)
{
	struct sl_tile bundle = last_bundle(tiles->source.size + 1);
	struct sl_slice last;
	struct sl_buf buf;
	enum sl_status status = SL_OK;

	sl_buf_init(&buf, BUNDLE_MAX);
	if (bundle.width > 1)
		status = read_last(tiles, &buf, &last, err);
	if (status == SL_OK)
		status = sl_tile_append_entry(&buf, leaf);
	if (status == SL_OK)
		status = write_object(tiles, &bundle, sl_buf_slice(&buf), err);
	sl_buf_clear(&buf);
	return status;
}

/* The root over a full tile: the next level's hash. */
static enum sl_status
fold(struct sl_log_hash *out, struct sl_slice hashes)
{
	struct sl_log_range range;
	enum sl_status status = SL_OK;

	sl_log_range_init(&range);
	for (size_t at = 0; status == SL_OK && at < hashes.len;
	     at += SL_LOG_HASH_BYTES) {
		struct sl_log_hash hash;

		memcpy(hash.bytes, hashes.data + at, sizeof(hash.bytes));
		status = sl_log_range_append(&range, &hash);
	}
	return status == SL_OK ? sl_log_range_root(out, &range) : status;
}

/* Put `hash` as node `number` of `level`; if that fills a tile, `hash` becomes
 * the next level's. */
static enum sl_status
append_hash(struct log_tiles *tiles, unsigned level, uint64_t number,
    struct sl_log_hash *hash, struct sl_error *err)
{
	struct sl_tile tile = {.level = level,
	    .index = number / SL_TILE_WIDTH,
	    .width = (unsigned)(number % SL_TILE_WIDTH)};
	struct sl_buf buf;
	enum sl_status status = SL_OK;

	sl_buf_init(&buf, SL_TILE_BYTES_MAX);
	if (tile.width > 0)
		status = read_object(tiles, tiles->epoch, &tile, &buf, err);
	if (status == SL_OK &&
	    buf.len != (size_t)tile.width * SL_LOG_HASH_BYTES)
		status = sl_error_code(err, SL_ERR_INTEGRITY, "bad_tiles",
		    "a tile of the log of %s has not the length of its name",
		    tiles->dataset);
	if (status == SL_OK)
		status = sl_buf_append(&buf, hash->bytes, sizeof(hash->bytes));
	tile.width++;
	if (status == SL_OK)
		status = write_object(tiles, &tile, sl_buf_slice(&buf), err);
	if (status == SL_OK && tile.width == SL_TILE_WIDTH)
		status = fold(hash, sl_buf_slice(&buf));
	sl_buf_clear(&buf);
	return status;
}

enum sl_status
log_tiles_append(
    struct log_tiles *tiles, struct sl_slice leaf, struct sl_error *err)
{
	uint64_t number = tiles->source.size;
	struct sl_log_hash hash;
	enum sl_status status = append_entry(tiles, leaf, err);

	if (status == SL_OK)
		status = sl_log_hash_leaf(&hash, leaf);
	for (unsigned level = 0; status == SL_OK; level++) {
		status = append_hash(tiles, level, number, &hash, err);
		if ((number + 1) % SL_TILE_WIDTH != 0 ||
		    level == SL_TILE_LEVEL_MAX)
			break;
		number /= SL_TILE_WIDTH;
	}
	return status;
}

/* ---- a new epoch ---- */

static enum sl_status
copy_tile(struct log_tiles *tiles, uint32_t old_epoch,
    const struct sl_tile *tile, struct sl_error *err)
{
	struct sl_buf buf;
	enum sl_status status;

	sl_buf_init(&buf, BUNDLE_MAX);
	status = read_object(tiles, old_epoch, tile, &buf, err);
	if (status == SL_OK)
		status = write_object(tiles, tile, sl_buf_slice(&buf), err);
	sl_buf_clear(&buf);
	return status;
}

static enum sl_status
copy_level(struct log_tiles *tiles, uint32_t old_epoch, struct sl_tile tile,
    struct sl_error *err)
{
	enum sl_status status = SL_OK;

	for (tile.index = 0; status == SL_OK; tile.index++) {
		tile.width =
		    sl_tile_width(tile.level, tile.index, tiles->source.size);
		if (tile.width == 0)
			break;
		status = copy_tile(tiles, old_epoch, &tile, err);
	}
	return status;
}

enum sl_status
log_tiles_copy(
    struct log_tiles *tiles, uint32_t old_epoch, struct sl_error *err)
{
	enum sl_status status = copy_level(
	    tiles, old_epoch, (struct sl_tile){.is_entries = true}, err);

	for (unsigned level = 0; status == SL_OK && level <= SL_TILE_LEVEL_MAX;
	     level++)
		status = copy_level(
		    tiles, old_epoch, (struct sl_tile){.level = level}, err);
	return status;
}
