/* LeRobot's statistics: minimum, maximum, mean, standard deviation and count
 * of each element of a feature, per episode, and merged.  The owner embeds
 * them, all zero at first. */
#ifndef SLUICE_FORMATS_LEROBOT_STATS_H
#define SLUICE_FORMATS_LEROBOT_STATS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"

/* Elements of a feature's row. */
#define SL_LEROBOT_ELEMENTS_MAX 65536

struct sl_lerobot_element {
	double min;
	double max;
	double mean;
	double m2; /* sum of squared differences from the mean */
	uint64_t count;
};

struct sl_lerobot_stats {
	struct sl_lerobot_element *elements;
	size_t count; /* elements seen in the longest row */
	size_t room;
};

void sl_lerobot_stats_clear(struct sl_lerobot_stats *stats);
/* Element `at` of a row; what is not finite counts for nothing. */
SL_MUST_CHECK enum sl_status sl_lerobot_stats_add(
    struct sl_lerobot_stats *stats, size_t at, double value);
/* The same, as often as `times` says. */
SL_MUST_CHECK enum sl_status sl_lerobot_stats_add_many(
    struct sl_lerobot_stats *stats, size_t at, double value, uint64_t times);
/* {"min":[…],"max":[…],"mean":[…],"std":[…],"count":[n]}; n: the values of the
 * element that has the most, for LeRobot has one count for all.  JSON null if
 * an element has no finite value, or a sum is not finite; NULL when out of
 * memory. */
json_t *sl_lerobot_stats_json(const struct sl_lerobot_stats *stats);
/* Of an image, whose elements are its channels, each nested twice; the count is
 * that of its pictures. */
json_t *sl_lerobot_stats_image_json(
    const struct sl_lerobot_stats *stats, uint64_t pictures);

/* Merge the statistics of features (objects as above by name) into `into`;
 * one that has not the same shape in all, or sums that are not finite, becomes
 * null.  What is not in `more` stays. */
SL_MUST_CHECK enum sl_status sl_lerobot_stats_merge(
    json_t *into, const json_t *more);

#endif /* SLUICE_FORMATS_LEROBOT_STATS_H */
