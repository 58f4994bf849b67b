/* LeRobot's statistics: minimum, maximum, mean, standard deviation and count
 * of each element of a feature, per episode, and merged. */
#ifndef SL_EXPORT_LEROBOT_STATS_H
#define SL_EXPORT_LEROBOT_STATS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"

/* Elements of a feature's row. */
#define LEROBOT_ELEMENTS_MAX 65536

struct lerobot_element {
	double min;
	double max;
	double mean;
	double m2; /* sum of squared differences from the mean */
	uint64_t count;
};

struct lerobot_stats {
	struct lerobot_element *elements;
	size_t count; /* elements seen in the longest row */
	size_t room;
	uint64_t rows;
};

void lerobot_stats_clear(struct lerobot_stats *stats);
/* Element `at` of a row; NaN counts for nothing. */
SL_MUST_CHECK enum sl_status lerobot_stats_add(
    struct lerobot_stats *stats, size_t at, double value);
/* {"min":[…],"max":[…],"mean":[…],"std":[…],"count":[n]}; NULL when out of
 * memory. */
json_t *lerobot_stats_json(const struct lerobot_stats *stats);

/* Merge the statistics of features (objects as above by name) into `into`;
 * one that has not the same shape in all becomes null. */
SL_MUST_CHECK enum sl_status lerobot_stats_merge(
    json_t *into, const json_t *more);

#endif /* SL_EXPORT_LEROBOT_STATS_H */
