/* The rows of one episode as LeRobot's data parquet. */
#ifndef SL_SIMULATION_LEROBOT_TABLE_H
#define SL_SIMULATION_LEROBOT_TABLE_H

#include "session.h"

/* Joints and gripper; what was commanded, what was measured. */
#define LEROBOT_JOINTS (ARM_JOINTS + 1)
#define LEROBOT_WRENCH 6

struct lerobot_rows {
	uint32_t count;
	uint32_t hz;
	int64_t episode_index;
	int64_t first_index; /* of all rows of the dataset */
	int64_t task_index;
};

/* Write the file at `name` below the source's directory. */
SL_MUST_CHECK enum sl_status lerobot_table_write(struct session *session,
    const struct episode *episode, const struct lerobot_rows *rows,
    const char *name);

/* The statistics of each column by its name; NULL when out of memory. */
json_t *lerobot_table_stats(
    const struct episode *episode, const struct lerobot_rows *rows);

#endif /* SL_SIMULATION_LEROBOT_TABLE_H */
