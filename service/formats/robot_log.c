#include "sluice/formats/robot_log.h"

#include <stdlib.h>
#include <string.h>

#include "protobuf.h"
#include "robot_schema.h"
#include "sluice/base/array.h"

#define MESSAGE_MAX (64u << 20)
#define SCHEMA_MAX  16384
#define STAMP_MAX   32
#define NANO        UINT64_C(1000000000)

/* Channels that are given to us have no kind of ours. */
#define KIND_OTHER (-1)

struct channel {
	char *topic; /* of ours only */
	int kind;
	uint32_t messages;
};

struct sl_robot_log {
	struct sl_mcap_writer *writer;
	struct sl_buf message;
	struct channel *channels; /* by id, from 1 */
	size_t channel_count;
	struct sl_mcap_schema *schemas; /* the same; texts from the name on */
	size_t schema_count;
};

enum sl_status
sl_robot_log_new(struct sl_robot_log **out, sl_mcap_sink_fn *sink,
    void *sink_ctx, struct sl_error *err)
{
	struct sl_mcap_writer_options options = SL_MCAP_WRITER_DEFAULTS;
	struct sl_robot_log *log = calloc(1, sizeof(*log));
	enum sl_status status;

	*out = NULL;
	if (log == NULL)
		return SL_ERR_NOMEM;
	sl_buf_init(&log->message, MESSAGE_MAX);
	options.sink = sink;
	options.sink_ctx = sink_ctx;
	status = sl_mcap_writer_new(&log->writer, &options, err);
	if (status != SL_OK) {
		sl_robot_log_free(log);
		return status;
	}
	*out = log;
	return SL_OK;
}

void
sl_robot_log_free(struct sl_robot_log *log)
{
	if (log == NULL)
		return;
	for (size_t i = 0; i < log->channel_count; i++)
		free(log->channels[i].topic);
	for (size_t i = 0; i < log->schema_count; i++)
		free((void *)(uintptr_t)log->schemas[i].name.data);
	free(log->channels);
	free(log->schemas);
	sl_mcap_writer_free(log->writer);
	sl_buf_clear(&log->message);
	free(log);
}

/* ---- channels ---- */

/* Texts that outlive the caller's, in one piece. */
static bool
copy_schema(struct sl_mcap_schema *out, const struct sl_mcap_schema *from)
{
	const struct sl_slice *parts[] = {
	    &from->name, &from->encoding, &from->data};
	struct sl_slice *copies[] = {&out->name, &out->encoding, &out->data};
	unsigned char *at =
	    malloc(from->name.len + from->encoding.len + from->data.len + 1);

	for (size_t i = 0; at != NULL && i < 3; i++) {
		*copies[i] = sl_slice_of(at, parts[i]->len);
		if (parts[i]->len > 0)
			memcpy(at, parts[i]->data, parts[i]->len);
		at += parts[i]->len;
	}
	return at != NULL;
}

static enum sl_status
add_schema(struct sl_robot_log *log, const struct sl_mcap_schema *schema,
    uint16_t *id, struct sl_error *err)
{
	struct sl_mcap_schema *schemas;
	struct sl_mcap_schema *mine;

	for (size_t i = 0; i < log->schema_count; i++) {
		const struct sl_mcap_schema *known = &log->schemas[i];

		if (sl_slice_is(known->name, schema->name) &&
		    sl_slice_is(known->encoding, schema->encoding) &&
		    sl_slice_is(known->data, schema->data)) {
			*id = known->id;
			return SL_OK;
		}
	}
	if (log->schema_count == UINT16_MAX)
		return sl_error_set(err, SL_ERR_LIMIT, "too many schemas");
	schemas =
	    sl_array_room(log->schemas, log->schema_count, sizeof(*schemas));
	if (schemas == NULL)
		return SL_ERR_NOMEM;
	log->schemas = schemas;
	mine = &schemas[log->schema_count];
	if (!copy_schema(mine, schema))
		return SL_ERR_NOMEM;
	mine->id = (uint16_t)++log->schema_count;
	*id = mine->id;
	return sl_mcap_writer_schema(log->writer, mine, err);
}

static enum sl_status
add_channel(struct sl_robot_log *log, const struct sl_mcap_channel *channel,
    int kind, uint16_t *id, struct sl_error *err)
{
	struct sl_mcap_channel mine = *channel;
	struct channel *channels;

	if (log->channel_count == UINT16_MAX)
		return sl_error_set(err, SL_ERR_LIMIT, "too many channels");
	channels =
	    sl_array_room(log->channels, log->channel_count, sizeof(*channels));
	if (channels == NULL)
		return SL_ERR_NOMEM;
	log->channels = channels;
	channels[log->channel_count] = (struct channel){.kind = kind};
	mine.id = (uint16_t)++log->channel_count;
	*id = mine.id;
	return sl_mcap_writer_channel(log->writer, &mine, err);
}

enum sl_status
sl_robot_log_channel(struct sl_robot_log *log, uint16_t *id,
    const struct sl_mcap_channel *channel, const struct sl_mcap_schema *schema,
    struct sl_error *err)
{
	struct sl_mcap_channel mine = *channel;
	enum sl_status status = SL_OK;

	mine.schema_id = 0;
	if (schema != NULL)
		status = add_schema(log, schema, &mine.schema_id, err);
	return status == SL_OK ? add_channel(log, &mine, KIND_OTHER, id, err)
	                       : status;
}

enum sl_status
sl_robot_log_message(struct sl_robot_log *log,
    const struct sl_mcap_message *message, struct sl_error *err)
{
	return sl_mcap_writer_message(log->writer, message, err);
}

struct sl_mcap_writer *
sl_robot_log_writer(struct sl_robot_log *log)
{
	return log->writer;
}

static enum sl_status
add_topic(struct sl_robot_log *log, const char *topic, enum robot_schema kind,
    uint16_t *id, struct sl_error *err)
{
	const struct robot_schema_words *words = &robot_schemas[kind];
	struct sl_mcap_channel channel = {.topic = sl_slice_text(topic),
	    .message_encoding = sl_slice_text(words->message_encoding)};
	struct sl_buf data;
	enum sl_status status;

	sl_buf_init(&data, SCHEMA_MAX);
	status = robot_schema_write(kind, &data);
	if (status == SL_OK) {
		struct sl_mcap_schema schema = {
		    .name = sl_slice_text(words->name),
		    .encoding = sl_slice_text(words->encoding),
		    .data = sl_buf_slice(&data)};

		status = add_schema(log, &schema, &channel.schema_id, err);
	}
	sl_buf_clear(&data);
	if (status == SL_OK)
		status = add_channel(log, &channel, (int)kind, id, err);
	if (status != SL_OK)
		return status;
	log->channels[*id - 1].topic = strdup(topic);
	return log->channels[*id - 1].topic == NULL ? SL_ERR_NOMEM : SL_OK;
}

/* Write log->message to the topic, which is made if it is new. */
static enum sl_status
put_message(struct sl_robot_log *log, uint64_t time_ns, const char *topic,
    enum robot_schema kind, struct sl_error *err)
{
	struct sl_mcap_message message = {.log_time = time_ns,
	    .publish_time = time_ns,
	    .data = sl_buf_slice(&log->message)};
	size_t i = 0;

	while (i < log->channel_count &&
	    (log->channels[i].kind != (int)kind ||
	        strcmp(log->channels[i].topic, topic) != 0))
		i++;
	message.channel_id = (uint16_t)(i + 1);
	if (i == log->channel_count) {
		enum sl_status status =
		    add_topic(log, topic, kind, &message.channel_id, err);

		if (status != SL_OK)
			return status;
	}
	message.sequence = log->channels[i].messages++;
	return sl_mcap_writer_message(log->writer, &message, err);
}

/* ---- CDR: little-endian XCDR1, aligned from behind the four-byte header ----
 */

static enum sl_status
put_padding(struct sl_buf *out, size_t to)
{
	static const unsigned char zeros[8];

	return sl_buf_append(out, zeros, (to - (out->len - 4) % to) % to);
}

static enum sl_status
put_u32(struct sl_buf *out, uint32_t value)
{
	unsigned char bytes[4];
	enum sl_status status = put_padding(out, 4);

	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (unsigned char)(value >> 8 * i);
	return status == SL_OK ? sl_buf_append(out, bytes, 4) : status;
}

static enum sl_status
put_f64(struct sl_buf *out, double value)
{
	unsigned char bytes[8];
	uint64_t bits;
	enum sl_status status = put_padding(out, 8);

	memcpy(&bits, &value, sizeof(bits));
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(bits >> 8 * i);
	return status == SL_OK ? sl_buf_append(out, bytes, 8) : status;
}

static enum sl_status
put_string(struct sl_buf *out, const char *text)
{
	enum sl_status status = put_u32(out, (uint32_t)strlen(text) + 1);

	return status == SL_OK ? sl_buf_append(out, text, strlen(text) + 1)
	                       : status;
}

static enum sl_status
put_f64s(struct sl_buf *out, const double *values, size_t count)
{
	enum sl_status status =
	    put_u32(out, values == NULL ? 0 : (uint32_t)count);

	for (size_t i = 0; values != NULL && status == SL_OK && i < count; i++)
		status = put_f64(out, values[i]);
	return status;
}

/* The encapsulation, then std_msgs/Header. */
static enum sl_status
put_header(struct sl_buf *out, uint64_t time_ns, const char *frame_id)
{
	static const unsigned char little_endian[4] = {0, 1, 0, 0};
	enum sl_status status;

	sl_buf_reset(out);
	status = sl_buf_append(out, little_endian, sizeof(little_endian));
	if (status == SL_OK)
		status = put_u32(out, (uint32_t)(time_ns / NANO));
	if (status == SL_OK)
		status = put_u32(out, (uint32_t)(time_ns % NANO));
	return status == SL_OK ? put_string(out, frame_id) : status;
}

enum sl_status
sl_robot_log_joints(struct sl_robot_log *log, uint64_t time_ns,
    const struct sl_robot_joints *joints, struct sl_error *err)
{
	struct sl_buf *out = &log->message;
	enum sl_status status;

	if (joints->count > SL_ROBOT_JOINTS_MAX)
		return sl_error_set(err, SL_ERR_LIMIT, "%s: %zu joints",
		    joints->topic, joints->count);
	status = put_header(out, time_ns, "");
	if (status == SL_OK)
		status = put_u32(out, (uint32_t)joints->count);
	for (size_t i = 0; status == SL_OK && i < joints->count; i++)
		status = put_string(out, joints->names[i]);
	if (status == SL_OK)
		status = put_f64s(out, joints->position, joints->count);
	if (status == SL_OK)
		status = put_f64s(out, joints->velocity, joints->count);
	if (status == SL_OK)
		status = put_f64s(out, joints->effort, joints->count);
	return status == SL_OK
	    ? put_message(log, time_ns, joints->topic, ROBOT_JOINTS, err)
	    : status;
}

enum sl_status
sl_robot_log_wrench(struct sl_robot_log *log, uint64_t time_ns,
    const char *topic, const char *frame_id, const double wrench[6],
    struct sl_error *err)
{
	enum sl_status status = put_header(&log->message, time_ns, frame_id);

	for (unsigned i = 0; status == SL_OK && i < 6; i++)
		status = put_f64(&log->message, wrench[i]);
	return status == SL_OK
	    ? put_message(log, time_ns, topic, ROBOT_WRENCH, err)
	    : status;
}

/* ---- protobuf ---- */

/* google.protobuf.Timestamp: seconds 1, nanos 2. */
static enum sl_status
put_stamp(struct sl_buf *out, unsigned number, uint64_t time_ns)
{
	struct sl_buf stamp;
	enum sl_status status;

	sl_buf_init(&stamp, STAMP_MAX);
	status = protobuf_put_number(&stamp, 1, time_ns / NANO);
	if (status == SL_OK)
		status = protobuf_put_number(&stamp, 2, time_ns % NANO);
	if (status == SL_OK)
		status = protobuf_put_bytes(out, number, sl_buf_slice(&stamp));
	sl_buf_clear(&stamp);
	return status;
}

enum sl_status
sl_robot_log_video(struct sl_robot_log *log, uint64_t time_ns,
    const struct sl_robot_picture *picture, struct sl_error *err)
{
	struct sl_buf *out = &log->message;
	enum sl_status status;

	sl_buf_reset(out);
	status = put_stamp(out, 1, picture->shown_ns);
	if (status == SL_OK)
		status = protobuf_put_bytes(
		    out, 2, sl_slice_text(picture->frame_id));
	if (status == SL_OK)
		status = protobuf_put_bytes(out, 3, picture->data);
	if (status == SL_OK)
		status =
		    protobuf_put_bytes(out, 4, sl_slice_text(picture->format));
	return status == SL_OK
	    ? put_message(log, time_ns, picture->topic, ROBOT_VIDEO, err)
	    : status;
}

/* ---- the rest ---- */

enum sl_status
sl_robot_log_json(struct sl_robot_log *log, uint64_t time_ns, const char *topic,
    struct sl_slice text, struct sl_error *err)
{
	enum sl_status status;

	sl_buf_reset(&log->message);
	status = sl_buf_append(&log->message, text.data, text.len);
	return status == SL_OK
	    ? put_message(log, time_ns, topic, ROBOT_JSON, err)
	    : status;
}

enum sl_status
sl_robot_log_episode(struct sl_robot_log *log, const char *key,
    struct sl_slice metadata, struct sl_error *err)
{
	struct sl_mcap_metadata record = {.name = sl_slice_text("episode")};
	struct sl_buf map;
	enum sl_status status;

	sl_buf_init(&map, MESSAGE_MAX);
	status =
	    sl_mcap_map_add(&map, sl_slice_text("key"), sl_slice_text(key));
	if (status == SL_OK)
		status =
		    sl_mcap_map_add(&map, sl_slice_text("metadata"), metadata);
	record.metadata = sl_buf_slice(&map);
	if (status == SL_OK)
		status = sl_mcap_writer_metadata(log->writer, &record, err);
	sl_buf_clear(&map);
	return status;
}

enum sl_status
sl_robot_log_finish(struct sl_robot_log *log, struct sl_error *err)
{
	return sl_mcap_writer_finish(log->writer, err);
}
