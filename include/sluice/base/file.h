/* Whole files and exact reads and writes, EINTR handled. */
#ifndef SLUICE_BASE_FILE_H
#define SLUICE_BASE_FILE_H

#include <stdint.h>
#include <sys/types.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"

/* Append a whole regular file to `buf`; SL_ERR_LIMIT if it does not fit,
 * SL_ERR_NOT_FOUND if there is none. */
SL_MUST_CHECK enum sl_status sl_file_read(
    struct sl_buf *buf, const char *path, struct sl_error *err);

/* Replace `path` by `bytes`: temporary file beside it, fsync, rename, fsync
 * of the folder.  A crash leaves the old file or the new one. */
SL_MUST_CHECK enum sl_status sl_file_replace(
    const char *path, struct sl_slice bytes, mode_t mode, struct sl_error *err);

/* fsync the folder at `path`. */
SL_MUST_CHECK enum sl_status sl_file_sync_dir(
    const char *path, struct sl_error *err);

/* mkdir -p, mode 0777 under the umask. */
SL_MUST_CHECK enum sl_status sl_file_make_dirs(
    const char *path, struct sl_error *err);

/* Exactly `len` bytes or an error; end of file is SL_ERR_IO. */
SL_MUST_CHECK enum sl_status sl_file_read_at(
    int fd, void *data, size_t len, uint64_t offset, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_file_write_all(
    int fd, const void *data, size_t len, struct sl_error *err);

#endif /* SLUICE_BASE_FILE_H */
