/* Writes one episode as an MCAP file that Foxglove, rerun and ROS 2 tools
 * open: joint states and wrenches as ROS 2 CDR, video as
 * foxglove.CompressedVideo (protobuf), annotations as JSON, the episode's
 * metadata as a metadata record named "episode", and messages of any other
 * type as they are.
 *
 * Channels are made when they are first written to.  Times are nanoseconds
 * since 1970; messages are written in the order they are given, which should
 * be that of time.  What is given is borrowed for the call.  One thread. */
#ifndef SLUICE_FORMATS_ROBOT_LOG_H
#define SLUICE_FORMATS_ROBOT_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/formats/mcap_writer.h"

#define SL_ROBOT_JOINTS_MAX 256

struct sl_robot_log;

SL_MUST_CHECK enum sl_status sl_robot_log_new(struct sl_robot_log **out,
    sl_mcap_sink_fn *sink, void *sink_ctx, struct sl_error *err);
/* NULL is allowed.  Without finish the file is not whole. */
void sl_robot_log_free(struct sl_robot_log *log);

/* sensor_msgs/msg/JointState; velocity and effort may be NULL. */
struct sl_robot_joints {
	const char *topic;
	const char *const *names;
	size_t count; /* at most SL_ROBOT_JOINTS_MAX */
	const double *position;
	const double *velocity;
	const double *effort;
};
SL_MUST_CHECK enum sl_status sl_robot_log_joints(struct sl_robot_log *log,
    uint64_t time_ns, const struct sl_robot_joints *joints,
    struct sl_error *err);

/* geometry_msgs/msg/WrenchStamped: force (N), then torque (N m). */
SL_MUST_CHECK enum sl_status sl_robot_log_wrench(struct sl_robot_log *log,
    uint64_t time_ns, const char *topic, const char *frame_id,
    const double wrench[6], struct sl_error *err);

/* foxglove.CompressedVideo: one picture as its decoder wants it, see
 * sluice/formats/film.h. */
struct sl_robot_picture {
	const char *topic;
	const char *frame_id;
	const char *format; /* "h264", "h265", "vp9", "av1" */
	uint64_t shown_ns;  /* its time_ns but for films with B-frames */
	struct sl_slice data;
};
SL_MUST_CHECK enum sl_status sl_robot_log_video(struct sl_robot_log *log,
    uint64_t time_ns, const struct sl_robot_picture *picture,
    struct sl_error *err);

/* A line of annotation: a JSON object. */
SL_MUST_CHECK enum sl_status sl_robot_log_json(struct sl_robot_log *log,
    uint64_t time_ns, const char *topic, struct sl_slice text,
    struct sl_error *err);

/* The metadata record "episode": the key, and the metadata as JSON text. */
SL_MUST_CHECK enum sl_status sl_robot_log_episode(struct sl_robot_log *log,
    const char *key, struct sl_slice metadata, struct sl_error *err);

/* A channel of any type; the ids within are not looked at.  `schema` NULL:
 * none; the same schema again is one record. */
SL_MUST_CHECK enum sl_status sl_robot_log_channel(struct sl_robot_log *log,
    uint16_t *id, const struct sl_mcap_channel *channel,
    const struct sl_mcap_schema *schema, struct sl_error *err);

/* A message of that channel, as it is. */
SL_MUST_CHECK enum sl_status sl_robot_log_message(struct sl_robot_log *log,
    const struct sl_mcap_message *message, struct sl_error *err);

/* For attachments and metadata; the log's. */
struct sl_mcap_writer *sl_robot_log_writer(struct sl_robot_log *log);

SL_MUST_CHECK enum sl_status sl_robot_log_finish(
    struct sl_robot_log *log, struct sl_error *err);

#endif /* SLUICE_FORMATS_ROBOT_LOG_H */
