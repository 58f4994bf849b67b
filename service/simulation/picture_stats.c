#include "picture_stats.h"

#include <math.h>

#include "sluice/formats/lerobot_stats.h"

#define FRAMES_MIN 100
#define FRAMES_MAX 10000
/* Pictures of 300 pixels and more are thinned to about 150. */
#define THINNED_FROM 300
#define THINNED_TO   150
#define STEP         (CAMERA_WIDTH < THINNED_FROM ? 1 : CAMERA_WIDTH / THINNED_TO)
_Static_assert(CAMERA_WIDTH > CAMERA_HEIGHT, "the width says how to thin");

void
picture_stats_init(struct picture_stats *stats, uint32_t frames)
{
	/* To the power of 3/4. */
	double grown = sqrt(frames) * sqrt(sqrt(frames));
	uint32_t wanted = grown < FRAMES_MAX ? (uint32_t)grown : FRAMES_MAX;
	uint32_t least = frames < FRAMES_MIN ? frames : FRAMES_MIN;

	*stats = (struct picture_stats){
	    .frames = frames, .wanted = wanted > least ? wanted : least};
}

/* The frame that is looked at as number `i`; a half goes to the even one. */
static uint32_t
frame_of(const struct picture_stats *stats, uint32_t i)
{
	if (stats->wanted < 2)
		return 0;
	return (uint32_t)nearbyint(
	    i * ((double)(stats->frames - 1) / (stats->wanted - 1)));
}

void
picture_stats_see(struct picture_stats *stats, uint32_t frame,
    const uint8_t picture[CAMERA_BYTES])
{
	if (stats->seen == stats->wanted ||
	    frame != frame_of(stats, stats->seen))
		return;
	stats->seen++;
	for (unsigned row = 0; row < CAMERA_HEIGHT; row += STEP) {
		for (unsigned column = 0; column < CAMERA_WIDTH;
		     column += STEP) {
			const uint8_t *at =
			    picture + 3 * (row * CAMERA_WIDTH + column);

			for (unsigned i = 0; i < 3; i++)
				stats->counts[i][at[i]]++;
		}
	}
}

json_t *
picture_stats_json(const struct picture_stats *stats)
{
	struct sl_lerobot_stats values = {0};
	json_t *out = NULL;
	enum sl_status status = SL_OK;

	for (unsigned i = 0; i < 3; i++) {
		for (unsigned value = 0; status == SL_OK && value < 256;
		     value++)
			status = sl_lerobot_stats_add_many(
			    &values, i, value / 255.0, stats->counts[i][value]);
	}
	if (status == SL_OK)
		out = sl_lerobot_stats_image_json(&values, stats->seen);
	sl_lerobot_stats_clear(&values);
	return out;
}
