/* Where the rows of each episode are in LeRobot's data files, which v3 shares
 * among episodes: what the rows themselves say, not what the table of episodes
 * claims. */
#ifndef SL_FORMATS_LEROBOT_SHARDS_H
#define SL_FORMATS_LEROBOT_SHARDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lerobot.h"

struct lerobot_rows {
	uint64_t index;        /* of the episode; the array is sorted by it */
	uint64_t global_first; /* what `index` of its first row should be */
	/* Filled by the walk: */
	char *path; /* NULL: no row was found; owned */
	uint64_t first;
	uint64_t count;
	bool is_split;        /* its rows are in several places */
	bool is_out_of_order; /* frame_index is not 0, 1, 2 … */
	bool is_off;          /* index is not what it should be */
	bool is_backwards;    /* timestamp, at that frame for the first time */
	uint64_t backwards_at;
};

/* Rows of the file that belong to none of the episodes are counted.
 * SL_ERR_INVALID, SL_ERR_LIMIT: what the file holds cannot be read. */
SL_MUST_CHECK enum sl_status lerobot_shard_walk(const struct lerobot *lerobot,
    const char *path, struct lerobot_rows *episodes, size_t episode_count,
    uint64_t *strangers, struct sl_error *err);

/* SL_ERR_INVALID says why an episode of so many frames, of which rows were
 * found, is to be left out; `table` is where that number stands. */
SL_MUST_CHECK enum sl_status lerobot_rows_judge(const struct lerobot_rows *rows,
    uint64_t frames, const char *table, struct sl_error *err);

#endif /* SL_FORMATS_LEROBOT_SHARDS_H */
