/* Reads a tar stream of our own making from decoded bytes of any length. */
#ifndef SL_PACK_UNPACK_TAR_H
#define SL_PACK_UNPACK_TAR_H

#include <stdbool.h>

#include "sluice/pack/tar.h"
#include "sluice/pack/unpack.h"

enum unpack_tar_state {
	UNPACK_TAR_HEADER = 0, /* waits for header_need bytes of header */
	UNPACK_TAR_CONTENT,    /* waits for left bytes of content */
	UNPACK_TAR_PADDING,    /* waits for left zero bytes */
	UNPACK_TAR_TRAILER, /* waits for left zero bytes of the archive's end */
	UNPACK_TAR_END,     /* final */
};

/* Embedded in its owner; zeroed, with the handler set (all three calls). */
struct sl_unpack_tar {
	struct sl_unpack_handler handler;
	enum unpack_tar_state state;
	unsigned char header[SL_TAR_HEADER_MAX];
	size_t header_len;
	char path[SL_TAR_PATH_MAX + 1];
	uint64_t left;
	size_t padding_len;
};

/* Between members, before the archive's end. */
bool sl_unpack_tar_is_between(const struct sl_unpack_tar *tar);

SL_MUST_CHECK enum sl_status sl_unpack_tar_push(
    struct sl_unpack_tar *tar, struct sl_slice bytes, struct sl_error *err);

#endif /* SL_PACK_UNPACK_TAR_H */
