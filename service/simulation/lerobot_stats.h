/* Minimum, maximum, mean and deviation of each column of a feature, as
 * LeRobot's meta/episodes_stats.jsonl has them. */
#ifndef SL_SIMULATION_LEROBOT_STATS_H
#define SL_SIMULATION_LEROBOT_STATS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define LEROBOT_WIDTH_MAX 16

struct lerobot_stats {
	size_t width;
	uint64_t count;
	double min[LEROBOT_WIDTH_MAX];
	double max[LEROBOT_WIDTH_MAX];
	double sum[LEROBOT_WIDTH_MAX];
	double squares[LEROBOT_WIDTH_MAX];
};

void lerobot_stats_init(struct lerobot_stats *stats, size_t width);
void lerobot_stats_add(struct lerobot_stats *stats, const double *values);

/* A picture's features are three channels, each nested twice. */
json_t *lerobot_stats_json(const struct lerobot_stats *stats, int is_picture);

#endif /* SL_SIMULATION_LEROBOT_STATS_H */
