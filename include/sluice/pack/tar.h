/* Tar headers as a pure function of path, size and time of publication.
 *
 * Every member is a ustar header (POSIX.1-1988) of a regular file, mode 0644,
 * ids 0, no names, mtime the second of `published`; one pax header (POSIX.1-
 * 2001, type 'x') goes before it only where the path does not fit name and
 * prefix or the size does not fit 11 octal digits.  Reader and writer
 * compute the same bytes, so a reader compares instead of parsing. */
#ifndef SLUICE_PACK_TAR_H
#define SLUICE_PACK_TAR_H

#include <stdint.h>

#include "sluice/base/slice.h"
#include "sluice/base/status.h"

#define SL_TAR_BLOCK_BYTES 512
/* Pax header, its records, ustar header. */
#define SL_TAR_HEADER_MAX (3 * SL_TAR_BLOCK_BYTES)
#define SL_TAR_PATH_MAX   240

struct sl_tar_layout {
	unsigned char header[SL_TAR_HEADER_MAX];
	size_t header_len;    /* 512 or 1536 */
	size_t padding_len;   /* 0..511 zero bytes after the content */
	uint64_t total_bytes; /* header, content and padding */
};

/* SL_ERR_INVALID for an empty or longer path or one with a NUL; SL_ERR_LIMIT
 * for a size above 2^60 or a time outside 1970..2242.  Judges nothing else
 * about the path; catalog/ does. */
SL_MUST_CHECK enum sl_status sl_tar_layout(struct sl_tar_layout *out,
    struct sl_slice path, uint64_t size, int64_t published_us);

#endif /* SLUICE_PACK_TAR_H */
