#include "sluice/formats/robot_message.h"

#include <limits.h>
#include <stdlib.h>

#include "sluice/catalog/json.h"

#include "cdr.h"
#include "mcap_bytes.h"
#include "robot_json.h"

#define NS_PER_S 1000000000

struct kind_name {
	const char *name;
	enum sl_message_kind kind;
};

/* ROS 2's names have "/msg/", ROS 1's and some JSON writers' have not. */
static const struct kind_name kind_names[] = {
    {"sensor_msgs/msg/JointState", SL_MESSAGE_JOINT_STATE},
    {"sensor_msgs/JointState", SL_MESSAGE_JOINT_STATE},
    {"geometry_msgs/msg/WrenchStamped", SL_MESSAGE_WRENCH},
    {"geometry_msgs/WrenchStamped", SL_MESSAGE_WRENCH},
    {"tf2_msgs/msg/TFMessage", SL_MESSAGE_TRANSFORMS},
    {"tf2_msgs/TFMessage", SL_MESSAGE_TRANSFORMS},
    {"sensor_msgs/msg/Image", SL_MESSAGE_IMAGE},
    {"sensor_msgs/Image", SL_MESSAGE_IMAGE},
    {"foxglove.RawImage", SL_MESSAGE_IMAGE},
    {"sensor_msgs/msg/CompressedImage", SL_MESSAGE_COMPRESSED_IMAGE},
    {"sensor_msgs/CompressedImage", SL_MESSAGE_COMPRESSED_IMAGE},
    {"foxglove.CompressedImage", SL_MESSAGE_COMPRESSED_IMAGE},
    {"foxglove_msgs/msg/CompressedVideo", SL_MESSAGE_COMPRESSED_VIDEO},
    {"foxglove.CompressedVideo", SL_MESSAGE_COMPRESSED_VIDEO},
    {"sensor_msgs/msg/CameraInfo", SL_MESSAGE_CAMERA_INFO},
    {"sensor_msgs/CameraInfo", SL_MESSAGE_CAMERA_INFO},
    {"foxglove.CameraCalibration", SL_MESSAGE_CAMERA_INFO},
};

enum sl_message_kind
sl_message_kind_of(struct sl_slice schema_name)
{
	for (size_t i = 0; i < sizeof(kind_names) / sizeof(*kind_names); i++) {
		if (sl_slice_is_text(schema_name, kind_names[i].name))
			return kind_names[i].kind;
	}
	return SL_MESSAGE_OTHER;
}

static enum sl_status
need_kind(const struct sl_wire_message *message, enum sl_message_kind kind,
    struct sl_error *err)
{
	if (sl_message_kind_of(message->schema_name) == kind)
		return SL_OK;
	return sl_error_set(err, SL_ERR_INVALID,
	    "%.*s is another kind of message", mcap_width(message->schema_name),
	    (const char *)message->schema_name.data);
}

static enum sl_status
unknown_encoding(const struct sl_wire_message *message, struct sl_error *err)
{
	return sl_error_set(err, SL_ERR_INVALID,
	    "%.*s in the encoding \"%.*s\" is not read",
	    mcap_width(message->schema_name),
	    (const char *)message->schema_name.data,
	    mcap_width(message->encoding),
	    (const char *)message->encoding.data);
}

static bool
is_cdr(const struct sl_wire_message *message)
{
	return sl_slice_is_text(message->encoding, "cdr");
}

static bool
is_json(const struct sl_wire_message *message)
{
	return sl_slice_is_text(message->encoding, "json");
}

/* ---- CDR ---- */

/* builtin_interfaces/Time (int32 and uint32) and frame_id */
static void
cdr_header(struct cdr *cdr, struct sl_message_header *out)
{
	int32_t sec = (int32_t)cdr_u32(cdr);
	uint32_t nanosec = cdr_u32(cdr);

	out->stamp_ns = (int64_t)sec * NS_PER_S + nanosec;
	out->frame_id = cdr_text(cdr);
}

static enum sl_status
cdr_names(struct cdr *cdr, struct sl_joint_state *out)
{
	/* A text takes its length at least. */
	out->name_count = cdr_count(cdr, 4);
	if (out->name_count == 0)
		return SL_OK;
	out->names = calloc(out->name_count, sizeof(*out->names));
	if (out->names == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < out->name_count; i++)
		out->names[i] = cdr_text(cdr);
	return SL_OK;
}

static enum sl_status
cdr_joint_state(struct cdr *cdr, struct sl_joint_state *out)
{
	enum sl_status status;

	cdr_header(cdr, &out->header);
	status = cdr_names(cdr, out);
	if (status == SL_OK)
		status = cdr_doubles(cdr, &out->position, &out->position_count);
	if (status == SL_OK)
		status = cdr_doubles(cdr, &out->velocity, &out->velocity_count);
	if (status == SL_OK)
		status = cdr_doubles(cdr, &out->effort, &out->effort_count);
	return status;
}

static enum sl_status
cdr_transforms(struct cdr *cdr, struct sl_transforms *out)
{
	/* Time, two texts' lengths, seven doubles. */
	out->count = cdr_count(cdr, 8 + 4 + 4 + 7 * 8);
	if (out->count == 0)
		return SL_OK;
	out->items = calloc(out->count, sizeof(*out->items));
	if (out->items == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < out->count; i++) {
		cdr_header(cdr, &out->items[i].header);
		out->items[i].child_frame_id = cdr_text(cdr);
		cdr_f64s(cdr, out->items[i].translation, 3);
		cdr_f64s(cdr, out->items[i].rotation, 4);
	}
	return SL_OK;
}

/* ---- each kind ---- */

static enum sl_status
check_joint_state(const struct sl_joint_state *state, struct sl_error *err)
{
	const size_t counts[] = {
	    state->position_count, state->velocity_count, state->effort_count};
	static const char *const words[] = {
	    "positions", "velocities", "efforts"};

	for (size_t i = 0; i < 3; i++) {
		if (counts[i] != 0 && counts[i] != state->name_count)
			return sl_error_set(err, SL_ERR_INVALID,
			    "JointState: %zu names and %zu %s",
			    state->name_count, counts[i], words[i]);
	}
	return SL_OK;
}

enum sl_status
sl_joint_state_decode(struct sl_joint_state *out,
    const struct sl_wire_message *message, struct sl_error *err)
{
	struct cdr cdr;
	enum sl_status status;

	*out = (struct sl_joint_state){0};
	status = need_kind(message, SL_MESSAGE_JOINT_STATE, err);
	if (status != SL_OK)
		return status;
	if (is_cdr(message)) {
		status = cdr_begin(&cdr, message->data, err);
		if (status == SL_OK)
			status = cdr_joint_state(&cdr, out);
		if (status == SL_OK)
			status = cdr_end(&cdr, "JointState", err);
	} else if (is_json(message)) {
		status = robot_json_joint_state(out, message->data, err);
	} else {
		return unknown_encoding(message, err);
	}
	return status == SL_OK ? check_joint_state(out, err) : status;
}

void
sl_joint_state_clear(struct sl_joint_state *state)
{
	free(state->names);
	free(state->position);
	free(state->velocity);
	free(state->effort);
	json_decref(state->held);
	*state = (struct sl_joint_state){0};
}

enum sl_status
sl_wrench_decode(struct sl_wrench *out, const struct sl_wire_message *message,
    struct sl_error *err)
{
	struct cdr cdr;
	enum sl_status status;

	*out = (struct sl_wrench){0};
	status = need_kind(message, SL_MESSAGE_WRENCH, err);
	if (status != SL_OK)
		return status;
	if (is_json(message))
		return robot_json_wrench(out, message->data, err);
	if (!is_cdr(message))
		return unknown_encoding(message, err);
	status = cdr_begin(&cdr, message->data, err);
	if (status != SL_OK)
		return status;
	cdr_header(&cdr, &out->header);
	cdr_f64s(&cdr, out->force, 3);
	cdr_f64s(&cdr, out->torque, 3);
	return cdr_end(&cdr, "WrenchStamped", err);
}

void
sl_wrench_clear(struct sl_wrench *wrench)
{
	json_decref(wrench->held);
	*wrench = (struct sl_wrench){0};
}

enum sl_status
sl_transforms_decode(struct sl_transforms *out,
    const struct sl_wire_message *message, struct sl_error *err)
{
	struct cdr cdr;
	enum sl_status status;

	*out = (struct sl_transforms){0};
	status = need_kind(message, SL_MESSAGE_TRANSFORMS, err);
	if (status != SL_OK)
		return status;
	if (is_json(message))
		return robot_json_transforms(out, message->data, err);
	if (!is_cdr(message))
		return unknown_encoding(message, err);
	status = cdr_begin(&cdr, message->data, err);
	if (status == SL_OK)
		status = cdr_transforms(&cdr, out);
	return status == SL_OK ? cdr_end(&cdr, "TFMessage", err) : status;
}

void
sl_transforms_clear(struct sl_transforms *transforms)
{
	free(transforms->items);
	json_decref(transforms->held);
	*transforms = (struct sl_transforms){0};
}

/* ---- any kind ---- */

static enum sl_status
check_joints(int64_t *stamp_ns, const struct sl_wire_message *message,
    struct sl_error *err)
{
	struct sl_joint_state state;
	enum sl_status status = sl_joint_state_decode(&state, message, err);

	*stamp_ns = state.header.stamp_ns;
	sl_joint_state_clear(&state);
	return status;
}

static enum sl_status
check_wrench(int64_t *stamp_ns, const struct sl_wire_message *message,
    struct sl_error *err)
{
	struct sl_wrench wrench;
	enum sl_status status = sl_wrench_decode(&wrench, message, err);

	*stamp_ns = wrench.header.stamp_ns;
	sl_wrench_clear(&wrench);
	return status;
}

static enum sl_status
check_picture(int64_t *stamp_ns, const struct sl_wire_message *message,
    struct sl_error *err)
{
	struct sl_picture picture;
	enum sl_status status = sl_picture_decode(&picture, message, err);

	*stamp_ns = picture.header.stamp_ns;
	sl_picture_clear(&picture);
	return status;
}

enum sl_status
sl_message_check(bool *has_stamp, int64_t *stamp_ns,
    const struct sl_wire_message *message, struct sl_error *err)
{
	struct sl_transforms transforms;
	enum sl_status status;

	*has_stamp = true;
	switch (sl_message_kind_of(message->schema_name)) {
	case SL_MESSAGE_JOINT_STATE:
		return check_joints(stamp_ns, message, err);
	case SL_MESSAGE_WRENCH:
		return check_wrench(stamp_ns, message, err);
	case SL_MESSAGE_IMAGE:
	case SL_MESSAGE_COMPRESSED_IMAGE:
	case SL_MESSAGE_COMPRESSED_VIDEO:
	case SL_MESSAGE_CAMERA_INFO:
		return check_picture(stamp_ns, message, err);
	case SL_MESSAGE_TRANSFORMS:
		/* Each transform has a time of its own. */
		*has_stamp = false;
		status = sl_transforms_decode(&transforms, message, err);
		sl_transforms_clear(&transforms);
		return status;
	case SL_MESSAGE_OTHER:
		break;
	}
	*has_stamp = false;
	return SL_OK;
}
