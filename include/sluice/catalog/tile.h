/* Tiles: a log's tree as immutable files (C2SP tlog-tiles, height 8).
 *
 * Hash tile N of level L holds up to 256 hashes: the roots of the perfect
 * subtrees of 256^L leaves, number 256*N and on.  Entry bundle N holds the
 * leaves 256*N and on, each after its length.  Partial ones are named with
 * their width.  Pure but for the reader function of a tile source. */
#ifndef SLUICE_CATALOG_TILE_H
#define SLUICE_CATALOG_TILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/catalog/log.h"

#define SL_TILE_WIDTH     256
#define SL_TILE_BYTES_MAX (SL_TILE_WIDTH * SL_LOG_HASH_BYTES)
#define SL_TILE_LEVEL_MAX 5
/* Tiles of one level: a tree of 2^48 leaves. */
#define SL_TILE_INDEX_MAX ((UINT64_C(1) << 40) - 1)
/* A leaf's length is 16 bits. */
#define SL_TILE_ENTRY_MAX 65535
/* "tile/entries/x001/x234/…/067.p/255" and a NUL. */
#define SL_TILE_PATH_MAX 48

struct sl_tile {
	bool is_entries;
	unsigned level; /* 0 for entries */
	uint64_t index;
	unsigned width; /* 1 … 256, 256 is full */
};

/* "tile/0/x001/067.p/12"; the tile must be one that parse gives. */
void sl_tile_format_path(
    char out[SL_TILE_PATH_MAX], const struct sl_tile *tile);

/* SL_ERR_INVALID for what format does not write. */
SL_MUST_CHECK enum sl_status sl_tile_parse_path(
    struct sl_tile *out, struct sl_slice path);

/* Hashes, or leaves, that a tree of `size` leaves has in tile `index` of
 * `level`: 0 … 256. */
unsigned sl_tile_width(unsigned level, uint64_t index, uint64_t size);

/* ---- entries ---- */

/* SL_ERR_LIMIT for a leaf of more than SL_TILE_ENTRY_MAX bytes. */
SL_MUST_CHECK enum sl_status sl_tile_append_entry(
    struct sl_buf *buf, struct sl_slice leaf);

/* Take the next leaf from `rest`; *out is borrowed.  SL_ERR_NOT_FOUND at the
 * end, SL_ERR_INVALID if it is cut short. */
SL_MUST_CHECK enum sl_status sl_tile_next_entry(
    struct sl_slice *out, struct sl_slice *rest);

/* ---- hashes of a tree out of its tiles ---- */

/* Read exactly tile->width hashes into `out`.  SL_ERR_NOT_FOUND for a partial
 * tile is followed by a question for the full one. */
typedef enum sl_status sl_tile_read_fn(void *ctx, const struct sl_tile *tile,
    unsigned char out[SL_TILE_BYTES_MAX], struct sl_error *err);

/* Keeps the last tile read of each level.  The owner embeds it. */
struct sl_tile_source {
	uint64_t size; /* of the tree whose tiles there are */
	sl_tile_read_fn *read;
	void *ctx;
	struct {
		struct sl_tile tile; /* width 0: none */
		unsigned char bytes[SL_TILE_BYTES_MAX];
	} kept[SL_TILE_LEVEL_MAX + 1];
};

void sl_tile_source_init(struct sl_tile_source *source, uint64_t size,
    sl_tile_read_fn *read, void *ctx);

/* Borrows the source: for sl_log_prove_… and sl_log_read_range of trees of at
 * most `size` leaves. */
struct sl_log_reader sl_tile_source_reader(struct sl_tile_source *source);

#endif /* SLUICE_CATALOG_TILE_H */
