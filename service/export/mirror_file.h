/* A file of the mirror, read as what was signed. */
#ifndef SL_EXPORT_MIRROR_FILE_H
#define SL_EXPORT_MIRROR_FILE_H

#include "layout.h"

/* Copy its bytes to `to`, where that stands, hashed on the way.
 * SL_ERR_INTEGRITY, code damaged, if they are not what was signed: what is at
 * `to` by then is worth nothing. */
SL_MUST_CHECK enum sl_status mirror_file_copy(const struct export_run *run,
    const struct sl_contents_file *file, int to, struct sl_error *err);

/* Reading it ended with `failure`, which `err` tells.  SL_ERR_INTEGRITY, code
 * damaged, if the file is not what was signed; else the failure again, with
 * the file's path. */
SL_MUST_CHECK enum sl_status mirror_file_blame(const struct export_run *run,
    const struct sl_contents_file *file, enum sl_status failure,
    struct sl_error *err);

/* A failure that a damaged file could have caused. */
bool mirror_file_is_suspect(enum sl_status failure);

#endif /* SL_EXPORT_MIRROR_FILE_H */
