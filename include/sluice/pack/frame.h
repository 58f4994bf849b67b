/* Pieces of a delivery that are made on the spot: one member as frames of its
 * own, and the end of the archive.  Any thread. */
#ifndef SLUICE_PACK_FRAME_H
#define SLUICE_PACK_FRAME_H

#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/pack/chunk.h"

/* Append a whole tar member as frames (one per 4 MiB) to `out`.  For the
 * members of a head; up to 16 MiB take some 50 ms. */
SL_MUST_CHECK enum sl_status sl_frame_member(struct sl_buf *out,
    struct sl_slice path, struct sl_slice content, int64_t published_us,
    struct sl_error *err);

/* Append any bytes (1..SL_CHUNK_DECODED_MAX) as one frame.  With sl_tar_layout
 * a caller can send a large member in small steps: header, pieces of content,
 * padding. */
SL_MUST_CHECK enum sl_status sl_frame_bytes(
    struct sl_buf *out, enum sl_level level, struct sl_slice bytes);

/* How long is the frame, or the skippable frame, that `bytes` begin with?  Only
 * the headers of its blocks are read.  SL_ERR_PARTIAL if it goes on behind
 * them, SL_ERR_INTEGRITY if it is none. */
SL_MUST_CHECK enum sl_status sl_frame_measure(
    size_t *out, struct sl_slice bytes);

/* The end-of-archive frame: 1,024 zero bytes as one fixed frame. */
struct sl_slice sl_frame_end_of_archive(void);

#endif /* SLUICE_PACK_FRAME_H */
