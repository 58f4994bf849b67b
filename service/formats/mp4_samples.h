/* The samples of an mp4's video track, as its tables tell (ISO/IEC 14496-12,
 * 8.6 and 8.7), and the boxes that describe them. */
#ifndef SL_FORMATS_MP4_SAMPLES_H
#define SL_FORMATS_MP4_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"

#include "mp4_cut.h"

/* 38 hours at 30 Hz. */
#define MP4_SAMPLES_MAX (4u << 20)

struct mp4_sample {
	uint64_t offset;
	uint32_t bytes;
	uint32_t duration; /* in units of the track's time scale, as all */
	int32_t shift;     /* shown that much after it is decoded */
	bool is_key;
	int64_t decoded_at;
};

struct mp4_film {
	struct sl_buf moov; /* the body of that box; the rest points into it */
	struct sl_slice ftyp; /* whole boxes, with their heads */
	struct sl_slice mvhd;
	struct sl_slice tkhd;
	struct sl_slice mdhd;
	struct sl_slice hdlr;
	struct sl_slice vmhd;
	struct sl_slice dinf;
	struct sl_slice stsd;
	unsigned char ftyp_bytes[256];
	uint32_t movie_scale;
	uint32_t scale;
	int64_t start;  /* decoding time that is shown at 0 */
	int64_t length; /* of what is shown from there; 0: to the end */
	struct mp4_sample *samples;
	size_t sample_count;
};

SL_MUST_CHECK enum sl_status mp4_film_read(
    struct mp4_film *out, int fd, uint64_t file_bytes, struct sl_error *err);
void mp4_film_clear(struct mp4_film *film);

#endif /* SL_FORMATS_MP4_SAMPLES_H */
