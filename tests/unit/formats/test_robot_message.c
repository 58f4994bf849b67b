#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sluice/formats/mcap_reader.h"
#include "sluice/formats/robot_message.h"

#include "suites.h"

#define FILE_OF_ALL "/../shared/data/mcap/ros2/sensors_0.mcap"

static struct sl_error err;

/* ---- CDR by hand, in either byte order ---- */

struct bytes {
	unsigned char data[512];
	size_t len;
	bool is_big;
};

static void
begin(struct bytes *out, bool is_big)
{
	*out = (struct bytes){.len = 4, .is_big = is_big};
	out->data[1] = is_big ? 0 : 1;
}

static void
put(struct bytes *out, uint64_t value, size_t width)
{
	while ((out->len - 4) % width != 0)
		out->len++;
	for (size_t i = 0; i < width; i++)
		out->data[out->len++] = (unsigned char)(value >>
		    8 * (out->is_big ? width - 1 - i : i));
}

static void
put_f64(struct bytes *out, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	put(out, bits, 8);
}

static void
put_text(struct bytes *out, const char *text)
{
	put(out, strlen(text) + 1, 4);
	memcpy(out->data + out->len, text, strlen(text) + 1);
	out->len += strlen(text) + 1;
}

static void
put_header(struct bytes *out)
{
	put(out, 1700000000, 4);
	put(out, 25, 4);
	put_text(out, "base");
}

static void
put_joint_state(struct bytes *out, bool is_big)
{
	begin(out, is_big);
	put_header(out);
	put(out, 2, 4);
	put_text(out, "shoulder");
	put_text(out, "elbow");
	put(out, 2, 4);
	put_f64(out, 0.5);
	put_f64(out, -1.25);
	put(out, 0, 4); /* no velocities */
	put(out, 2, 4);
	put_f64(out, 3);
	put_f64(out, 4);
}

static struct sl_wire_message
wire(const char *schema, const char *encoding, struct sl_slice data)
{
	return (struct sl_wire_message){.schema_name = sl_slice_text(schema),
	    .encoding = sl_slice_text(encoding),
	    .data = data};
}

static struct sl_wire_message
cdr_wire(const char *schema, const struct bytes *bytes)
{
	return wire(schema, "cdr", sl_slice_of(bytes->data, bytes->len));
}

static void
check_joint_state(const struct sl_joint_state *state)
{
	ck_assert_int_eq(state->header.stamp_ns, 1700000000000000025);
	ck_assert(sl_slice_is_text(state->header.frame_id, "base"));
	ck_assert_uint_eq(state->name_count, 2);
	ck_assert(sl_slice_is_text(state->names[0], "shoulder"));
	ck_assert(sl_slice_is_text(state->names[1], "elbow"));
	ck_assert_uint_eq(state->position_count, 2);
	ck_assert_double_eq(state->position[1], -1.25);
	ck_assert_uint_eq(state->velocity_count, 0);
	ck_assert_uint_eq(state->effort_count, 2);
	ck_assert_double_eq(state->effort[1], 4);
}

START_TEST(a_message_cut_anywhere_is_refused)
{
	struct sl_joint_state state;
	struct bytes bytes;

	put_joint_state(&bytes, false);
	for (size_t len = 0; len < bytes.len; len++) {
		struct sl_wire_message message =
		    wire("sensor_msgs/msg/JointState", "cdr",
		        sl_slice_of(bytes.data, len));

		ck_assert(sl_joint_state_decode(&state, &message, &err) ==
		    SL_ERR_INVALID);
		sl_joint_state_clear(&state);
	}
}
END_TEST

START_TEST(a_count_that_lies_allocates_nothing)
{
	struct sl_joint_state state;
	struct sl_wire_message message;
	struct bytes bytes;

	begin(&bytes, false);
	put_header(&bytes);
	put(&bytes, 0xffffffff, 4);
	message = cdr_wire("sensor_msgs/msg/JointState", &bytes);
	ck_assert(
	    sl_joint_state_decode(&state, &message, &err) == SL_ERR_INVALID);
	ck_assert_ptr_null(state.names);
	sl_joint_state_clear(&state);
}
END_TEST

START_TEST(other_representations_and_leftovers_are_named)
{
	struct sl_joint_state state;
	struct sl_wire_message message;
	struct bytes bytes;

	put_joint_state(&bytes, false);
	message = cdr_wire("sensor_msgs/msg/JointState", &bytes);
	bytes.data[1] = 7; /* XCDR version 2 */
	ck_assert(
	    sl_joint_state_decode(&state, &message, &err) == SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "0007"));
	bytes.data[1] = 1;
	bytes.len += 8;
	message = cdr_wire("sensor_msgs/msg/JointState", &bytes);
	ck_assert(
	    sl_joint_state_decode(&state, &message, &err) == SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "left behind"));
	sl_joint_state_clear(&state);
	message.encoding = sl_slice_text("ros1");
	ck_assert(
	    sl_joint_state_decode(&state, &message, &err) == SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "ros1"));
}
END_TEST

START_TEST(names_and_values_must_be_as_many)
{
	const char *text = "{\"header\":{\"stamp\":{\"sec\":1,\"nanosec\":2},"
	                   "\"frame_id\":\"\"},\"name\":[\"a\"],"
	                   "\"position\":[1,2]}";
	struct sl_wire_message message =
	    wire("sensor_msgs/JointState", "json", sl_slice_text(text));
	struct sl_joint_state state;

	ck_assert(
	    sl_joint_state_decode(&state, &message, &err) == SL_ERR_INVALID);
	ck_assert_str_eq(err.text, "JointState: 1 names and 2 positions");
	sl_joint_state_clear(&state);
}
END_TEST

START_TEST(joint_states_are_read_in_both_byte_orders_and_in_json)
{
	const char *text =
	    "{\"header\":{\"stamp\":{\"sec\":1700000000,\"nanosec\":25},"
	    "\"frame_id\":\"base\"},\"name\":[\"shoulder\",\"elbow\"],"
	    "\"position\":[0.5,-1.25],\"velocity\":[],\"effort\":[3,4]}";
	struct sl_wire_message message =
	    wire("sensor_msgs/msg/JointState", "json", sl_slice_text(text));
	struct sl_joint_state state;
	struct bytes bytes;

	ck_assert(sl_joint_state_decode(&state, &message, &err) == SL_OK);
	check_joint_state(&state);
	sl_joint_state_clear(&state);
	for (int big = 0; big < 2; big++) {
		put_joint_state(&bytes, big == 1);
		message = cdr_wire("sensor_msgs/msg/JointState", &bytes);
		ck_assert(
		    sl_joint_state_decode(&state, &message, &err) == SL_OK);
		check_joint_state(&state);
		sl_joint_state_clear(&state);
	}
}
END_TEST

START_TEST(wrenches_and_transforms_are_read)
{
	const char *json =
	    "{\"header\":{\"stamp\":{\"sec\":1,\"nsec\":2},\"frame_id\":\"ft\"},"
	    "\"wrench\":{\"force\":{\"x\":1,\"y\":2,\"z\":3},"
	    "\"torque\":{\"x\":4,\"y\":5,\"z\":6.5}}}";
	struct sl_wire_message message = wire(
	    "geometry_msgs/msg/WrenchStamped", "json", sl_slice_text(json));
	struct sl_transforms transforms;
	struct sl_wrench wrench;
	struct bytes bytes;

	ck_assert(sl_wrench_decode(&wrench, &message, &err) == SL_OK);
	ck_assert_double_eq(wrench.torque[2], 6.5);
	sl_wrench_clear(&wrench);
	begin(&bytes, true);
	put_header(&bytes);
	for (int i = 1; i <= 6; i++)
		put_f64(&bytes, i);
	message = cdr_wire("geometry_msgs/msg/WrenchStamped", &bytes);
	ck_assert(sl_wrench_decode(&wrench, &message, &err) == SL_OK);
	ck_assert_double_eq(wrench.force[0], 1);
	ck_assert_double_eq(wrench.torque[2], 6);
	sl_wrench_clear(&wrench);
	begin(&bytes, false);
	put(&bytes, 1, 4);
	put_header(&bytes);
	put_text(&bytes, "tool");
	for (int i = 1; i <= 7; i++)
		put_f64(&bytes, i);
	message = cdr_wire("tf2_msgs/msg/TFMessage", &bytes);
	ck_assert(sl_transforms_decode(&transforms, &message, &err) == SL_OK);
	ck_assert_uint_eq(transforms.count, 1);
	ck_assert(sl_slice_is_text(transforms.items[0].child_frame_id, "tool"));
	ck_assert_double_eq(transforms.items[0].rotation[3], 7);
	sl_transforms_clear(&transforms);
}
END_TEST

START_TEST(pictures_are_read_by_time_and_size)
{
	/* timestamp {1, 500}, frame_id "cam", data 4 bytes, format "h264" */
	static const unsigned char video[] = {0x0a, 5, 0x08, 1, 0x10, 0xf4, 3,
	    0x12, 3, 'c', 'a', 'm', 0x1a, 4, 0, 0, 0, 1, 0x22, 4, 'h', '2', '6',
	    '4'};
	const char *json = "{\"timestamp\":{\"sec\":3,\"nsec\":4},"
	                   "\"frame_id\":\"cam\",\"format\":\"jpeg\","
	                   "\"data\":\"AAECAw==\"}";
	struct sl_wire_message message = wire("foxglove.CompressedVideo",
	    "protobuf", sl_slice_of(video, sizeof(video)));
	struct sl_picture picture;

	ck_assert(sl_picture_decode(&picture, &message, &err) == SL_OK);
	ck_assert_int_eq(picture.header.stamp_ns, 1000000500);
	ck_assert(sl_slice_is_text(picture.header.frame_id, "cam"));
	ck_assert(sl_slice_is_text(picture.format, "h264"));
	ck_assert_uint_eq(picture.data_bytes, 4);
	message.data.len--;
	ck_assert(
	    sl_picture_decode(&picture, &message, &err) == SL_ERR_INVALID);
	message = wire("foxglove.CompressedImage", "json", sl_slice_text(json));
	ck_assert(sl_picture_decode(&picture, &message, &err) == SL_OK);
	ck_assert_uint_eq(picture.data_bytes, 4);
	ck_assert_int_eq(picture.header.stamp_ns, 3000000004);
	sl_picture_clear(&picture);
}
END_TEST

/* ---- a real file ---- */

struct counts {
	unsigned seen[SL_MESSAGE_CAMERA_INFO + 1];
};

static enum sl_status
decode_any(enum sl_message_kind kind, const struct sl_wire_message *message)
{
	struct sl_transforms transforms;
	struct sl_joint_state state;
	struct sl_picture picture;
	struct sl_wrench wrench;
	enum sl_status status;

	if (kind == SL_MESSAGE_JOINT_STATE) {
		status = sl_joint_state_decode(&state, message, &err);
		sl_joint_state_clear(&state);
	} else if (kind == SL_MESSAGE_WRENCH) {
		status = sl_wrench_decode(&wrench, message, &err);
		sl_wrench_clear(&wrench);
	} else if (kind == SL_MESSAGE_TRANSFORMS) {
		status = sl_transforms_decode(&transforms, message, &err);
		sl_transforms_clear(&transforms);
	} else {
		status = sl_picture_decode(&picture, message, &err);
		ck_assert(status != SL_OK || kind == SL_MESSAGE_CAMERA_INFO ||
		    picture.data_bytes <= message->data.len);
		sl_picture_clear(&picture);
	}
	return status;
}

START_TEST(every_known_message_of_a_real_file_is_read)
{
	const char *source = getenv("SL_SRCDIR");
	const struct sl_mcap_record *record = NULL;
	struct counts counts = {0};
	struct sl_mcap_reader *reader;
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s" FILE_OF_ALL,
	    source == NULL ? "." : source);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		printf("no %s: not tried\n", path);
		return;
	}
	ck_assert(sl_mcap_reader_new(&reader, fd) == SL_OK);
	while (sl_mcap_reader_next(reader, &record, &err) == SL_OK &&
	    record != NULL) {
		const struct sl_mcap_channel *channel;
		struct sl_wire_message message;
		enum sl_message_kind kind;

		if (record->opcode != SL_MCAP_MESSAGE)
			continue;
		channel = sl_mcap_reader_channel(
		    reader, record->as.message.channel_id);
		message.schema_name =
		    sl_mcap_reader_schema(reader, channel->schema_id)->name;
		message.encoding = channel->message_encoding;
		message.data = record->as.message.data;
		kind = sl_message_kind_of(message.schema_name);
		if (kind == SL_MESSAGE_OTHER)
			continue;
		ck_assert_msg(decode_any(kind, &message) == SL_OK, "%.*s: %s",
		    (int)message.schema_name.len, message.schema_name.data,
		    err.text);
		counts.seen[kind]++;
	}
	sl_mcap_reader_free(reader);
	close(fd);
	printf("CDR: %u JointState, %u WrenchStamped, %u TFMessage, %u Image, "
	       "%u CompressedImage, %u CameraInfo\n",
	    counts.seen[SL_MESSAGE_JOINT_STATE], counts.seen[SL_MESSAGE_WRENCH],
	    counts.seen[SL_MESSAGE_TRANSFORMS], counts.seen[SL_MESSAGE_IMAGE],
	    counts.seen[SL_MESSAGE_COMPRESSED_IMAGE],
	    counts.seen[SL_MESSAGE_CAMERA_INFO]);
	ck_assert_uint_gt(counts.seen[SL_MESSAGE_JOINT_STATE], 0);
}
END_TEST

TCase *
robot_message_cases(void)
{
	TCase *cases = tcase_create("robot_message");

	tcase_add_test(cases, a_message_cut_anywhere_is_refused);
	tcase_add_test(cases, a_count_that_lies_allocates_nothing);
	tcase_add_test(cases, other_representations_and_leftovers_are_named);
	tcase_add_test(cases, names_and_values_must_be_as_many);
	tcase_add_test(
	    cases, joint_states_are_read_in_both_byte_orders_and_in_json);
	tcase_add_test(cases, wrenches_and_transforms_are_read);
	tcase_add_test(cases, pictures_are_read_by_time_and_size);
	tcase_add_test(cases, every_known_message_of_a_real_file_is_read);
	return cases;
}
