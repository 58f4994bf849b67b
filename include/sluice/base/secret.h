/* Bytes that are wiped when freed and come from a file or a descriptor. */
#ifndef SLUICE_BASE_SECRET_H
#define SLUICE_BASE_SECRET_H

#include <stddef.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

struct sl_secret {
	unsigned char *data; /* NUL-terminated, the NUL not counted */
	size_t len;
};

/* A copy of `bytes`. */
SL_MUST_CHECK enum sl_status sl_secret_copy(
    struct sl_secret *out, struct sl_slice bytes);

/* The file's bytes (at most `max`), one trailing newline dropped.  A file
 * that group or others can read is SL_ERR_AUTH. */
SL_MUST_CHECK enum sl_status sl_secret_read_file(
    struct sl_secret *out, const char *path, size_t max, struct sl_error *err);

/* Wipes; zero and cleared secrets are allowed. */
void sl_secret_clear(struct sl_secret *secret);

struct sl_slice sl_secret_slice(const struct sl_secret *secret);

#endif /* SLUICE_BASE_SECRET_H */
