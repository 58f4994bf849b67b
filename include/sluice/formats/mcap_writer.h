/* Writes an MCAP file: chunks, message indexes, a summary and CRCs.
 *
 *	struct sl_mcap_writer_options options = SL_MCAP_WRITER_DEFAULTS;
 *
 *	options.sink = sl_mcap_to_fd;
 *	options.sink_ctx = &fd;
 *	sl_mcap_writer_new(&writer, &options, err);
 *	sl_mcap_writer_schema(writer, &(struct sl_mcap_schema){.id = 1, …},
 *err); sl_mcap_writer_channel(writer, &(struct sl_mcap_channel){…}, err);
 *	sl_mcap_writer_message(writer, &(struct sl_mcap_message){…}, err);
 *	sl_mcap_writer_finish(writer, err);
 *
 * What is given is borrowed for the call only.  The same calls give the same
 * bytes (with zstd: of the same libzstd).  After an error only free is
 * allowed.  One thread at a time. */
#ifndef SLUICE_FORMATS_MCAP_WRITER_H
#define SLUICE_FORMATS_MCAP_WRITER_H

#include "sluice/formats/mcap_record.h"

struct sl_mcap_writer;

/* Takes the file's bytes in order. */
typedef enum sl_status sl_mcap_sink_fn(
    void *ctx, struct sl_slice bytes, struct sl_error *err);

/* ctx is an int *, the fd. */
sl_mcap_sink_fn sl_mcap_to_fd;

enum sl_mcap_compression {
	SL_MCAP_PLAIN = 0,
	SL_MCAP_LZ4,
	SL_MCAP_ZSTD,
};

/* Strings are borrowed for the call. */
struct sl_mcap_writer_options {
	sl_mcap_sink_fn *sink;
	void *sink_ctx;
	const char *profile; /* "ros2" or "" */
	const char *library;
	enum sl_mcap_compression compression;
	int level; /* of zstd */
	/* A chunk ends with the message that makes it this large; 0: no chunks,
	 * all records stand in the file as they are. */
	uint32_t chunk_bytes;
	/* What of the summary is left out. */
	bool no_message_index;
	bool no_chunk_index;
	bool no_statistics;
	bool no_schemas;
	bool no_channels;
	bool no_attachment_index;
	bool no_metadata_index;
	bool no_summary_offsets;
};

#define SL_MCAP_WRITER_DEFAULTS                          \
	{                                                \
		.profile = "", .library = "sluice",      \
		.compression = SL_MCAP_ZSTD, .level = 3, \
		.chunk_bytes = 1u << 20,                 \
	}

SL_MUST_CHECK enum sl_status sl_mcap_writer_new(struct sl_mcap_writer **out,
    const struct sl_mcap_writer_options *options, struct sl_error *err);
/* NULL is allowed.  Without finish the file is not whole. */
void sl_mcap_writer_free(struct sl_mcap_writer *writer);

/* Define what a channel or a message then names; the same definition again is
 * nothing, another one of that id SL_ERR_CONFLICT. */
SL_MUST_CHECK enum sl_status sl_mcap_writer_schema(
    struct sl_mcap_writer *writer, const struct sl_mcap_schema *schema,
    struct sl_error *err);
/* SL_ERR_NOT_FOUND: no such schema. */
SL_MUST_CHECK enum sl_status sl_mcap_writer_channel(
    struct sl_mcap_writer *writer, const struct sl_mcap_channel *channel,
    struct sl_error *err);

/* SL_ERR_NOT_FOUND: no such channel. */
SL_MUST_CHECK enum sl_status sl_mcap_writer_message(
    struct sl_mcap_writer *writer, const struct sl_mcap_message *message,
    struct sl_error *err);

/* These end the chunk before them.  The attachment's crc is computed. */
SL_MUST_CHECK enum sl_status sl_mcap_writer_attachment(
    struct sl_mcap_writer *writer, const struct sl_mcap_attachment *attachment,
    struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_mcap_writer_metadata(
    struct sl_mcap_writer *writer, const struct sl_mcap_metadata *metadata,
    struct sl_error *err);

/* The last chunk, the summary and the footer. */
SL_MUST_CHECK enum sl_status sl_mcap_writer_finish(
    struct sl_mcap_writer *writer, struct sl_error *err);

/* Bytes given to the sink so far. */
uint64_t sl_mcap_writer_bytes(const struct sl_mcap_writer *writer);

#endif /* SLUICE_FORMATS_MCAP_WRITER_H */
