/* The robot messages that matter here, decoded from what MCAP files hold:
 * ROS 2 CDR (XCDR1, both byte orders), JSON of the same fields, and Foxglove's
 * protobuf for pictures.
 *
 * Units are those of ROS (REP 103): rad or m, rad/s or m/s, N·m or N, metres,
 * quaternions as x, y, z, w.  A decoded value is cleared by its caller; its
 * texts are borrowed from the message and from the value itself. */
#ifndef SLUICE_FORMATS_ROBOT_MESSAGE_H
#define SLUICE_FORMATS_ROBOT_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

enum sl_message_kind {
	SL_MESSAGE_OTHER = 0,
	SL_MESSAGE_JOINT_STATE,
	SL_MESSAGE_WRENCH,
	SL_MESSAGE_TRANSFORMS,
	SL_MESSAGE_IMAGE,
	SL_MESSAGE_COMPRESSED_IMAGE,
	SL_MESSAGE_COMPRESSED_VIDEO,
	SL_MESSAGE_CAMERA_INFO,
};

/* By the schema's name: "sensor_msgs/msg/JointState",
 * "sensor_msgs/JointState", "foxglove.CompressedVideo". */
enum sl_message_kind sl_message_kind_of(struct sl_slice schema_name);

/* One message on the wire; everything is borrowed. */
struct sl_wire_message {
	struct sl_slice schema_name;
	struct sl_slice encoding; /* "cdr", "json", "protobuf" */
	struct sl_slice data;
};

struct sl_message_header {
	int64_t stamp_ns;
	struct sl_slice frame_id;
};

/* Empty arrays are allowed; one that is not has an item per name. */
struct sl_joint_state {
	struct sl_message_header header;
	struct sl_slice *names;
	size_t name_count;
	double *position;
	size_t position_count;
	double *velocity;
	size_t velocity_count;
	double *effort;
	size_t effort_count;
	json_t *held; /* ours */
};

struct sl_wrench {
	struct sl_message_header header;
	double force[3];
	double torque[3];
	json_t *held;
};

struct sl_transform {
	struct sl_message_header header;
	struct sl_slice child_frame_id;
	double translation[3];
	double rotation[4];
};

struct sl_transforms {
	struct sl_transform *items;
	size_t count;
	json_t *held;
};

/* A picture, a frame of video or a camera's description: its time and size,
 * not what it shows. */
struct sl_picture {
	struct sl_message_header header;
	uint32_t width; /* 0: the message does not say */
	uint32_t height;
	struct sl_slice format; /* "rgb8", "jpeg", "h264", "plumb_bob" */
	size_t data_bytes;
	json_t *held;
};

/* SL_ERR_INVALID: not such a message, or in another encoding than those
 * above; says what does not fit.  `out` is to be cleared in any case. */
SL_MUST_CHECK enum sl_status sl_joint_state_decode(struct sl_joint_state *out,
    const struct sl_wire_message *message, struct sl_error *err);
void sl_joint_state_clear(struct sl_joint_state *state);

SL_MUST_CHECK enum sl_status sl_wrench_decode(struct sl_wrench *out,
    const struct sl_wire_message *message, struct sl_error *err);
void sl_wrench_clear(struct sl_wrench *wrench);

SL_MUST_CHECK enum sl_status sl_transforms_decode(struct sl_transforms *out,
    const struct sl_wire_message *message, struct sl_error *err);
void sl_transforms_clear(struct sl_transforms *transforms);

/* Image, CompressedImage, CompressedVideo, CameraInfo. */
SL_MUST_CHECK enum sl_status sl_picture_decode(struct sl_picture *out,
    const struct sl_wire_message *message, struct sl_error *err);
void sl_picture_clear(struct sl_picture *picture);

/* Decode a message of any kind only to see that it can be, and when its sender
 * says it was measured.  Other kinds pass, without a time. */
SL_MUST_CHECK enum sl_status sl_message_check(bool *has_stamp,
    int64_t *stamp_ns, const struct sl_wire_message *message,
    struct sl_error *err);

#endif /* SLUICE_FORMATS_ROBOT_MESSAGE_H */
