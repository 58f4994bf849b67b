/* What robot_log writes is what our readers decode. */
#include "sluice/formats/robot_log.h"

#include <string.h>
#include <unistd.h>

#include "sluice/formats/mcap_reader.h"
#include "sluice/formats/robot_message.h"
#include "suites.h"

#define TIME_NS UINT64_C(1767600000123456789)

static struct sl_buf file;
static struct sl_robot_log *robot_log;

static enum sl_status
keep(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	(void)err;
	return sl_buf_append(ctx, bytes.data, bytes.len);
}

static void
setup(void)
{
	sl_buf_init(&file, 1u << 20);
	ck_assert(sl_robot_log_new(&robot_log, keep, &file, NULL) == SL_OK);
}

static void
teardown(void)
{
	sl_robot_log_free(robot_log);
	sl_buf_clear(&file);
}

/* The first record of a kind, from the finished file; the reader must stay. */
static const struct sl_mcap_record *
find(struct sl_mcap_reader **reader, enum sl_mcap_opcode opcode)
{
	const struct sl_mcap_record *record;
	int fd;

	ck_assert(sl_robot_log_finish(robot_log, NULL) == SL_OK);
	fd = open_bytes(sl_buf_slice(&file));
	ck_assert_int_eq((int)lseek(fd, 0, SEEK_SET), 0);
	ck_assert(sl_mcap_reader_new(reader, fd) == SL_OK);
	do {
		ck_assert(sl_mcap_reader_next(*reader, &record, NULL) == SL_OK);
		ck_assert_ptr_nonnull(record);
	} while (record->opcode != opcode);
	return record;
}

static struct sl_wire_message
wire_of(
    const struct sl_mcap_reader *reader, const struct sl_mcap_message *message)
{
	const struct sl_mcap_channel *channel =
	    sl_mcap_reader_channel(reader, message->channel_id);
	const struct sl_mcap_schema *schema =
	    sl_mcap_reader_schema(reader, channel->schema_id);

	return (struct sl_wire_message){.schema_name = schema->name,
	    .encoding = channel->message_encoding,
	    .data = message->data};
}

START_TEST(joints_come_back_with_names_time_and_values)
{
	static const char *const names[] = {"elbow", "wrist_1_joint"};
	const double position[] = {0.25, -1.5};
	const double effort[] = {12.5, 0.125};
	const struct sl_robot_joints joints = {
	    "/joints", names, 2, position, NULL, effort};
	struct sl_mcap_reader *reader;
	struct sl_joint_state state;
	struct sl_wire_message wire;
	const struct sl_mcap_record *record;

	ck_assert(
	    sl_robot_log_joints(robot_log, TIME_NS, &joints, NULL) == SL_OK);
	record = find(&reader, SL_MCAP_MESSAGE);
	ck_assert_uint_eq(record->as.message.log_time, TIME_NS);
	wire = wire_of(reader, &record->as.message);
	ck_assert(sl_joint_state_decode(&state, &wire, NULL) == SL_OK);
	ck_assert_int_eq(state.header.stamp_ns, (int64_t)TIME_NS);
	ck_assert_uint_eq(state.name_count, 2);
	ck_assert(sl_slice_is_text(state.names[1], "wrist_1_joint"));
	ck_assert_double_eq(state.position[1], -1.5);
	ck_assert_uint_eq(state.velocity_count, 0);
	ck_assert_double_eq(state.effort[0], 12.5);
	sl_joint_state_clear(&state);
	sl_mcap_reader_free(reader);
}
END_TEST

START_TEST(a_wrench_comes_back)
{
	const double wrench[6] = {1, -2, 3.5, 0.1, 0.2, -0.3};
	struct sl_mcap_reader *reader;
	struct sl_wire_message wire;
	struct sl_wrench out;
	const struct sl_mcap_record *record;

	ck_assert(sl_robot_log_wrench(robot_log, TIME_NS, "/wrench", "tool0",
	              wrench, NULL) == SL_OK);
	record = find(&reader, SL_MCAP_MESSAGE);
	wire = wire_of(reader, &record->as.message);
	ck_assert(sl_wrench_decode(&out, &wire, NULL) == SL_OK);
	ck_assert(sl_slice_is_text(out.header.frame_id, "tool0"));
	ck_assert_double_eq(out.force[2], 3.5);
	ck_assert_double_eq(out.torque[2], -0.3);
	sl_wrench_clear(&out);
	sl_mcap_reader_free(reader);
}
END_TEST

START_TEST(a_picture_comes_back_with_its_time_and_format)
{
	struct sl_mcap_reader *reader;
	struct sl_wire_message wire;
	struct sl_picture out;
	const struct sl_mcap_record *record;
	const struct sl_robot_picture picture = {.topic = "/video",
	    .frame_id = "camera",
	    .format = "h264",
	    .shown_ns = TIME_NS,
	    .data = sl_slice_of("\0\0\0\1\11x", 6)};

	ck_assert(
	    sl_robot_log_video(robot_log, TIME_NS, &picture, NULL) == SL_OK);
	record = find(&reader, SL_MCAP_MESSAGE);
	wire = wire_of(reader, &record->as.message);
	ck_assert(sl_picture_decode(&out, &wire, NULL) == SL_OK);
	ck_assert_int_eq(out.header.stamp_ns, (int64_t)TIME_NS);
	ck_assert(sl_slice_is_text(out.format, "h264"));
	ck_assert_uint_eq(out.data_bytes, 6);
	sl_picture_clear(&out);
	sl_mcap_reader_free(reader);
}
END_TEST

START_TEST(the_episode_is_a_metadata_record)
{
	struct sl_mcap_reader *reader;
	struct sl_slice value;
	const struct sl_mcap_record *record;

	ck_assert(sl_robot_log_episode(robot_log, "ep-7",
	              sl_slice_text("{\"a\":1}"), NULL) == SL_OK);
	record = find(&reader, SL_MCAP_METADATA);
	ck_assert(sl_slice_is_text(record->as.metadata.name, "episode"));
	ck_assert(
	    sl_mcap_map_find(record->as.metadata.metadata, "key", &value));
	ck_assert(sl_slice_is_text(value, "ep-7"));
	ck_assert(
	    sl_mcap_map_find(record->as.metadata.metadata, "metadata", &value));
	ck_assert(sl_slice_is_text(value, "{\"a\":1}"));
	sl_mcap_reader_free(reader);
}
END_TEST

START_TEST(more_joints_than_the_limit_are_refused)
{
	const struct sl_robot_joints joints = {
	    .topic = "/joints", .count = SL_ROBOT_JOINTS_MAX + 1};

	ck_assert(sl_robot_log_joints(robot_log, TIME_NS, &joints, NULL) ==
	    SL_ERR_LIMIT);
}
END_TEST

TCase *
robot_log_cases(void)
{
	TCase *tc = tcase_create("robot_log");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, more_joints_than_the_limit_are_refused);
	tcase_add_test(tc, joints_come_back_with_names_time_and_values);
	tcase_add_test(tc, a_wrench_comes_back);
	tcase_add_test(tc, a_picture_comes_back_with_its_time_and_format);
	tcase_add_test(tc, the_episode_is_a_metadata_record);
	return tc;
}
