/* Any bytes as an MCAP file, read as a stream and by its summary.  What the
 * stream reader accepts is written again by our writer, and then both readers
 * find as many messages with as many bytes in it. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/formats/mcap_index.h"
#include "sluice/formats/mcap_reader.h"
#include "sluice/formats/mcap_writer.h"

struct total {
	uint64_t messages;
	uint64_t bytes;
};

static int
open_bytes(const void *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	FUZZ_ASSERT(fd >= 0);
	FUZZ_ASSERT(sl_file_write_all(fd, data, size, NULL) == SL_OK);
	FUZZ_ASSERT(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void
give(struct sl_mcap_writer *writer, const struct sl_mcap_record *record)
{
	enum sl_status status = SL_OK;

	if (record->opcode == SL_MCAP_SCHEMA)
		status =
		    sl_mcap_writer_schema(writer, &record->as.schema, NULL);
	else if (record->opcode == SL_MCAP_CHANNEL)
		status =
		    sl_mcap_writer_channel(writer, &record->as.channel, NULL);
	else if (record->opcode == SL_MCAP_MESSAGE)
		status =
		    sl_mcap_writer_message(writer, &record->as.message, NULL);
	else if (record->opcode == SL_MCAP_METADATA)
		status =
		    sl_mcap_writer_metadata(writer, &record->as.metadata, NULL);
	else if (record->opcode == SL_MCAP_ATTACHMENT)
		status = sl_mcap_writer_attachment(
		    writer, &record->as.attachment, NULL);
	FUZZ_ASSERT(status == SL_OK);
}

/* `writer` may be NULL. */
static enum sl_status
read_stream(int fd, struct total *total, struct sl_mcap_writer *writer)
{
	const struct sl_mcap_record *record;
	struct sl_mcap_reader *reader;
	struct sl_error err = {0};
	enum sl_status status;

	*total = (struct total){0};
	FUZZ_ASSERT(sl_mcap_reader_new(&reader, fd) == SL_OK);
	for (;;) {
		status = sl_mcap_reader_next(reader, &record, &err);
		if (status != SL_OK || record == NULL)
			break;
		if (record->opcode == SL_MCAP_MESSAGE) {
			total->messages++;
			total->bytes += record->as.message.data.len;
		}
		if (writer != NULL)
			give(writer, record);
	}
	FUZZ_ASSERT(status == SL_OK || err.text[0] != '\0');
	FUZZ_ASSERT(status == SL_OK || status == SL_ERR_INVALID ||
	    status == SL_ERR_INTEGRITY || status == SL_ERR_LIMIT);
	sl_mcap_reader_free(reader);
	return status;
}

static enum sl_status
read_index(int fd, struct total *total)
{
	const struct sl_mcap_span all = {0};
	const struct sl_mcap_message *message;
	struct sl_mcap_index *index;
	enum sl_status status;
	uint64_t last = 0;

	*total = (struct total){0};
	status = sl_mcap_index_open(&index, fd, NULL);
	if (status == SL_OK)
		status = sl_mcap_index_begin(index, &all, NULL);
	while (status == SL_OK) {
		status = sl_mcap_index_next(index, &message, NULL);
		if (message == NULL)
			break;
		FUZZ_ASSERT(message->log_time >= last);
		last = message->log_time;
		total->messages++;
		total->bytes += message->data.len;
	}
	sl_mcap_index_free(index);
	return status;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_mcap_writer_options options = SL_MCAP_WRITER_DEFAULTS;
	int copy = memfd_create("copy", MFD_CLOEXEC);
	int fd = open_bytes(data, size);
	struct sl_mcap_writer *writer;
	struct total first;
	struct total again;

	FUZZ_ASSERT(copy >= 0);
	options.sink = sl_mcap_to_fd;
	options.sink_ctx = &copy;
	options.chunk_bytes = 100;
	options.compression = (enum sl_mcap_compression)(size % 3);
	FUZZ_ASSERT(sl_mcap_writer_new(&writer, &options, NULL) == SL_OK);
	(void)read_index(fd, &first);
	if (read_stream(fd, &first, writer) == SL_OK) {
		FUZZ_ASSERT(sl_mcap_writer_finish(writer, NULL) == SL_OK);
		FUZZ_ASSERT(lseek(copy, 0, SEEK_SET) == 0);
		FUZZ_ASSERT(read_stream(copy, &again, NULL) == SL_OK);
		FUZZ_ASSERT(again.messages == first.messages);
		FUZZ_ASSERT(again.bytes == first.bytes);
		FUZZ_ASSERT(read_index(copy, &again) == SL_OK);
		FUZZ_ASSERT(again.messages == first.messages);
		FUZZ_ASSERT(again.bytes == first.bytes);
	}
	sl_mcap_writer_free(writer);
	close(copy);
	close(fd);
	return 0;
}
