/* One source file into a draft's objects: checked, hashed and copied in one
 * reading.  Any thread; each call has its own work memory. */
#ifndef SL_INGEST_OBJECT_COPY_H
#define SL_INGEST_OBJECT_COPY_H

#include <stdbool.h>

#include "sluice/base/slice.h"

#include "crew.h"
#include "file_cache.h"

/* Where objects go: `tmp/` and `objects/<aa>/` below the folder. */
struct object_place {
	int dir_fd;
	struct meter *meter; /* of what is copied; NULL: nobody looks */
};

SL_MUST_CHECK enum sl_status object_place_make(
    const struct object_place *place, struct sl_error *err);

/* objects/ab/abcdef… */
#define OBJECT_NAME_MAX 80
void object_name(char out[OBJECT_NAME_MAX], const unsigned char sha256[32]);

/* Copy the open file; fills all of `out` but its path.  SL_ERR_INVALID if the
 * file is broken, or changed meanwhile; SL_ERR_CANCELLED if the meter says so.
 * Not fsynced. */
SL_MUST_CHECK enum sl_status object_copy(struct cached_file *out,
    const struct object_place *place, int fd, const char *path,
    struct sl_error *err);

/* An empty file without a name, for what is made on the spot. */
SL_MUST_CHECK enum sl_status object_scratch(
    int *fd, const struct object_place *place, struct sl_error *err);

/* The same for bytes in memory. */
SL_MUST_CHECK enum sl_status object_put(struct cached_file *out,
    const struct object_place *place, struct sl_slice bytes,
    struct sl_error *err);

/* An object that is written piece by piece, hashed on the way. */
struct object_writer;
SL_MUST_CHECK enum sl_status object_writer_new(struct object_writer **out,
    const struct object_place *place, struct sl_error *err);
SL_MUST_CHECK enum sl_status object_writer_put(
    struct object_writer *writer, struct sl_slice bytes, struct sl_error *err);
/* It has its name now.  Frees the writer, also on failure. */
SL_MUST_CHECK enum sl_status object_writer_finish(struct object_writer *writer,
    uint64_t *bytes, unsigned char sha256[32], struct sl_error *err);
/* Without finish nothing is left.  NULL is allowed. */
void object_writer_free(struct object_writer *writer);

/* Is there such an object, with these bytes?  Reads it, which the meter may
 * end (SL_ERR_CANCELLED) but does not count. */
SL_MUST_CHECK enum sl_status object_verify(const struct object_place *place,
    const struct cached_file *file, struct sl_error *err);

/* Is there a plain file of that length?  Does not read it. */
bool object_is_there(
    int dir_fd, const unsigned char sha256[32], uint64_t bytes);

/* Take an object from another draft by a hard link, whatever stands in its
 * place; SL_ERR_NOT_FOUND if that does not work and it has to be copied. */
SL_MUST_CHECK enum sl_status object_link(const struct object_place *place,
    int from_dir_fd, const struct cached_file *file);

#endif /* SL_INGEST_OBJECT_COPY_H */
