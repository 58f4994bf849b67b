/* Names and folders of stored objects; for this folder only. */
#ifndef SL_OBJECTS_INTERNAL_H
#define SL_OBJECTS_INTERNAL_H

#include "sluice/objects/objects.h"

#define SL_OBJECTS_PATH_MAX 256

struct sl_objects {
	int root_fd;
};

/* `<dataset>` or `<dataset>/<publication>` or all three; SL_ERR_INVALID if a
 * part is no valid name.  `publication` and `name` may be NULL. */
SL_MUST_CHECK enum sl_status sl_objects_path(char out[SL_OBJECTS_PATH_MAX],
    const char *dataset, const struct sl_uuid *publication, const char *name,
    struct sl_error *err);

/* openat2(2) that stays beneath `dir_fd` and follows no link; the fd, or -1
 * with errno. */
int sl_objects_openat(int dir_fd, const char *path, int flags);

#endif /* SL_OBJECTS_INTERNAL_H */
