/* The Parquet tables of LeRobot v3's meta/: episodes and tasks. */
#ifndef SL_EXPORT_LEROBOT_TABLE_H
#define SL_EXPORT_LEROBOT_TABLE_H

#include "lerobot_set.h"
#include "sluice/formats/parquet_writer.h"

/* Where the rows of a table of episodes are. */
struct lerobot_shard {
	size_t first; /* episode */
	size_t count;
	uint64_t first_row;
	size_t chunk;
	size_t file;
};

/* `stats`: of each of its episodes, an array of objects.  All files of a set
 * have the same columns. */
SL_MUST_CHECK enum sl_status lerobot_table_episodes(int fd,
    const struct lerobot_set *set, const struct lerobot_shard *shard,
    const json_t *stats, struct sl_error *err);

SL_MUST_CHECK enum sl_status lerobot_table_tasks(
    int fd, const struct lerobot_set *set, struct sl_error *err);

#endif /* SL_EXPORT_LEROBOT_TABLE_H */
