/* The columns and clips of a simulated LeRobot dataset, in info.json's words.
 */
#ifndef SL_SIMULATION_LEROBOT_FEATURES_H
#define SL_SIMULATION_LEROBOT_FEATURES_H

#include "session.h"

/* "observation.images.wrist" */
const char *lerobot_camera_key(enum camera_view view);

/* NULL when out of memory. */
json_t *lerobot_features(const struct session *session);

#endif /* SL_SIMULATION_LEROBOT_FEATURES_H */
