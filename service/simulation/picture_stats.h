/* Statistics of a clip's pictures as LeRobot takes them (v0.3.3,
 * src/lerobot/datasets/compute_stats.py): of some frames at even distances,
 * every second pixel, 0 to 1 per channel. */
#ifndef SL_SIMULATION_PICTURE_STATS_H
#define SL_SIMULATION_PICTURE_STATS_H

#include <jansson.h>
#include <stdint.h>

#include "camera.h"

struct picture_stats {
	uint32_t frames; /* of the clip */
	uint32_t wanted; /* of them, to be looked at */
	uint32_t seen;
	uint64_t counts[3][256]; /* how often a channel had a value */
};

void picture_stats_init(struct picture_stats *stats, uint32_t frames);

/* To be called for each frame in order. */
void picture_stats_see(struct picture_stats *stats, uint32_t frame,
    const uint8_t picture[CAMERA_BYTES]);

/* As meta/episodes_stats.jsonl has them; NULL when out of memory. */
json_t *picture_stats_json(const struct picture_stats *stats);

#endif /* SL_SIMULATION_PICTURE_STATS_H */
