/* Stored objects by name: <root>/<dataset>/<publication>/<name>; and the files
 * of each dataset's log.
 *
 * Everything is opened beneath the root without following symbolic links.
 * Names are checked here: a dataset is `[a-z0-9][a-z0-9-]{1,62}`, an object
 * `[a-z0-9][a-z0-9._-]{0,63}`.  Calls do file I/O and may block for short;
 * bulk reads are the caller's.  Any thread. */
#ifndef SLUICE_OBJECTS_OBJECTS_H
#define SLUICE_OBJECTS_OBJECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/base/uuid.h"

struct sl_objects;

/* One object's place; the texts are borrowed for the call. */
struct sl_object_name {
	const char *dataset;
	struct sl_uuid publication;
	const char *name;
};

/* The root must be a directory. */
SL_MUST_CHECK enum sl_status sl_objects_open(
    struct sl_objects **out, const char *root, struct sl_error *err);

/* NULL is allowed. */
void sl_objects_close(struct sl_objects *objects);

/* Open a stored object for reading; the caller closes the fd.  `out_bytes` is
 * its size.  SL_ERR_NOT_FOUND, SL_ERR_INVALID for a bad name, SL_ERR_IO. */
SL_MUST_CHECK enum sl_status sl_objects_get(struct sl_objects *objects,
    const struct sl_object_name *name, int *out_fd, uint64_t *out_bytes,
    struct sl_error *err);

/* Store a small object whole: durable and visible on return, replacing what
 * was there. */
SL_MUST_CHECK enum sl_status sl_objects_put(struct sl_objects *objects,
    const struct sl_object_name *name, struct sl_slice bytes,
    struct sl_error *err);

/* Writing of one large object.  The owner writes to the fd in any way, then
 * commits or cancels. */
struct sl_object_writer;

/* Makes the folders.  Invisible under `name` until committed. */
SL_MUST_CHECK enum sl_status sl_object_writer_new(struct sl_object_writer **out,
    struct sl_objects *objects, const struct sl_object_name *name,
    struct sl_error *err);

/* Borrowed; open for reading and writing. */
int sl_object_writer_fd(const struct sl_object_writer *writer);

/* fsync, rename, fsync of the folder: durable on SL_OK.  Frees the writer in
 * any case. */
SL_MUST_CHECK enum sl_status sl_object_writer_commit(
    struct sl_object_writer *writer, struct sl_error *err);

/* Removes what was written and frees.  NULL is allowed. */
void sl_object_writer_cancel(struct sl_object_writer *writer);

/* Remove an abandoned publication with all it holds; none is no error. */
SL_MUST_CHECK enum sl_status sl_objects_remove(struct sl_objects *objects,
    const char *dataset, const struct sl_uuid *publication,
    struct sl_error *err);

/* Overwrite a range of a stored object by zeros, in place and durably
 * (erasure).  The range must lie inside the object, else SL_ERR_LIMIT. */
SL_MUST_CHECK enum sl_status sl_objects_zero(struct sl_objects *objects,
    const struct sl_object_name *name, uint64_t offset, uint64_t len,
    struct sl_error *err);

/* ---- files of a dataset's log: <root>/<dataset>/log/<epoch>/<path> ---- */

/* `path` is "tile/…", components of [a-z0-9.]; borrowed for the call. */
struct sl_log_object {
	const char *dataset;
	uint32_t epoch; /* from 1 */
	const char *path;
};

/* As sl_objects_get(). */
SL_MUST_CHECK enum sl_status sl_objects_log_get(struct sl_objects *objects,
    const struct sl_log_object *name, int *out_fd, uint64_t *out_bytes,
    struct sl_error *err);

/* Store one, durable on return.  It never changes: SL_OK if these bytes are
 * there already, SL_ERR_EXISTS if others are. */
SL_MUST_CHECK enum sl_status sl_objects_log_put(struct sl_objects *objects,
    const struct sl_log_object *name, struct sl_slice bytes,
    struct sl_error *err);

#endif /* SLUICE_OBJECTS_OBJECTS_H */
