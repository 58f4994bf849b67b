#include "robot_schema.h"

#include <stdint.h>
#include <string.h>

#include "protobuf.h"

/* Field types of google/protobuf/descriptor.proto. */
#define PROTO_MESSAGE 11
#define PROTO_STRING  9
#define PROTO_BYTES   12
#define PROTO_INT64   3
#define PROTO_INT32   5

#define RULE                                                 \
	"==================================================" \
	"==============================\n"

/* Definitions by their fields, as ROS 2 writes them behind a message. */
#define HEADER_TEXT                                                    \
	RULE "MSG: std_msgs/Header\nbuiltin_interfaces/Time stamp\n"   \
	     "string frame_id\n" RULE "MSG: builtin_interfaces/Time\n" \
	     "int32 sec\nuint32 nanosec\n"
#define JOINTS_TEXT                                                   \
	"std_msgs/Header header\nstring[] name\nfloat64[] position\n" \
	"float64[] velocity\nfloat64[] effort\n" HEADER_TEXT
#define WRENCH_TEXT                                                       \
	"std_msgs/Header header\nWrench wrench\n" RULE                    \
	"MSG: geometry_msgs/Wrench\nVector3 force\nVector3 torque\n" RULE \
	"MSG: geometry_msgs/Vector3\nfloat64 x\nfloat64 y\nfloat64 "      \
	"z\n" HEADER_TEXT

/* Lines of catalog/vocabulary/annotation.json. */
#define JSON_TEXT                                               \
	"{\"title\":\"sluice.Annotation\",\"type\":\"object\"," \
	"\"properties\":{\"layer\":{\"type\":\"string\"},"      \
	"\"start_ns\":{\"type\":\"integer\"},"                  \
	"\"end_ns\":{\"type\":\"integer\"}}}"

const struct robot_schema_words robot_schemas[] = {
    [ROBOT_JOINTS] = {"sensor_msgs/msg/JointState", "ros2msg", "cdr"},
    [ROBOT_WRENCH] = {"geometry_msgs/msg/WrenchStamped", "ros2msg", "cdr"},
    [ROBOT_VIDEO] = {"foxglove.CompressedVideo", "protobuf", "protobuf"},
    [ROBOT_JSON] = {"sluice.Annotation", "jsonschema", "json"},
};

/* ---- the FileDescriptorSet of foxglove.CompressedVideo ---- */

static enum sl_status
put_text(struct sl_buf *out, unsigned field, const char *text)
{
	return protobuf_put_bytes(out, field, sl_slice_text(text));
}

struct proto_field {
	const char *name;
	unsigned number;
	unsigned type;
	const char *type_name;
};

/* FieldDescriptorProto: name 1, number 3, label 4, type 5, type_name 6. */
static enum sl_status
put_field(struct sl_buf *message, const struct proto_field *field)
{
	struct sl_buf inner;
	enum sl_status status;

	sl_buf_init(&inner, 1024);
	status = put_text(&inner, 1, field->name);
	if (status == SL_OK)
		status = protobuf_put_number(&inner, 3, field->number);
	if (status == SL_OK)
		status = protobuf_put_number(&inner, 4, 1);
	if (status == SL_OK)
		status = protobuf_put_number(&inner, 5, field->type);
	if (status == SL_OK && field->type_name != NULL)
		status = put_text(&inner, 6, field->type_name);
	if (status == SL_OK)
		status = protobuf_put_bytes(message, 2, sl_buf_slice(&inner));
	sl_buf_clear(&inner);
	return status;
}

struct proto_file {
	const char *path;
	const char *package;
	const char *dependency;
	const char *message;
	const struct proto_field *fields;
	size_t field_count;
};

/* FileDescriptorProto: name 1, package 2, dependency 3, message_type 4, syntax
 * 12; DescriptorProto: name 1, field 2. */
static enum sl_status
put_file(struct sl_buf *out, const struct proto_file *file)
{
	struct sl_buf message;
	struct sl_buf inner;
	enum sl_status status;

	sl_buf_init(&message, 4096);
	sl_buf_init(&inner, 8192);
	status = put_text(&message, 1, file->message);
	for (size_t i = 0; status == SL_OK && i < file->field_count; i++)
		status = put_field(&message, &file->fields[i]);
	if (status == SL_OK)
		status = put_text(&inner, 1, file->path);
	if (status == SL_OK)
		status = put_text(&inner, 2, file->package);
	if (status == SL_OK && file->dependency != NULL)
		status = put_text(&inner, 3, file->dependency);
	if (status == SL_OK)
		status = protobuf_put_bytes(&inner, 4, sl_buf_slice(&message));
	if (status == SL_OK)
		status = put_text(&inner, 12, "proto3");
	if (status == SL_OK)
		status = protobuf_put_bytes(out, 1, sl_buf_slice(&inner));
	sl_buf_clear(&message);
	sl_buf_clear(&inner);
	return status;
}

static const struct proto_field timestamp_fields[] = {
    {"seconds", 1, PROTO_INT64, NULL}, {"nanos", 2, PROTO_INT32, NULL}};
static const struct proto_field video_fields[] = {
    {"timestamp", 1, PROTO_MESSAGE, ".google.protobuf.Timestamp"},
    {"frame_id", 2, PROTO_STRING, NULL}, {"data", 3, PROTO_BYTES, NULL},
    {"format", 4, PROTO_STRING, NULL}};
static const struct proto_file proto_files[] = {
    {"google/protobuf/timestamp.proto", "google.protobuf", NULL, "Timestamp",
        timestamp_fields, 2},
    {"foxglove/CompressedVideo.proto", "foxglove",
        "google/protobuf/timestamp.proto", "CompressedVideo", video_fields, 4},
};

enum sl_status
robot_schema_write(enum robot_schema schema, struct sl_buf *out)
{
	enum sl_status status;

	switch (schema) {
	case ROBOT_JOINTS:
		return sl_buf_append_text(out, JOINTS_TEXT);
	case ROBOT_WRENCH:
		return sl_buf_append_text(out, WRENCH_TEXT);
	case ROBOT_VIDEO:
		status = put_file(out, &proto_files[0]);
		return status == SL_OK ? put_file(out, &proto_files[1])
		                       : status;
	case ROBOT_JSON:
		return sl_buf_append_text(out, JSON_TEXT);
	}
	return SL_ERR_INVALID;
}
