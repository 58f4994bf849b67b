/* What a camera saw, as H.264 by ffmpeg. */
#ifndef SL_SIMULATION_CLIP_H
#define SL_SIMULATION_CLIP_H

#include "picture_stats.h"
#include "session.h"

struct clip {
	const struct episode *episode;
	enum camera_view view;
	struct picture_stats *stats; /* of its pictures; may be NULL */
};

/* Which clips are wanted and can be made: sets session->sees, and
 * result->no_ffmpeg if ffmpeg is what they lack. */
void clip_choose_cameras(struct session *session);

/* Pictures in a clip of the episode. */
uint32_t clip_frames(const struct episode *episode);

/* Write an mp4 with one picture for each frame of CAMERA_FPS to `name` below
 * the source's directory. */
SL_MUST_CHECK enum sl_status clip_write_mp4(
    struct session *session, const struct clip *clip, const char *name);

/* The same as an Annex B stream without B-frames, each picture behind an access
 * unit delimiter, appended to `out`. */
SL_MUST_CHECK enum sl_status clip_append_annexb(
    struct session *session, const struct clip *clip, struct sl_buf *out);

#endif /* SL_SIMULATION_CLIP_H */
