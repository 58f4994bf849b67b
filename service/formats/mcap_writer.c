#include "sluice/formats/mcap_writer.h"

#include <stdlib.h>

#include "sluice/base/array.h"
#include "sluice/base/file.h"
#include "sluice/formats/mcap_reader.h"

#include "mcap_bytes.h"
#include "mcap_ids.h"
#include "mcap_pack.h"
#include "mcap_registry.h"

#define FLUSH_BYTES (256u << 10)
/* Indexes of all chunks, attachments and metadata. */
#define SUMMARY_BYTES_MAX SL_MCAP_RECORD_BYTES_MAX

/* Of one channel: counts for the summary, entries for the chunk's index. */
struct stream {
	uint64_t message_count;
	struct sl_buf index; /* of the chunk that is being filled */
};

struct sl_mcap_writer {
	struct sl_mcap_writer_options options; /* profile, library are gone */
	struct mcap_registry *registry;
	struct mcap_packer *packer;
	struct sl_buf out; /* what the sink has not got yet */
	uint64_t offset;   /* of the next byte in the file */
	uint32_t crc;      /* of all bytes so far, since the section began */
	struct mcap_ids streams; /* struct stream of each channel */
	/* The chunk that is being filled. */
	struct sl_buf chunk;
	bool chunk_has_message;
	uint64_t chunk_start_time;
	uint64_t chunk_end_time;
	/* Encoded records for the summary. */
	struct sl_buf chunk_indexes;
	struct sl_buf attachment_indexes;
	struct sl_buf metadata_indexes;
	struct sl_mcap_statistics statistics;
};

enum sl_status
sl_mcap_to_fd(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	return sl_file_write_all(*(int *)ctx, bytes.data, bytes.len, err);
}

/* NULL if memory ran out before it was there. */
static struct stream *
stream_at(const struct sl_mcap_writer *writer, size_t channel)
{
	return mcap_ids_get(&writer->streams,
	    mcap_registry_channel_at(writer->registry, channel)->id);
}

static void
free_streams(struct sl_mcap_writer *writer)
{
	size_t count = writer->registry == NULL
	    ? 0
	    : mcap_registry_channel_count(writer->registry);

	for (size_t i = 0; i < count; i++) {
		struct stream *stream = stream_at(writer, i);

		if (stream != NULL)
			sl_buf_clear(&stream->index);
		free(stream);
	}
	mcap_ids_clear(&writer->streams);
}

void
sl_mcap_writer_free(struct sl_mcap_writer *writer)
{
	if (writer == NULL)
		return;
	free_streams(writer);
	mcap_registry_free(writer->registry);
	mcap_packer_free(writer->packer);
	sl_buf_clear(&writer->out);
	sl_buf_clear(&writer->chunk);
	sl_buf_clear(&writer->chunk_indexes);
	sl_buf_clear(&writer->attachment_indexes);
	sl_buf_clear(&writer->metadata_indexes);
	free(writer);
}

uint64_t
sl_mcap_writer_bytes(const struct sl_mcap_writer *writer)
{
	return writer->offset - writer->out.len;
}

static enum sl_status
flush(struct sl_mcap_writer *writer, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	if (writer->out.len > 0)
		status = writer->options.sink(
		    writer->options.sink_ctx, sl_buf_slice(&writer->out), err);
	sl_buf_reset(&writer->out);
	return status;
}

/* Bytes that were appended to `out` since it had `before` of them. */
static enum sl_status
count_out(struct sl_mcap_writer *writer, size_t before, struct sl_error *err)
{
	size_t len = writer->out.len - before;

	writer->crc = sl_mcap_crc(
	    writer->crc, sl_slice_of(writer->out.data + before, len));
	writer->offset += len;
	return writer->out.len >= FLUSH_BYTES ? flush(writer, err) : SL_OK;
}

static enum sl_status
put_bytes(
    struct sl_mcap_writer *writer, struct sl_slice bytes, struct sl_error *err)
{
	size_t before = writer->out.len;
	enum sl_status status;

	status = sl_buf_append(&writer->out, bytes.data, bytes.len);
	return status == SL_OK ? count_out(writer, before, err) : status;
}

static enum sl_status
too_large(enum sl_status status, const char *what, struct sl_error *err)
{
	if (status != SL_ERR_LIMIT)
		return status;
	return sl_error_set(err, status, "MCAP: a %s of more than %u bytes",
	    what, SL_MCAP_RECORD_BYTES_MAX);
}

/* Into the file as it stands. */
static enum sl_status
put_record(struct sl_mcap_writer *writer, const struct sl_mcap_record *record,
    struct sl_error *err)
{
	size_t before = writer->out.len;
	enum sl_status status;

	status = sl_mcap_encode(&writer->out, record);
	if (status == SL_OK)
		return count_out(writer, before, err);
	return too_large(status, sl_mcap_layout_of(record->opcode)->name, err);
}

static enum sl_status
start_file(struct sl_mcap_writer *writer,
    const struct sl_mcap_writer_options *options, struct sl_error *err)
{
	struct sl_mcap_record header = {.opcode = SL_MCAP_HEADER,
	    .as.header = {.profile = sl_slice_text(options->profile),
	        .library = sl_slice_text(options->library)}};
	enum sl_status status;

	status = put_bytes(
	    writer, sl_slice_of(SL_MCAP_MAGIC, SL_MCAP_MAGIC_BYTES), err);
	return status == SL_OK ? put_record(writer, &header, err) : status;
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
	sl_buf_init(&writer->out, SL_MCAP_RECORD_BYTES_MAX + FLUSH_BYTES);
	sl_buf_init(&writer->chunk, SL_MCAP_RECORD_BYTES_MAX);
	sl_buf_init(&writer->chunk_indexes, SUMMARY_BYTES_MAX);
	sl_buf_init(&writer->attachment_indexes, SUMMARY_BYTES_MAX);
	sl_buf_init(&writer->metadata_indexes, SUMMARY_BYTES_MAX);
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

/* The MessageIndex of each channel of the chunk; notes where they stand. */
static enum sl_status
put_message_indexes(
    struct sl_mcap_writer *writer, struct sl_buf *offsets, struct sl_error *err)
{
	size_t count = mcap_registry_channel_count(writer->registry);
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < count; i++) {
		uint16_t id = mcap_registry_channel_at(writer->registry, i)->id;
		struct stream *stream = stream_at(writer, i);
		struct sl_mcap_record record = {.opcode = SL_MCAP_MESSAGE_INDEX,
		    .as.message_index.channel_id = id};

		if (stream == NULL || stream->index.len == 0)
			continue;
		record.as.message_index.records = sl_buf_slice(&stream->index);
		status = mcap_put(offsets, 2, id);
		if (status == SL_OK)
			status = mcap_put(offsets, 8, writer->offset);
		if (status == SL_OK)
			status = put_record(writer, &record, err);
		sl_buf_reset(&stream->index);
	}
	return status;
}

static enum sl_status
note_chunk(struct sl_mcap_writer *writer, const struct sl_mcap_chunk *chunk,
    uint64_t offset, struct sl_error *err)
{
	uint64_t end = writer->offset;
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
		status = put_message_indexes(writer, &offsets, err);
	index.as.chunk_index.message_index_length = writer->offset - end;
	index.as.chunk_index.message_index_offsets = sl_buf_slice(&offsets);
	if (status == SL_OK)
		status =
		    too_large(sl_mcap_encode(&writer->chunk_indexes, &index),
		        "summary", err);
	sl_buf_clear(&offsets);
	return status;
}

static enum sl_status
end_chunk(struct sl_mcap_writer *writer, struct sl_error *err)
{
	struct sl_mcap_record record = {.opcode = SL_MCAP_CHUNK,
	    .as.chunk = {.message_start_time = writer->chunk_start_time,
	        .message_end_time = writer->chunk_end_time}};
	uint64_t offset = writer->offset;
	enum sl_status status;

	if (writer->chunk.len == 0)
		return SL_OK;
	status = mcap_pack(writer->packer, sl_buf_slice(&writer->chunk),
	    &record.as.chunk, err);
	if (status == SL_OK)
		status = put_record(writer, &record, err);
	if (status == SL_OK)
		status = note_chunk(writer, &record.as.chunk, offset, err);
	sl_buf_reset(&writer->chunk);
	writer->chunk_has_message = false;
	writer->chunk_start_time = 0;
	writer->chunk_end_time = 0;
	writer->statistics.chunk_count++;
	return status;
}

/* A record that may stand in a chunk. */
static enum sl_status
add_record(struct sl_mcap_writer *writer, const struct sl_mcap_record *record,
    struct sl_error *err)
{
	enum sl_status status;

	if (!has_chunks(writer))
		return put_record(writer, record, err);
	status = sl_mcap_encode(&writer->chunk, record);
	return too_large(status, "chunk", err);
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
	writer->statistics.schema_count++;
	return add_record(writer, &record, err);
}

static enum sl_status
add_stream(struct sl_mcap_writer *writer, uint16_t channel_id)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	enum sl_status status;

	if (stream == NULL)
		return SL_ERR_NOMEM;
	sl_buf_init(&stream->index, SL_MCAP_RECORD_BYTES_MAX);
	status = mcap_ids_put(&writer->streams, channel_id, stream);
	if (status != SL_OK)
		free(stream);
	return status;
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
	status = add_stream(writer, channel->id);
	if (status != SL_OK)
		return status;
	writer->statistics.channel_count++;
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
index_message(struct sl_mcap_writer *writer, struct stream *stream,
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
	struct sl_mcap_statistics *statistics = &writer->statistics;
	struct stream *stream =
	    mcap_ids_get(&writer->streams, message->channel_id);
	struct sl_mcap_record record = {
	    .opcode = SL_MCAP_MESSAGE, .as.message = *message};
	size_t at = writer->chunk.len;
	enum sl_status status;

	if (stream == NULL)
		return sl_error_set(err, SL_ERR_NOT_FOUND,
		    "MCAP: channel %u is not defined", message->channel_id);
	status = add_record(writer, &record, err);
	if (status == SL_OK && has_chunks(writer))
		status = too_large(
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
	index.as.attachment_index.offset = writer->offset;
	if (status == SL_OK)
		status = put_record(writer, &record, err);
	index.as.attachment_index.length =
	    writer->offset - index.as.attachment_index.offset;
	writer->statistics.attachment_count++;
	if (status != SL_OK)
		return status;
	return too_large(sl_mcap_encode(&writer->attachment_indexes, &index),
	    "summary", err);
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
	index.as.metadata_index.offset = writer->offset;
	if (status == SL_OK)
		status = put_record(writer, &record, err);
	index.as.metadata_index.length =
	    writer->offset - index.as.metadata_index.offset;
	writer->statistics.metadata_count++;
	if (status != SL_OK)
		return status;
	return too_large(
	    sl_mcap_encode(&writer->metadata_indexes, &index), "summary", err);
}

/* ---- the end ---- */

static enum sl_status
put_schemas(struct sl_mcap_writer *writer, struct sl_error *err)
{
	size_t count = mcap_registry_schema_count(writer->registry);
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < count; i++) {
		struct sl_mcap_record record = {.opcode = SL_MCAP_SCHEMA,
		    .as.schema = *mcap_registry_schema_at(writer->registry, i)};

		status = put_record(writer, &record, err);
	}
	return status;
}

static enum sl_status
put_channels(struct sl_mcap_writer *writer, struct sl_error *err)
{
	size_t count = mcap_registry_channel_count(writer->registry);
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < count; i++) {
		struct sl_mcap_record record = {.opcode = SL_MCAP_CHANNEL,
		    .as.channel =
		        *mcap_registry_channel_at(writer->registry, i)};

		status = put_record(writer, &record, err);
	}
	return status;
}

static enum sl_status
put_statistics(struct sl_mcap_writer *writer, struct sl_error *err)
{
	size_t count = mcap_registry_channel_count(writer->registry);
	struct sl_mcap_record record = {
	    .opcode = SL_MCAP_STATISTICS, .as.statistics = writer->statistics};
	struct sl_buf counts;
	enum sl_status status = SL_OK;

	sl_buf_init(&counts, 65536 * 10);
	for (size_t i = 0; status == SL_OK && i < count; i++) {
		uint16_t id = mcap_registry_channel_at(writer->registry, i)->id;
		uint64_t messages = stream_at(writer, i)->message_count;

		if (messages == 0)
			continue;
		status = mcap_put(&counts, 2, id);
		if (status == SL_OK)
			status = mcap_put(&counts, 8, messages);
	}
	record.as.statistics.channel_message_counts = sl_buf_slice(&counts);
	if (status == SL_OK)
		status = put_record(writer, &record, err);
	sl_buf_clear(&counts);
	return status;
}

static enum sl_status
put_metadata_indexes(struct sl_mcap_writer *writer, struct sl_error *err)
{
	return put_bytes(writer, sl_buf_slice(&writer->metadata_indexes), err);
}

static enum sl_status
put_attachment_indexes(struct sl_mcap_writer *writer, struct sl_error *err)
{
	return put_bytes(
	    writer, sl_buf_slice(&writer->attachment_indexes), err);
}

static enum sl_status
put_chunk_indexes(struct sl_mcap_writer *writer, struct sl_error *err)
{
	return put_bytes(writer, sl_buf_slice(&writer->chunk_indexes), err);
}

/* The groups of the summary in order; notes where each is. */
static enum sl_status
put_summary(
    struct sl_mcap_writer *writer, struct sl_buf *offsets, struct sl_error *err)
{
	const struct sl_mcap_writer_options *options = &writer->options;
	const struct {
		enum sl_mcap_opcode opcode;
		bool is_left_out;
		enum sl_status (*put)(
		    struct sl_mcap_writer *writer, struct sl_error *err);
	} groups[] = {
	    {SL_MCAP_SCHEMA, options->no_schemas, put_schemas},
	    {SL_MCAP_CHANNEL, options->no_channels, put_channels},
	    {SL_MCAP_STATISTICS, options->no_statistics, put_statistics},
	    {SL_MCAP_METADATA_INDEX, options->no_metadata_index,
	        put_metadata_indexes},
	    {SL_MCAP_ATTACHMENT_INDEX, options->no_attachment_index,
	        put_attachment_indexes},
	    {SL_MCAP_CHUNK_INDEX, options->no_chunk_index, put_chunk_indexes},
	};
	enum sl_status status = SL_OK;

	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		struct sl_mcap_record offset = {
		    .opcode = SL_MCAP_SUMMARY_OFFSET,
		    .as.summary_offset = {
		        .group_opcode = (uint8_t)groups[i].opcode,
		        .group_start = writer->offset}};

		if (groups[i].is_left_out)
			continue;
		status = groups[i].put(writer, err);
		offset.as.summary_offset.group_length =
		    writer->offset - offset.as.summary_offset.group_start;
		if (status == SL_OK &&
		    offset.as.summary_offset.group_length > 0)
			status = sl_mcap_encode(offsets, &offset);
		if (status != SL_OK)
			break;
	}
	return status;
}

/* Its CRC covers its own first fields, too. */
static enum sl_status
put_footer(struct sl_mcap_writer *writer, struct sl_mcap_record *footer,
    struct sl_error *err)
{
	struct sl_buf *out = &writer->out;
	size_t before = out->len;
	enum sl_status status;
	uint32_t crc;

	status = sl_mcap_encode(out, footer);
	if (status != SL_OK)
		return status;
	crc = sl_mcap_crc(writer->crc,
	    sl_slice_of(out->data + before, out->len - before - 4));
	mcap_set(out->data + out->len - 4, 4, crc);
	status = count_out(writer, before, err);
	if (status == SL_OK)
		status = put_bytes(writer,
		    sl_slice_of(SL_MCAP_MAGIC, SL_MCAP_MAGIC_BYTES), err);
	return status == SL_OK ? flush(writer, err) : status;
}

enum sl_status
sl_mcap_writer_finish(struct sl_mcap_writer *writer, struct sl_error *err)
{
	struct sl_mcap_record end = {.opcode = SL_MCAP_DATA_END};
	struct sl_mcap_record footer = {.opcode = SL_MCAP_FOOTER};
	struct sl_buf offsets;
	enum sl_status status;
	uint64_t start;

	status = end_chunk(writer, err);
	end.as.data_end.data_section_crc = writer->crc;
	if (status == SL_OK)
		status = put_record(writer, &end, err);
	if (status != SL_OK)
		return status;
	writer->crc = 0;
	start = writer->offset;
	sl_buf_init(&offsets, 4096);
	status = put_summary(writer, &offsets, err);
	if (writer->offset > start)
		footer.as.footer.summary_start = start;
	if (status == SL_OK && offsets.len > 0 &&
	    !writer->options.no_summary_offsets) {
		footer.as.footer.summary_offset_start = writer->offset;
		status = put_bytes(writer, sl_buf_slice(&offsets), err);
	}
	sl_buf_clear(&offsets);
	return status == SL_OK ? put_footer(writer, &footer, err) : status;
}
