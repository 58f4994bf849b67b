/* Frames of an mp4's only video track, as an mp4 of their own; nothing is
 * encoded anew, so they must begin at a key frame and belong together in the
 * order in which they are decoded (ISO/IEC 14496-12, 8.6 and 8.7). */
#ifndef SL_FORMATS_MP4_CUT_H
#define SL_FORMATS_MP4_CUT_H

#include <stdint.h>

#include "sluice/base/error.h"

/* The tables of samples: 12 to 20 bytes each, hours of film. */
#define MP4_MOOV_MAX (128u << 20)

/* The `count` frames that begin `first_us` microseconds into the film; what
 * else there is (sound) is left out.  `to` is empty.  SL_ERR_INVALID in plain
 * words if they are not there, or cannot be cut out. */
SL_MUST_CHECK enum sl_status mp4_cut(int to, int from, uint64_t from_bytes,
    uint64_t first_us, uint64_t count, struct sl_error *err);

#endif /* SL_FORMATS_MP4_CUT_H */
