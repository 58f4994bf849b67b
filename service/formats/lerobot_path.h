/* LeRobot's path templates: "data/chunk-{episode_chunk:03d}/…". */
#ifndef SL_FORMATS_LEROBOT_PATH_H
#define SL_FORMATS_LEROBOT_PATH_H

#include "sluice/base/error.h"

#define LEROBOT_PATH_MAX 1024

struct lerobot_place {
	unsigned long long chunk;
	unsigned long long index; /* of the episode; version 3: of the file */
	const char *video_key;    /* NULL in data paths */
};

/* Fill the template's `{name}` and `{name:0Nd}` fields (Python's format of
 * these); any other field is SL_ERR_INVALID. */
SL_MUST_CHECK enum sl_status lerobot_path_expand(char out[LEROBOT_PATH_MAX],
    const char *pattern, const struct lerobot_place *place,
    struct sl_error *err);

#endif /* SL_FORMATS_LEROBOT_PATH_H */
