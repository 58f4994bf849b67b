/* Two cameras, by ray casting: one on the wrist, one that stands before the
 * table.  Soft shadows; edges are smoothed where neighbours differ.  A picture
 * depends on nothing but the sample. */
#ifndef SL_SIMULATION_CAMERA_H
#define SL_SIMULATION_CAMERA_H

#include <stdint.h>

#include "rollout.h"

#define CAMERA_WIDTH  320u
#define CAMERA_HEIGHT 240u
#define CAMERA_FPS    25u
#define CAMERA_BYTES  (CAMERA_WIDTH * CAMERA_HEIGHT * 3)

enum camera_view {
	CAMERA_WRIST,
	CAMERA_SCENE,
};
#define CAMERA_COUNT 2u

struct camera {
	const char *key; /* "wrist": the end of its layer's name */
	const char *mount;
	double focal; /* of the pinhole, pixels */
};

extern const struct camera cameras[CAMERA_COUNT];

/* One frame, RGB, 8 bits, rows from the top. */
void camera_draw(enum camera_view view, const struct rollout *rollout,
    const struct rollout_sample *sample, uint8_t out[CAMERA_BYTES]);

#endif /* SL_SIMULATION_CAMERA_H */
