/* The first byte chooses the kind of message and its encoding, the rest is the
 * message.  What is accepted as CDR is refused when eight bytes of it, more
 * than padding, are gone; no array is longer than its bytes. */
#include "fuzz.h"

#include "sluice/formats/robot_message.h"

static const char *const schemas[] = {"sensor_msgs/msg/JointState",
    "geometry_msgs/msg/WrenchStamped", "tf2_msgs/msg/TFMessage",
    "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage",
    "sensor_msgs/msg/CameraInfo", "foxglove.CompressedVideo",
    "foxglove.CompressedImage", "foxglove.RawImage"};
static const char *const encodings[] = {"cdr", "json", "protobuf"};

#define SCHEMAS   (sizeof(schemas) / sizeof(*schemas))
#define ENCODINGS (sizeof(encodings) / sizeof(*encodings))

static enum sl_status
decode(const struct sl_wire_message *message, size_t *held_bytes)
{
	struct sl_transforms transforms;
	struct sl_joint_state state;
	struct sl_picture picture;
	struct sl_wrench wrench;
	enum sl_status status;

	*held_bytes = 0;
	switch (sl_message_kind_of(message->schema_name)) {
	case SL_MESSAGE_JOINT_STATE:
		status = sl_joint_state_decode(&state, message, NULL);
		*held_bytes = state.name_count * 2 + state.position_count * 2;
		sl_joint_state_clear(&state);
		return status;
	case SL_MESSAGE_WRENCH:
		status = sl_wrench_decode(&wrench, message, NULL);
		sl_wrench_clear(&wrench);
		return status;
	case SL_MESSAGE_TRANSFORMS:
		status = sl_transforms_decode(&transforms, message, NULL);
		*held_bytes = transforms.count;
		sl_transforms_clear(&transforms);
		return status;
	case SL_MESSAGE_IMAGE:
	case SL_MESSAGE_COMPRESSED_IMAGE:
	case SL_MESSAGE_COMPRESSED_VIDEO:
	case SL_MESSAGE_CAMERA_INFO:
		status = sl_picture_decode(&picture, message, NULL);
		*held_bytes = status == SL_OK ? picture.data_bytes : 0;
		sl_picture_clear(&picture);
		return status;
	case SL_MESSAGE_OTHER:
		break;
	}
	return SL_ERR_STATE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_wire_message message;
	enum sl_status status;
	unsigned encoding;
	size_t held_bytes;

	if (size == 0)
		return 0;
	encoding = data[0] / SCHEMAS % ENCODINGS;
	message.schema_name = sl_slice_text(schemas[data[0] % SCHEMAS]);
	message.encoding = sl_slice_text(encodings[encoding]);
	message.data = sl_slice_of(data + 1, size - 1);
	status = decode(&message, &held_bytes);
	FUZZ_ASSERT(status == SL_OK || status == SL_ERR_INVALID ||
	    status == SL_ERR_LIMIT);
	FUZZ_ASSERT(held_bytes <= size);
	if (status == SL_OK && encoding == 0) {
		FUZZ_ASSERT(message.data.len >= 8);
		message.data.len -= 8;
		FUZZ_ASSERT(decode(&message, &held_bytes) != SL_OK);
	}
	return 0;
}
