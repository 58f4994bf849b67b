#include "mcap_sample.h"

#include <stdio.h>
#include <stdlib.h>

static void
must(enum sl_status status)
{
	if (status != SL_OK)
		abort();
}

enum sl_status
sample_to_buffer(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	(void)err;
	return sl_buf_append(ctx, bytes.data, bytes.len);
}

static void
define(struct sl_mcap_writer *writer)
{
	struct sl_mcap_schema schema = {.id = 1,
	    .name = sl_slice_text("Joints"),
	    .encoding = sl_slice_text("jsonschema"),
	    .data = sl_slice_text("{\"type\":\"object\"}")};
	struct sl_mcap_channel channel = {.id = 0,
	    .schema_id = 1,
	    .topic = sl_slice_text("/joints"),
	    .message_encoding = sl_slice_text("json")};

	must(sl_mcap_writer_schema(writer, &schema, NULL));
	must(sl_mcap_writer_channel(writer, &channel, NULL));
	channel.id = 7;
	channel.schema_id = 0;
	channel.topic = sl_slice_text("/notes");
	must(sl_mcap_writer_channel(writer, &channel, NULL));
}

static void
put_messages(struct sl_mcap_writer *writer)
{
	for (uint32_t i = 0; i < SAMPLE_MESSAGES; i++) {
		char text[64];
		struct sl_mcap_message message = {
		    .channel_id = i % 2 == 0 ? 0 : 7,
		    .sequence = i,
		    .log_time = (uint64_t)i * SAMPLE_STEP_NS,
		    .publish_time = i};

		snprintf(text, sizeof(text), "{\"position\":[%u,%u]}", i % 17,
		    i * i % 1009);
		message.data = sl_slice_text(text);
		must(sl_mcap_writer_message(writer, &message, NULL));
	}
}

static void
put_extras(struct sl_mcap_writer *writer)
{
	struct sl_mcap_attachment attachment = {.log_time = 5,
	    .name = sl_slice_text("calibration.json"),
	    .media_type = sl_slice_text("application/json"),
	    .data = sl_slice_text("{\"fx\":1.0}")};
	struct sl_mcap_metadata metadata = {.name = sl_slice_text("episode")};
	struct sl_buf map;

	sl_buf_init(&map, 4096);
	must(sl_mcap_map_add(
	    &map, sl_slice_text("task"), sl_slice_text("insert-peg")));
	must(sl_mcap_map_add(
	    &map, sl_slice_text("success"), sl_slice_text("true")));
	metadata.metadata = sl_buf_slice(&map);
	must(sl_mcap_writer_attachment(writer, &attachment, NULL));
	must(sl_mcap_writer_metadata(writer, &metadata, NULL));
	sl_buf_clear(&map);
}

void
sample_write(struct sl_buf *out, enum sl_mcap_compression compression,
    uint32_t chunk_bytes)
{
	struct sl_mcap_writer_options options = SL_MCAP_WRITER_DEFAULTS;
	struct sl_mcap_writer *writer;

	sl_buf_init(out, 1u << 20);
	options.sink = sample_to_buffer;
	options.sink_ctx = out;
	options.compression = compression;
	options.chunk_bytes = chunk_bytes;
	must(sl_mcap_writer_new(&writer, &options, NULL));
	define(writer);
	put_messages(writer);
	put_extras(writer);
	must(sl_mcap_writer_finish(writer, NULL));
	sl_mcap_writer_free(writer);
}
