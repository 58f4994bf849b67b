#include "sluice/formats/mcap_reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "mcap_bytes.h"
#include "mcap_input.h"
#include "mcap_registry.h"
#include "mcap_unpack.h"

enum place {
	PLACE_START = 0, /* waits for magic and header */
	PLACE_DATA,      /* before DataEnd */
	PLACE_SUMMARY,   /* behind DataEnd */
	PLACE_OVER,      /* the last record came out, or it failed */
};

struct sl_mcap_reader {
	struct mcap_input input;
	struct mcap_registry *registry;
	struct mcap_unpacker *unpacker;
	enum place place;
	struct sl_mcap_record record;
	uint64_t offset; /* of the record, or of its chunk */
	bool in_summary;
	/* Of the record that is out: its bytes in the window. */
	size_t pending;
	/* CRC of all before the record; behind DataEnd of the summary. */
	uint32_t crc;
	uint64_t summary_start; /* 0: there was no DataEnd */
	struct sl_slice chunk;  /* what is left of the chunk's records */
	size_t chunk_bytes;     /* all of them */
};

enum sl_status
sl_mcap_reader_new(struct sl_mcap_reader **out, int fd)
{
	struct sl_mcap_reader *reader = calloc(1, sizeof(*reader));
	enum sl_status status;

	*out = NULL;
	if (reader == NULL)
		return SL_ERR_NOMEM;
	mcap_input_init(&reader->input, fd);
	status = mcap_registry_new(&reader->registry);
	if (status == SL_OK)
		status = mcap_unpacker_new(&reader->unpacker);
	if (status != SL_OK) {
		sl_mcap_reader_free(reader);
		return status;
	}
	*out = reader;
	return SL_OK;
}

void
sl_mcap_reader_free(struct sl_mcap_reader *reader)
{
	if (reader == NULL)
		return;
	mcap_input_clear(&reader->input);
	mcap_registry_free(reader->registry);
	mcap_unpacker_free(reader->unpacker);
	free(reader);
}

uint64_t
sl_mcap_reader_offset(const struct sl_mcap_reader *reader)
{
	return reader->offset;
}

bool
sl_mcap_reader_is_in_summary(const struct sl_mcap_reader *reader)
{
	return reader->in_summary;
}

const struct sl_mcap_schema *
sl_mcap_reader_schema(const struct sl_mcap_reader *reader, uint16_t id)
{
	return mcap_registry_schema(reader->registry, id);
}

const struct sl_mcap_channel *
sl_mcap_reader_channel(const struct sl_mcap_reader *reader, uint16_t id)
{
	return mcap_registry_channel(reader->registry, id);
}

/* Bytes at the window's start, `len` of them. */
static struct sl_slice
window(const struct sl_mcap_reader *reader, size_t at, size_t len)
{
	return sl_slice_of(reader->input.data + reader->input.start + at, len);
}

static enum sl_status
need(struct sl_mcap_reader *reader, size_t len, const char *what,
    struct sl_error *err)
{
	enum sl_status status;

	status = mcap_input_fill(&reader->input, len, err);
	if (status == SL_OK && mcap_input_have(&reader->input) < len)
		return sl_error_code(err, SL_ERR_INVALID, "cut_short",
		    "the file ends inside %s: %zu bytes are needed, %zu are "
		    "there",
		    what, len, mcap_input_have(&reader->input));
	return status;
}

/* Let go of the bytes of the record that was out. */
static void
settle(struct sl_mcap_reader *reader)
{
	if (reader->pending == 0)
		return;
	reader->crc =
	    sl_mcap_crc(reader->crc, window(reader, 0, reader->pending));
	mcap_input_use(&reader->input, reader->pending);
	reader->pending = 0;
}

static enum sl_status
read_magic(struct sl_mcap_reader *reader, struct sl_error *err)
{
	enum sl_status status;

	status = need(reader, SL_MCAP_MAGIC_BYTES, "the magic bytes", err);
	if (status != SL_OK)
		return status;
	if (memcmp(window(reader, 0, SL_MCAP_MAGIC_BYTES).data, SL_MCAP_MAGIC,
	        SL_MCAP_MAGIC_BYTES) != 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "these are not the magic bytes of MCAP version 0");
	reader->pending = SL_MCAP_MAGIC_BYTES;
	settle(reader);
	return SL_OK;
}

static enum sl_status
check_place(struct sl_mcap_reader *reader, unsigned opcode, unsigned places,
    struct sl_error *err)
{
	bool is_first = reader->place == PLACE_START;

	if (is_first != (opcode == SL_MCAP_HEADER))
		return sl_error_set(err, SL_ERR_INVALID,
		    is_first ? "the first record is no Header"
		             : "a second Header");
	if ((sl_mcap_layout_of(opcode)->places & places) == 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "a %s may not stand in the %s",
		    sl_mcap_layout_of(opcode)->name,
		    places == SL_MCAP_IN_CHUNK      ? "chunk"
		        : places == SL_MCAP_IN_DATA ? "data section"
		                                    : "summary");
	return SL_OK;
}

/* What a record means for those that come. */
static enum sl_status
learn(struct sl_mcap_reader *reader, struct sl_error *err)
{
	const struct sl_mcap_record *record = &reader->record;
	enum sl_status status = SL_OK;
	bool is_new;

	if (record->opcode == SL_MCAP_MESSAGE) {
		if (mcap_registry_channel(reader->registry,
		        record->as.message.channel_id) == NULL)
			return sl_error_set(err, SL_ERR_INVALID,
			    "a message of channel %u, which is not there",
			    record->as.message.channel_id);
	} else if (record->opcode == SL_MCAP_SCHEMA) {
		status = mcap_registry_add_schema(
		    reader->registry, &record->as.schema, &is_new, err);
	} else if (record->opcode == SL_MCAP_CHANNEL) {
		status = mcap_registry_add_channel(
		    reader->registry, &record->as.channel, &is_new, err);
	}
	return status == SL_ERR_CONFLICT || status == SL_ERR_NOT_FOUND
	    ? SL_ERR_INVALID
	    : status;
}

/* ---- records in a chunk ---- */

static enum sl_status
next_in_chunk(struct sl_mcap_reader *reader, bool *is_out, struct sl_error *err)
{
	struct sl_slice *rest = &reader->chunk;
	enum sl_status status;
	uint64_t len;
	unsigned opcode;

	if (rest->len < SL_MCAP_HEAD_BYTES)
		return sl_error_set(
		    err, SL_ERR_INVALID, "the chunk ends inside a record");
	opcode = rest->data[0];
	len = mcap_get(rest->data + 1, 8);
	if (len > rest->len - SL_MCAP_HEAD_BYTES)
		return sl_error_set(err, SL_ERR_INVALID,
		    "a record of %llu bytes, %zu are left of the chunk",
		    (unsigned long long)len, rest->len - SL_MCAP_HEAD_BYTES);
	if (opcode == 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "0 is no record's opcode");
	*is_out = sl_mcap_layout_of(opcode) != NULL;
	if (*is_out) {
		status = check_place(reader, opcode, SL_MCAP_IN_CHUNK, err);
		if (status == SL_OK)
			status = sl_mcap_decode(&reader->record,
			    (enum sl_mcap_opcode)opcode,
			    sl_slice_of(
			        rest->data + SL_MCAP_HEAD_BYTES, (size_t)len),
			    err);
		if (status == SL_OK)
			status = learn(reader, err);
		if (status != SL_OK)
			return status;
	}
	len += SL_MCAP_HEAD_BYTES;
	*rest = sl_slice_of(rest->data + len, rest->len - (size_t)len);
	return SL_OK;
}

/* ---- records in the file ---- */

static enum sl_status
on_data_end(struct sl_mcap_reader *reader, struct sl_error *err)
{
	uint32_t crc = reader->record.as.data_end.data_section_crc;

	if (crc != 0 && crc != reader->crc)
		return sl_error_set(err, SL_ERR_INTEGRITY,
		    "the CRC of the data section is %u, DataEnd says %u",
		    reader->crc, crc);
	return SL_OK;
}

/* The summary begins; its CRC does not have DataEnd in it. */
static void
enter_summary(struct sl_mcap_reader *reader)
{
	settle(reader);
	reader->place = PLACE_SUMMARY;
	reader->crc = 0;
	reader->summary_start = reader->input.offset;
}

static enum sl_status
check_summary_crc(struct sl_mcap_reader *reader, struct sl_error *err)
{
	const struct sl_mcap_footer *footer = &reader->record.as.footer;
	/* "up to and including summary_offset_start" */
	struct sl_slice head = window(reader, 0, SL_MCAP_HEAD_BYTES + 8 + 8);
	uint32_t crc = footer->summary_start == 0 ? 0 : reader->crc;

	/* Some old writers gave no DataEnd, and no CRC either.  Without it
	 * where the summary begins is unknown. */
	if (reader->summary_start == 0 && footer->summary_crc != 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "no DataEnd before the Footer, which has a CRC");
	if (reader->summary_start == 0)
		return SL_OK;
	if (footer->summary_start != 0 &&
	    footer->summary_start != reader->summary_start)
		return sl_error_set(err, SL_ERR_INVALID,
		    "the Footer says the summary is at %llu, the data ends at "
		    "%llu",
		    (unsigned long long)footer->summary_start,
		    (unsigned long long)reader->summary_start);
	crc = sl_mcap_crc(crc, head);
	if (footer->summary_crc != 0 && footer->summary_crc != crc)
		return sl_error_set(err, SL_ERR_INTEGRITY,
		    "the CRC of the summary is %u, the Footer says %u", crc,
		    footer->summary_crc);
	return SL_OK;
}

static enum sl_status
on_footer(struct sl_mcap_reader *reader, struct sl_error *err)
{
	size_t len = reader->pending;
	enum sl_status status;

	status = check_summary_crc(reader, err);
	if (status == SL_OK)
		status = need(reader, len + SL_MCAP_MAGIC_BYTES,
		    "the magic bytes at its end", err);
	if (status != SL_OK)
		return status;
	if (memcmp(window(reader, len, SL_MCAP_MAGIC_BYTES).data, SL_MCAP_MAGIC,
	        SL_MCAP_MAGIC_BYTES) != 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "no magic bytes behind the Footer");
	status =
	    mcap_input_fill(&reader->input, len + SL_MCAP_MAGIC_BYTES + 1, err);
	if (status == SL_OK &&
	    mcap_input_have(&reader->input) > len + SL_MCAP_MAGIC_BYTES)
		return sl_error_set(err, SL_ERR_INVALID,
		    "more bytes behind the end of the file");
	reader->place = PLACE_OVER;
	return status;
}

static enum sl_status
on_chunk(struct sl_mcap_reader *reader, struct sl_error *err)
{
	enum sl_status status;

	status = mcap_unpack(
	    reader->unpacker, &reader->record.as.chunk, &reader->chunk, err);
	reader->chunk_bytes = reader->chunk.len;
	return status;
}

/* A known record, whose content is in the window. */
static enum sl_status
take_record(struct sl_mcap_reader *reader, unsigned opcode,
    struct sl_slice content, struct sl_error *err)
{
	enum sl_status status;

	status = check_place(reader, opcode,
	    reader->place == PLACE_SUMMARY ? SL_MCAP_IN_SUMMARY
	                                   : SL_MCAP_IN_DATA,
	    err);
	/* Without DataEnd the summary is seen by what stands in it. */
	if (status != SL_OK && reader->place == PLACE_DATA &&
	    (sl_mcap_layout_of(opcode)->places & SL_MCAP_IN_SUMMARY) != 0) {
		status = sl_error_clear(err);
		reader->place = PLACE_SUMMARY;
	}
	if (status == SL_OK)
		status = sl_mcap_decode(
		    &reader->record, (enum sl_mcap_opcode)opcode, content, err);
	if (status == SL_OK)
		status = learn(reader, err);
	if (status != SL_OK)
		return status;
	if (opcode == SL_MCAP_HEADER)
		reader->place = PLACE_DATA;
	if (opcode == SL_MCAP_CHUNK)
		return on_chunk(reader, err);
	if (opcode == SL_MCAP_DATA_END)
		return on_data_end(reader, err);
	if (opcode == SL_MCAP_FOOTER)
		return on_footer(reader, err);
	if (opcode == SL_MCAP_ATTACHMENT &&
	    !sl_mcap_attachment_is_whole(
	        &reader->record.as.attachment, content))
		return sl_error_set(err, SL_ERR_INTEGRITY,
		    "the CRC of the attachment %.*s is wrong",
		    mcap_width(reader->record.as.attachment.name),
		    (const char *)reader->record.as.attachment.name.data);
	return SL_OK;
}

static enum sl_status
next_in_file(struct sl_mcap_reader *reader, bool *is_out, struct sl_error *err)
{
	enum sl_status status;
	char what[48];
	uint64_t len;
	unsigned opcode;

	reader->offset = reader->input.offset;
	status = need(reader, SL_MCAP_HEAD_BYTES, "the head of a record", err);
	if (status != SL_OK)
		return status;
	opcode = window(reader, 0, 1).data[0];
	len = mcap_get(window(reader, 1, 8).data, 8);
	if (opcode == 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "0 is no record's opcode");
	if (len > SL_MCAP_RECORD_BYTES_MAX)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "a record of %llu bytes, more than %u",
		    (unsigned long long)len, SL_MCAP_RECORD_BYTES_MAX);
	*is_out = sl_mcap_layout_of(opcode) != NULL;
	snprintf(what, sizeof(what), "a record (%s)",
	    *is_out ? sl_mcap_layout_of(opcode)->name : "unknown");
	status = need(reader, SL_MCAP_HEAD_BYTES + (size_t)len, what, err);
	if (status != SL_OK)
		return status;
	reader->pending = SL_MCAP_HEAD_BYTES + (size_t)len;
	if (!*is_out)
		return SL_OK;
	reader->in_summary = reader->place == PLACE_SUMMARY;
	status = take_record(reader, opcode,
	    window(reader, SL_MCAP_HEAD_BYTES, (size_t)len), err);
	if (opcode == SL_MCAP_CHUNK)
		*is_out = false;
	return status;
}

static enum sl_status
next_record(struct sl_mcap_reader *reader, bool *is_out, struct sl_error *err)
{
	enum sl_status status;
	size_t at;

	if (reader->chunk.len > 0) {
		at = reader->chunk_bytes - reader->chunk.len;
		status = next_in_chunk(reader, is_out, err);
		if (status != SL_OK)
			return sl_error_prefix(
			    err, status, "at %zu of its records", at);
		return SL_OK;
	}
	if (reader->place == PLACE_DATA &&
	    reader->record.opcode == SL_MCAP_DATA_END)
		enter_summary(reader);
	settle(reader);
	if (reader->place == PLACE_START && reader->input.offset == 0) {
		status = read_magic(reader, err);
		if (status != SL_OK)
			return status;
	}
	return next_in_file(reader, is_out, err);
}

enum sl_status
sl_mcap_reader_next(struct sl_mcap_reader *reader,
    const struct sl_mcap_record **out, struct sl_error *err)
{
	bool is_out = false;
	enum sl_status status = SL_OK;

	*out = NULL;
	if (reader->place == PLACE_OVER)
		return SL_OK;
	while (status == SL_OK && !is_out)
		status = next_record(reader, &is_out, err);
	if (status != SL_OK) {
		reader->place = PLACE_OVER;
		return sl_error_prefix(err, status, "offset %llu",
		    (unsigned long long)reader->offset);
	}
	*out = &reader->record;
	return SL_OK;
}
