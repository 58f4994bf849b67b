/* What the sample description of a video track says of its codec, and samples
 * as a decoder without an mp4 wants them (ISO/IEC 14496-15; AV1 and VP9 codec
 * ISO media file format bindings). */
#ifndef SL_FORMATS_MP4_CODEC_H
#define SL_FORMATS_MP4_CODEC_H

#include <stdbool.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"

struct mp4_codec_entry;

struct mp4_codec {
	const struct mp4_codec_entry *entry;
	unsigned length_bytes; /* before each NAL unit */
	struct sl_buf sets;    /* what a key frame needs before it */
};

/* `stsd`: the body of that box.  Cleared by the caller in any case. */
SL_MUST_CHECK enum sl_status mp4_codec_read(
    struct mp4_codec *out, struct sl_slice stsd, struct sl_error *err);
void mp4_codec_clear(struct mp4_codec *codec);

const char *mp4_codec_format(const struct mp4_codec *codec);

/* Append the picture that the sample holds. */
SL_MUST_CHECK enum sl_status mp4_codec_picture(const struct mp4_codec *codec,
    struct sl_slice sample, bool is_key, struct sl_buf *out,
    struct sl_error *err);

#endif /* SL_FORMATS_MP4_CODEC_H */
