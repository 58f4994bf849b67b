/* What the wrist camera saw, as H.264 by ffmpeg, if that is installed. */
#ifndef SL_SIMULATION_CLIP_H
#define SL_SIMULATION_CLIP_H

#include "session.h"

/* Write an mp4 with one picture for each frame of CAMERA_FPS to `name` below
 * the source's directory.  Without ffmpeg nothing is written, and
 * session->result->no_ffmpeg is set. */
SL_MUST_CHECK enum sl_status clip_write_mp4(
    struct session *session, const struct episode *episode, const char *name);

/* The same as an Annex B stream without B-frames, each picture behind an access
 * unit delimiter, appended to `out`. */
SL_MUST_CHECK enum sl_status clip_append_annexb(
    struct session *session, const struct episode *episode, struct sl_buf *out);

/* Pictures in a clip of the episode. */
uint32_t clip_frames(const struct episode *episode);

/* Is ffmpeg there?  Sets session->result->no_ffmpeg if a camera was asked for
 * and it is not. */
void clip_look_for_ffmpeg(struct session *session);

#endif /* SL_SIMULATION_CLIP_H */
