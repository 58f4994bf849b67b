/* Reading the meta/ of one LeRobot source in a mirror. */
#ifndef SL_EXPORT_LEROBOT_ROOT_H
#define SL_EXPORT_LEROBOT_ROOT_H

#include "lerobot_set.h"

/* Every folder with a meta/info.json among the dataset's own files. */
SL_MUST_CHECK enum sl_status lerobot_roots_read(
    struct lerobot_set *set, struct sl_error *err);
void lerobot_root_clear(struct lerobot_root *root);

#endif /* SL_EXPORT_LEROBOT_ROOT_H */
