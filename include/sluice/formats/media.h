/* A quick look at a media file: is it whole, and how much does it hold?
 *
 * Only box headers and footers are read, never the payload, so the cost does
 * not grow with the file.  The input is hostile: every length is checked
 * against the file and every walk is bounded. */
#ifndef SLUICE_FORMATS_MEDIA_H
#define SLUICE_FORMATS_MEDIA_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"

struct sl_media_info {
	/* mp4: samples of the longest video track; parquet: rows. */
	bool has_count;
	uint64_t count;
	/* mp4 only, from `mvhd`. */
	bool has_duration;
	uint64_t duration_ms;
};

/* ISO/IEC 14496-12: the top-level boxes must add up to the file's size and
 * hold one `moov`; SL_ERR_INVALID otherwise. */
SL_MUST_CHECK enum sl_status sl_mp4_check(struct sl_media_info *out, int fd,
    uint64_t file_bytes, struct sl_error *err);

/* Apache Parquet: `PAR1` at both ends and a footer that fits between them;
 * SL_ERR_INVALID otherwise. */
SL_MUST_CHECK enum sl_status sl_parquet_check(struct sl_media_info *out, int fd,
    uint64_t file_bytes, struct sl_error *err);

/* MCAP: the magic at both ends, a footer, and a summary, if there is one, whose
 * CRC is right; SL_ERR_INVALID otherwise.  The fd must be a regular file. */
SL_MUST_CHECK enum sl_status sl_mcap_check(struct sl_media_info *out, int fd,
    uint64_t file_bytes, struct sl_error *err);

/* The check that the name's extension asks for; other files pass. */
SL_MUST_CHECK enum sl_status sl_media_check(struct sl_media_info *out, int fd,
    const char *path, uint64_t file_bytes, struct sl_error *err);

/* "video/mp4", "application/vnd.apache.parquet" … by extension;
 * "application/octet-stream" if unknown.  A constant. */
const char *sl_media_type(const char *path);

#endif /* SLUICE_FORMATS_MEDIA_H */
