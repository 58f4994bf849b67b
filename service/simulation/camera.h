/* The wrist camera: pictures of a simple scene, by casting a ray per pixel. */
#ifndef SL_SIMULATION_CAMERA_H
#define SL_SIMULATION_CAMERA_H

#include <stdint.h>

#include "rollout.h"

#define CAMERA_WIDTH  320u
#define CAMERA_HEIGHT 240u
#define CAMERA_FPS    25u
#define CAMERA_BYTES  (CAMERA_WIDTH * CAMERA_HEIGHT * 3)
/* Of the pinhole, pixels. */
#define CAMERA_FOCAL 230.0

/* One frame, RGB, 8 bits, rows from the top. */
void camera_draw(const struct rollout *rollout,
    const struct rollout_sample *sample, uint8_t out[CAMERA_BYTES]);

#endif /* SL_SIMULATION_CAMERA_H */
