/* Shows what our reader makes of an MCAP file, one line per record, so that
 * another reader's lines can be compared; copies a file with our writer.
 *
 *	mcap_tool stream FILE          schemas, channels, messages, …
 *	mcap_tool index FILE           messages by time
 *	mcap_tool data FILE TOPIC      its messages: time (8 bytes, ours),
 *length (4 bytes), content mcap_tool copy FILE OUT zstd|lz4|plain CHUNK-BYTES
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/checked.h"
#include "sluice/base/hex.h"
#include "sluice/crypto/sha256.h"
#include "sluice/formats/mcap_index.h"
#include "sluice/formats/mcap_reader.h"
#include "sluice/formats/mcap_writer.h"

static void
show_bytes(struct sl_slice bytes)
{
	unsigned char hash[32];
	char hex[65];

	if (sl_sha256_of(hash, bytes) != SL_OK)
		abort();
	sl_hex_encode(hex, hash, sizeof(hash));
	printf(" %zu:%s", bytes.len, hex);
}

static void
show_text(struct sl_slice text)
{
	putchar(' ');
	for (size_t i = 0; i < text.len; i++)
		putchar(text.data[i] == '\n' ? '|' : text.data[i]);
}

static void
show_map(struct sl_slice map)
{
	struct sl_slice key, value;

	while (sl_mcap_map_next(&map, &key, &value)) {
		show_text(key);
		putchar('=');
		show_text(value);
	}
}

static void
show_message(const struct sl_mcap_message *message)
{
	printf("message %u %u %" PRIu64 " %" PRIu64, message->channel_id,
	    message->sequence, message->log_time, message->publish_time);
	show_bytes(message->data);
	putchar('\n');
}

static void
show_attachment(const struct sl_mcap_attachment *attachment)
{
	printf("attachment %" PRIu64 " %" PRIu64, attachment->log_time,
	    attachment->create_time);
	show_text(attachment->name);
	show_text(attachment->media_type);
	show_bytes(attachment->data);
	putchar('\n');
}

static void
show(const struct sl_mcap_record *record)
{
	const struct sl_mcap_schema *schema = &record->as.schema;
	const struct sl_mcap_channel *channel = &record->as.channel;

	if (record->opcode == SL_MCAP_SCHEMA) {
		printf("schema %u", schema->id);
		show_text(schema->name);
		show_text(schema->encoding);
		show_bytes(schema->data);
		putchar('\n');
	} else if (record->opcode == SL_MCAP_CHANNEL) {
		printf("channel %u %u", channel->id, channel->schema_id);
		show_text(channel->topic);
		show_text(channel->message_encoding);
		show_map(channel->metadata);
		putchar('\n');
	} else if (record->opcode == SL_MCAP_MESSAGE) {
		show_message(&record->as.message);
	} else if (record->opcode == SL_MCAP_ATTACHMENT) {
		show_attachment(&record->as.attachment);
	} else if (record->opcode == SL_MCAP_METADATA) {
		printf("metadata");
		show_text(record->as.metadata.name);
		show_map(record->as.metadata.metadata);
		putchar('\n');
	}
}

static enum sl_status
show_stream(int fd, struct sl_error *err)
{
	const struct sl_mcap_record *record;
	struct sl_mcap_reader *reader;
	enum sl_status status;

	status = sl_mcap_reader_new(&reader, fd);
	if (status != SL_OK)
		return status;
	for (;;) {
		status = sl_mcap_reader_next(reader, &record, err);
		if (status != SL_OK || record == NULL)
			break;
		if (!sl_mcap_reader_is_in_summary(reader))
			show(record);
	}
	sl_mcap_reader_free(reader);
	return status;
}

static enum sl_status
show_index(int fd, struct sl_error *err)
{
	const struct sl_mcap_message *message;
	const struct sl_mcap_span all = {0};
	struct sl_mcap_index *index;
	enum sl_status status;

	status = sl_mcap_index_open(&index, fd, err);
	if (status == SL_OK)
		status = sl_mcap_index_begin(index, &all, err);
	while (status == SL_OK) {
		status = sl_mcap_index_next(index, &message, err);
		if (message == NULL)
			break;
		show_message(message);
	}
	sl_mcap_index_free(index);
	return status;
}

static enum sl_status
write_data(int fd, const char *topic, struct sl_error *err)
{
	const struct sl_mcap_message *message;
	const struct sl_mcap_span all = {0};
	struct sl_mcap_index *index;
	enum sl_status status;

	status = sl_mcap_index_open(&index, fd, err);
	if (status == SL_OK)
		status = sl_mcap_index_begin(index, &all, err);
	while (status == SL_OK) {
		uint32_t len;

		status = sl_mcap_index_next(index, &message, err);
		if (message == NULL)
			break;
		if (!sl_slice_is_text(
		        sl_mcap_index_channel(index, message->channel_id)
		            ->topic,
		        topic))
			continue;
		len = (uint32_t)message->data.len;
		fwrite(&message->log_time, 8, 1, stdout);
		fwrite(&len, 4, 1, stdout);
		fwrite(message->data.data, 1, len, stdout);
	}
	sl_mcap_index_free(index);
	return status;
}

static enum sl_status
copy_record(struct sl_mcap_writer *writer, const struct sl_mcap_record *record,
    struct sl_error *err)
{
	if (record->opcode == SL_MCAP_SCHEMA)
		return sl_mcap_writer_schema(writer, &record->as.schema, err);
	if (record->opcode == SL_MCAP_CHANNEL)
		return sl_mcap_writer_channel(writer, &record->as.channel, err);
	if (record->opcode == SL_MCAP_MESSAGE)
		return sl_mcap_writer_message(writer, &record->as.message, err);
	if (record->opcode == SL_MCAP_ATTACHMENT)
		return sl_mcap_writer_attachment(
		    writer, &record->as.attachment, err);
	if (record->opcode == SL_MCAP_METADATA)
		return sl_mcap_writer_metadata(
		    writer, &record->as.metadata, err);
	return SL_OK;
}

static enum sl_status
copy(int fd, int *to, const char *compression, uint64_t chunk_bytes,
    struct sl_error *err)
{
	struct sl_mcap_writer_options options = SL_MCAP_WRITER_DEFAULTS;
	const struct sl_mcap_record *record;
	struct sl_mcap_reader *reader;
	struct sl_mcap_writer *writer;
	enum sl_status status;

	options.sink = sl_mcap_to_fd;
	options.sink_ctx = to;
	options.chunk_bytes = (uint32_t)chunk_bytes;
	options.compression = strcmp(compression, "zstd") == 0 ? SL_MCAP_ZSTD
	    : strcmp(compression, "lz4") == 0                  ? SL_MCAP_LZ4
	                                                       : SL_MCAP_PLAIN;
	status = sl_mcap_reader_new(&reader, fd);
	if (status == SL_OK)
		status = sl_mcap_writer_new(&writer, &options, err);
	if (status != SL_OK)
		return status;
	for (;;) {
		status = sl_mcap_reader_next(reader, &record, err);
		if (status == SL_OK && record != NULL &&
		    !sl_mcap_reader_is_in_summary(reader))
			status = copy_record(writer, record, err);
		if (status != SL_OK || record == NULL)
			break;
	}
	if (status == SL_OK)
		status = sl_mcap_writer_finish(writer, err);
	sl_mcap_writer_free(writer);
	sl_mcap_reader_free(reader);
	return status;
}

int
main(int argc, char **argv)
{
	struct sl_error err = {0};
	enum sl_status status = SL_ERR_INVALID;
	uint64_t chunk_bytes;
	int to;
	int fd;

	if (argc < 3)
		return 2;
	fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		perror(argv[2]);
		return EXIT_FAILURE;
	}
	if (strcmp(argv[1], "stream") == 0) {
		status = show_stream(fd, &err);
	} else if (strcmp(argv[1], "index") == 0) {
		status = show_index(fd, &err);
	} else if (argc == 4 && strcmp(argv[1], "data") == 0) {
		status = write_data(fd, argv[3], &err);
	} else if (argc == 6 && sl_parse_u64(argv[5], 1u << 30, &chunk_bytes)) {
		to = open(
		    argv[3], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		status = copy(fd, &to, argv[4], chunk_bytes, &err);
		close(to);
	}
	close(fd);
	if (status == SL_OK)
		return EXIT_SUCCESS;
	fprintf(stderr, "%s: %s\n", argv[2], err.text);
	return EXIT_FAILURE;
}
