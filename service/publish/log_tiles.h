/* A log's tiles and entries in the objects folder. */
#ifndef SL_PUBLISH_LOG_TILES_H
#define SL_PUBLISH_LOG_TILES_H

#include "sluice/catalog/tile.h"
#include "sluice/objects/objects.h"

/* Some 50 KiB: on the heap.  Everything in it is borrowed. */
struct log_tiles {
	struct sl_objects *objects;
	const char *dataset;
	uint32_t epoch;
	struct sl_tile_source source;
};

/* `size` leaves are there. */
void log_tiles_init(struct log_tiles *tiles, struct sl_objects *objects,
    const char *dataset, uint32_t epoch, uint64_t size);

/* Do the tiles make this tree?  SL_ERR_INTEGRITY, code bad_tiles.  `range` is
 * the tree's. */
SL_MUST_CHECK enum sl_status log_tiles_check(struct log_tiles *tiles,
    const struct sl_log_tree *tree, struct sl_log_range *range,
    struct sl_error *err);

/* Is `old_tree` the beginning of `new_tree`, by the tiles?  SL_ERR_INTEGRITY,
 * code fork. */
SL_MUST_CHECK enum sl_status log_tiles_check_growth(struct log_tiles *tiles,
    const struct sl_log_tree *old_tree, const struct sl_log_tree *new_tree,
    struct sl_error *err);

/* SHA-256 of the last leaf, zeros for none; the last bundle's leaves are
 * those of the tile, else SL_ERR_INTEGRITY, code bad_tiles. */
SL_MUST_CHECK enum sl_status log_tiles_last(
    struct log_tiles *tiles, unsigned char out[32], struct sl_error *err);

/* Store what `leaf` adds to the tree: its bundle, then tiles.  Again with the
 * same leaf is the same; SL_ERR_CONFLICT, code log_forked, if other bytes are
 * there. */
SL_MUST_CHECK enum sl_status log_tiles_append(
    struct log_tiles *tiles, struct sl_slice leaf, struct sl_error *err);

/* All that an older epoch has of the tree into this one. */
SL_MUST_CHECK enum sl_status log_tiles_copy(
    struct log_tiles *tiles, uint32_t old_epoch, struct sl_error *err);

#endif /* SL_PUBLISH_LOG_TILES_H */
