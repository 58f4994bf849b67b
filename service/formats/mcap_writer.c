#include "sluice/formats/mcap_writer.h"

#include <stdlib.h>

#include "sluice/base/file.h"
#include "sluice/formats/mcap_reader.h"

#include "mcap_bytes.h"
#include "mcap_pack.h"
#include "mcap_streams.h"
#include "mcap_summary.h"

struct sl_mcap_writer {
	struct sl_mcap_writer_options options; /* strings are gone */
	struct mcap_registry *registry;
	struct mcap_packer *packer;
	struct mcap_output output;
	struct mcap_summary summary;
	struct mcap_streams streams; /* of each channel */
	/* The chunk that is being filled. */
	struct sl_buf chunk;
	bool chunk_has_message;
	uint64_t chunk_start_time;
	uint64_t chunk_end_time;
};

enum sl_status
sl_mcap_to_fd(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	return sl_file_write_all(*(int *)ctx, bytes.data, bytes.len, err);
}

void
sl_mcap_writer_free(struct sl_mcap_writer *writer)
{
	if (writer == NULL)
		return;
	mcap_streams_clear(&writer->streams);
	mcap_registry_free(writer->registry);
	mcap_packer_free(writer->packer);
	mcap_output_clear(&writer->output);
	mcap_summary_clear(&writer->summary);
	sl_buf_clear(&writer->chunk);
	free(writer);
}

uint64_t
sl_mcap_writer_bytes(const struct sl_mcap_writer *writer)
{
	return writer->output.offset - writer->output.waiting.len;
}

static enum sl_status
start_file(struct sl_mcap_writer *writer,
    const struct sl_mcap_writer_options *options, struct sl_error *err)
{
	struct sl_mcap_record header = {.opcode = SL_MCAP_HEADER,
	    .as.header = {.profile = sl_slice_text(options->profile),
	        .library = sl_slice_text(options->library)}};
	enum sl_status status;

	status = mcap_output_bytes(&writer->output,
	    sl_slice_of(SL_MCAP_MAGIC, SL_MCAP_MAGIC_BYTES), err);
	return status == SL_OK
	    ? mcap_output_record(&writer->output, &header, err)
	    : status;
}

enum sl_status
sl_mcap_writer_new(struct sl_mcap_writer **out,
    const struct sl_mcap_writer_options *options, struct sl_error *err)
{
	struct sl_mcap_writer *writer = calloc(1, sizeof(*writer));
	enum sl_status status;

	*out = NULL;
	if (writer == NULL)
		return SL_ERR_NOMEM;
	writer->options = *options;
	writer->options.profile = NULL;
	writer->options.library = NULL;
	mcap_output_init(&writer->output, options->sink, options->sink_ctx);
	mcap_summary_init(&writer->summary);
	sl_buf_init(&writer->chunk, SL_MCAP_RECORD_BYTES_MAX);
	status = mcap_registry_new(&writer->registry);
	if (status == SL_OK)
		status = mcap_packer_new(
		    &writer->packer, options->compression, options->level);
	if (status == SL_OK)
		status = start_file(writer, options, err);
	if (status != SL_OK) {
		sl_mcap_writer_free(writer);
		return status;
	}
	*out = writer;
	return SL_OK;
}

/* ---- chunks ---- */

static bool
has_chunks(const struct sl_mcap_writer *writer)
{
	return writer->options.chunk_bytes > 0;
}

static enum sl_status
note_chunk(struct sl_mcap_writer *writer, const struct sl_mcap_chunk *chunk,
    uint64_t offset, struct sl_error *err)
{
	uint64_t end = writer->output.offset;
	struct sl_mcap_record index = {.opcode = SL_MCAP_CHUNK_INDEX,
	    .as.chunk_index = {.message_start_time = chunk->message_start_time,
	        .message_end_time = chunk->message_end_time,
	        .chunk_start_offset = offset,
	        .chunk_length = end - offset,
	        .compression = chunk->compression,
	        .compressed_size = chunk->records.len,
	        .uncompressed_size = chunk->uncompressed_size}};
	struct sl_buf offsets;
	enum sl_status status = SL_OK;

	sl_buf_init(&offsets, 65536 * 10);
	if (!writer->options.no_message_index)
		status = mcap_streams_end_chunk(
		    &writer->streams, &writer->output, &offsets, err);
	index.as.chunk_index.message_index_length = writer->output.offset - end;
	index.as.chunk_index.message_index_offsets = sl_buf_slice(&offsets);
	if (status == SL_OK)
		status = mcap_summary_note(&writer->summary, &index, err);
	sl_buf_clear(&offsets);
	return status;
}

static enum sl_status
end_chunk(struct sl_mcap_writer *writer, struct sl_error *err)
{
	struct sl_mcap_record record = {.opcode = SL_MCAP_CHUNK,
	    .as.chunk = {.message_start_time = writer->chunk_start_time,
	        .message_end_time = writer->chunk_end_time}};
	uint64_t offset = writer->output.offset;
	enum sl_status status;

	if (writer->chunk.len == 0)
		return SL_OK;
	status = mcap_pack(writer->packer, sl_buf_slice(&writer->chunk),
	    &record.as.chunk, err);
	if (status == SL_OK)
		status = mcap_output_record(&writer->output, &record, err);
	if (status == SL_OK)
		status = note_chunk(writer, &record.as.chunk, offset, err);
	sl_buf_reset(&writer->chunk);
	writer->chunk_has_message = false;
	writer->chunk_start_time = 0;
	writer->chunk_end_time = 0;
	writer->summary.statistics.chunk_count++;
	return status;
}

/* A record that may stand in a chunk. */
static enum sl_status
add_record(struct sl_mcap_writer *writer, const struct sl_mcap_record *record,
    struct sl_error *err)
{
	enum sl_status status;

	if (!has_chunks(writer))
		return mcap_output_record(&writer->output, record, err);
	status = sl_mcap_encode(&writer->chunk, record);
	return mcap_too_large(status, "chunk", err);
}

/* ---- what the caller gives ---- */

enum sl_status
sl_mcap_writer_schema(struct sl_mcap_writer *writer,
    const struct sl_mcap_schema *schema, struct sl_error *err)
{
	struct sl_mcap_record record = {
	    .opcode = SL_MCAP_SCHEMA, .as.schema = *schema};
	enum sl_status status;
	bool is_new;

	status =
	    mcap_registry_add_schema(writer->registry, schema, &is_new, err);
	if (status != SL_OK || !is_new)
		return status;
	writer->summary.statistics.schema_count++;
	return add_record(writer, &record, err);
}

enum sl_status
sl_mcap_writer_channel(struct sl_mcap_writer *writer,
    const struct sl_mcap_channel *channel, struct sl_error *err)
{
	struct sl_mcap_record record = {
	    .opcode = SL_MCAP_CHANNEL, .as.channel = *channel};
	enum sl_status status;
	bool is_new;

	status =
	    mcap_registry_add_channel(writer->registry, channel, &is_new, err);
	if (status != SL_OK || !is_new)
		return status;
	status = mcap_streams_add(&writer->streams, channel->id);
	if (status != SL_OK)
		return status;
	writer->summary.statistics.channel_count++;
	return add_record(writer, &record, err);
}

static void
stretch(uint64_t *start, uint64_t *end, uint64_t time, bool is_first)
{
	if (is_first || time < *start)
		*start = time;
	if (is_first || time > *end)
		*end = time;
}

static enum sl_status
index_message(struct sl_mcap_writer *writer, struct mcap_stream *stream,
    uint64_t log_time, size_t at)
{
	enum sl_status status;

	stretch(&writer->chunk_start_time, &writer->chunk_end_time, log_time,
	    !writer->chunk_has_message);
	writer->chunk_has_message = true;
	if (writer->options.no_message_index)
		return SL_OK;
	status = mcap_put(&stream->index, 8, log_time);
	return status == SL_OK ? mcap_put(&stream->index, 8, at) : status;
}

enum sl_status
sl_mcap_writer_message(struct sl_mcap_writer *writer,
    const struct sl_mcap_message *message, struct sl_error *err)
{
	struct sl_mcap_statistics *statistics = &writer->summary.statistics;
	struct mcap_stream *stream =
	    mcap_streams_get(&writer->streams, message->channel_id);
	struct sl_mcap_record record = {
	    .opcode = SL_MCAP_MESSAGE, .as.message = *message};
	size_t at = writer->chunk.len;
	enum sl_status status;

	if (stream == NULL)
		return sl_error_set(err, SL_ERR_NOT_FOUND,
		    "MCAP: channel %u is not defined", message->channel_id);
	status = add_record(writer, &record, err);
	if (status == SL_OK && has_chunks(writer))
		status = mcap_too_large(
		    index_message(writer, stream, message->log_time, at),
		    "index", err);
	if (status != SL_OK)
		return status;
	stretch(&statistics->message_start_time, &statistics->message_end_time,
	    message->log_time, statistics->message_count == 0);
	statistics->message_count++;
	stream->message_count++;
	if (has_chunks(writer) &&
	    writer->chunk.len >= writer->options.chunk_bytes)
		return end_chunk(writer, err);
	return SL_OK;
}

enum sl_status
sl_mcap_writer_attachment(struct sl_mcap_writer *writer,
    const struct sl_mcap_attachment *attachment, struct sl_error *err)
{
	struct sl_mcap_record record = {
	    .opcode = SL_MCAP_ATTACHMENT, .as.attachment = *attachment};
	struct sl_mcap_record index = {.opcode = SL_MCAP_ATTACHMENT_INDEX,
	    .as.attachment_index = {.log_time = attachment->log_time,
	        .create_time = attachment->create_time,
	        .data_size = attachment->data.len,
	        .name = attachment->name,
	        .media_type = attachment->media_type}};
	enum sl_status status;

	status = end_chunk(writer, err);
	index.as.attachment_index.offset = writer->output.offset;
	if (status == SL_OK)
		status = mcap_output_record(&writer->output, &record, err);
	index.as.attachment_index.length =
	    writer->output.offset - index.as.attachment_index.offset;
	writer->summary.statistics.attachment_count++;
	if (status != SL_OK)
		return status;
	return mcap_summary_note(&writer->summary, &index, err);
}

enum sl_status
sl_mcap_writer_metadata(struct sl_mcap_writer *writer,
    const struct sl_mcap_metadata *metadata, struct sl_error *err)
{
	struct sl_mcap_record record = {
	    .opcode = SL_MCAP_METADATA, .as.metadata = *metadata};
	struct sl_mcap_record index = {.opcode = SL_MCAP_METADATA_INDEX,
	    .as.metadata_index.name = metadata->name};
	enum sl_status status;

	status = end_chunk(writer, err);
	index.as.metadata_index.offset = writer->output.offset;
	if (status == SL_OK)
		status = mcap_output_record(&writer->output, &record, err);
	index.as.metadata_index.length =
	    writer->output.offset - index.as.metadata_index.offset;
	writer->summary.statistics.metadata_count++;
	if (status != SL_OK)
		return status;
	return mcap_summary_note(&writer->summary, &index, err);
}

enum sl_status
sl_mcap_writer_finish(struct sl_mcap_writer *writer, struct sl_error *err)
{
	struct mcap_summary *summary = &writer->summary;
	struct sl_buf counts;
	enum sl_status status;

	sl_buf_init(&counts, 65536 * 10);
	status = end_chunk(writer, err);
	if (status == SL_OK)
		status = mcap_streams_count(&writer->streams, &counts);
	summary->statistics.channel_message_counts = sl_buf_slice(&counts);
	if (status == SL_OK)
		status = mcap_summary_write(summary, writer->registry,
		    &writer->options, &writer->output, err);
	summary->statistics.channel_message_counts = sl_slice_of(NULL, 0);
	sl_buf_clear(&counts);
	return status;
}
