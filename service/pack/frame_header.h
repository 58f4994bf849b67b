/* Our own reading of a zstd frame header (RFC 8878, section 3.1.1.1), so that
 * zstd only ever sees frames whose claims are allowed. */
#ifndef SL_PACK_FRAME_HEADER_H
#define SL_PACK_FRAME_HEADER_H

#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

#define FRAME_MAGIC          0xFD2FB528u
#define FRAME_HEADER_MAX     18 /* magic, descriptor, window, dictionary, size */
#define FRAME_CHECKSUM_BYTES 4

/* Little endian, `len` at most 8. */
uint64_t sl_frame_number(const unsigned char *bytes, size_t len);

/* Judge the frame header at the front of `bytes`: content size present and at
 * most `content_max`, checksum present, no dictionary, reserved bit 0, window
 * at most SL_CHUNK_WINDOW_MAX.  SL_OK sets *content; SL_ERR_PARTIAL asks for
 * more bytes (FRAME_HEADER_MAX are enough); else SL_ERR_INTEGRITY. */
SL_MUST_CHECK enum sl_status sl_frame_header_judge(struct sl_slice bytes,
    uint64_t content_max, uint64_t *content, struct sl_error *err);

#endif /* SL_PACK_FRAME_HEADER_H */
