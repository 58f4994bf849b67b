/* Reading the meta/ of one LeRobot source in a mirror. */
#ifndef SL_EXPORT_LEROBOT_ROOT_H
#define SL_EXPORT_LEROBOT_ROOT_H

#include "lerobot_set.h"

#define LEROBOT_INDEX_MAX 32

/* Every folder with a meta/info.json among the dataset's own files. */
SL_MUST_CHECK enum sl_status lerobot_roots_read(
    struct lerobot_set *set, struct sl_error *err);

/* The source that a file of the mirror belongs to; NULL: none. */
const struct lerobot_root *lerobot_root_of(
    const struct lerobot_set *set, const char *path);

/* "…/episode_000007.parquet" → "7", as lines and images are named; false: it
 * has no such name. */
bool lerobot_root_index(const char *path, char index[LEROBOT_INDEX_MAX]);

void lerobot_root_clear(struct lerobot_root *root);

#endif /* SL_EXPORT_LEROBOT_ROOT_H */
