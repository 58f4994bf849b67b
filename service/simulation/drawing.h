/* The pictures of a camera during one episode, drawn ahead on all processors
 * and given in their order.  The caller owns the drawing, which borrows the
 * rollout; one thread. */
#ifndef SL_SIMULATION_DRAWING_H
#define SL_SIMULATION_DRAWING_H

#include "camera.h"

struct drawing;

SL_MUST_CHECK enum sl_status drawing_new(
    struct drawing **out, enum camera_view view, const struct rollout *rollout);

/* The next of CAMERA_BYTES, one for each frame of CAMERA_FPS; good until the
 * next call.  NULL behind the last. */
const uint8_t *drawing_next(struct drawing *drawing);

/* NULL is allowed. */
void drawing_free(struct drawing *drawing);

#endif /* SL_SIMULATION_DRAWING_H */
