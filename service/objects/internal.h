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

/* Is `name` [a-z0-9-]{2,63}, a dataset's? */
bool sl_objects_is_dataset(const char *name);

/* A regular file beneath the root, opened for reading. */
SL_MUST_CHECK enum sl_status sl_objects_open_file(struct sl_objects *objects,
    const char *path, int *out_fd, uint64_t *out_bytes, struct sl_error *err);

/* One folder beneath `parent`, made durably if missing. */
SL_MUST_CHECK enum sl_status sl_objects_enter(
    int parent, const char *name, int *out_fd, struct sl_error *err);

/* Write a new file `name` in the folder; takes dir_fd in any case. */
SL_MUST_CHECK enum sl_status sl_object_writer_at(struct sl_object_writer **out,
    int dir_fd, const char *name, struct sl_error *err);

/* All of the bytes, then commit; frees the writer in any case. */
SL_MUST_CHECK enum sl_status sl_object_writer_finish(
    struct sl_object_writer *writer, struct sl_slice bytes,
    struct sl_error *err);

#endif /* SL_OBJECTS_INTERNAL_H */
