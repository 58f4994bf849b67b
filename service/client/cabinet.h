/* Small files of our own that are kept together: a folder that appears whole
 * or not at all. */
#ifndef SL_CLIENT_CABINET_H
#define SL_CLIENT_CABINET_H

#include <stddef.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"

struct sl_cabinet_file {
	const char *name;
	struct sl_slice bytes;
};

/* Make folder `name` of `parent` durably these files and nothing else. */
SL_MUST_CHECK enum sl_status sl_cabinet_put(int parent, const char *name,
    const struct sl_cabinet_file *files, size_t count, struct sl_error *err);

/* Make one file of `folder` durably this. */
SL_MUST_CHECK enum sl_status sl_cabinet_replace(
    int folder, const struct sl_cabinet_file *file, struct sl_error *err);

/* Append a whole file to `buf`, up to its maximum.  SL_ERR_NOT_FOUND;
 * SL_ERR_INTEGRITY if it is no file; SL_ERR_LIMIT. */
SL_MUST_CHECK enum sl_status sl_cabinet_read(
    int folder, const char *name, struct sl_buf *buf, struct sl_error *err);

#endif /* SL_CLIENT_CABINET_H */
