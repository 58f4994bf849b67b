#include "mcap_summary.h"

#include "sluice/formats/mcap_reader.h"

#include "mcap_bytes.h"

/* Indexes of all chunks, of all attachments, of all metadata. */
#define INDEX_BYTES_MAX SL_MCAP_RECORD_BYTES_MAX

/* The end of a file and what it is made of. */
struct tail {
	const struct mcap_summary *summary;
	const struct mcap_registry *registry;
	const struct sl_mcap_writer_options *options;
	struct mcap_output *output;
};

void
mcap_summary_init(struct mcap_summary *summary)
{
	sl_buf_init(&summary->chunks, INDEX_BYTES_MAX);
	sl_buf_init(&summary->attachments, INDEX_BYTES_MAX);
	sl_buf_init(&summary->metadata, INDEX_BYTES_MAX);
}

void
mcap_summary_clear(struct mcap_summary *summary)
{
	sl_buf_clear(&summary->chunks);
	sl_buf_clear(&summary->attachments);
	sl_buf_clear(&summary->metadata);
}

enum sl_status
mcap_summary_note(struct mcap_summary *summary,
    const struct sl_mcap_record *index, struct sl_error *err)
{
	struct sl_buf *into = &summary->metadata;

	if (index->opcode == SL_MCAP_CHUNK_INDEX)
		into = &summary->chunks;
	else if (index->opcode == SL_MCAP_ATTACHMENT_INDEX)
		into = &summary->attachments;
	return mcap_too_large(sl_mcap_encode(into, index), "summary", err);
}

static enum sl_status
put_schemas(const struct tail *tail, struct sl_error *err)
{
	size_t count = mcap_registry_schema_count(tail->registry);
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < count; i++) {
		struct sl_mcap_record record = {.opcode = SL_MCAP_SCHEMA,
		    .as.schema = *mcap_registry_schema_at(tail->registry, i)};

		status = mcap_output_record(tail->output, &record, err);
	}
	return status;
}

static enum sl_status
put_channels(const struct tail *tail, struct sl_error *err)
{
	size_t count = mcap_registry_channel_count(tail->registry);
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < count; i++) {
		struct sl_mcap_record record = {.opcode = SL_MCAP_CHANNEL,
		    .as.channel = *mcap_registry_channel_at(tail->registry, i)};

		status = mcap_output_record(tail->output, &record, err);
	}
	return status;
}

static enum sl_status
put_statistics(const struct tail *tail, struct sl_error *err)
{
	const struct sl_mcap_record record = {.opcode = SL_MCAP_STATISTICS,
	    .as.statistics = tail->summary->statistics};

	return mcap_output_record(tail->output, &record, err);
}

static enum sl_status
put_metadata_indexes(const struct tail *tail, struct sl_error *err)
{
	return mcap_output_bytes(
	    tail->output, sl_buf_slice(&tail->summary->metadata), err);
}

static enum sl_status
put_attachment_indexes(const struct tail *tail, struct sl_error *err)
{
	return mcap_output_bytes(
	    tail->output, sl_buf_slice(&tail->summary->attachments), err);
}

static enum sl_status
put_chunk_indexes(const struct tail *tail, struct sl_error *err)
{
	return mcap_output_bytes(
	    tail->output, sl_buf_slice(&tail->summary->chunks), err);
}

/* The groups of the summary in order; notes where each is. */
static enum sl_status
put_summary(
    const struct tail *tail, struct sl_buf *offsets, struct sl_error *err)
{
	const struct sl_mcap_writer_options *options = tail->options;
	const struct {
		enum sl_mcap_opcode opcode;
		bool is_left_out;
		enum sl_status (*put)(
		    const struct tail *tail, struct sl_error *err);
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
		        .group_start = tail->output->offset}};

		if (groups[i].is_left_out)
			continue;
		status = groups[i].put(tail, err);
		offset.as.summary_offset.group_length =
		    tail->output->offset - offset.as.summary_offset.group_start;
		if (status == SL_OK &&
		    offset.as.summary_offset.group_length > 0)
			status = sl_mcap_encode(offsets, &offset);
		if (status != SL_OK)
			break;
	}
	return status;
}

/* The summary and its offsets; the footer says where they are. */
static enum sl_status
put_all(const struct tail *tail, struct sl_mcap_footer *footer,
    struct sl_error *err)
{
	uint64_t start = tail->output->offset;
	struct sl_buf offsets;
	enum sl_status status;

	sl_buf_init(&offsets, 4096);
	status = put_summary(tail, &offsets, err);
	if (tail->output->offset > start)
		footer->summary_start = start;
	if (status == SL_OK && offsets.len > 0 &&
	    !tail->options->no_summary_offsets) {
		footer->summary_offset_start = tail->output->offset;
		status = mcap_output_bytes(
		    tail->output, sl_buf_slice(&offsets), err);
	}
	sl_buf_clear(&offsets);
	return status;
}

enum sl_status
mcap_summary_write(const struct mcap_summary *summary,
    const struct mcap_registry *registry,
    const struct sl_mcap_writer_options *options, struct mcap_output *output,
    struct sl_error *err)
{
	const struct tail tail = {summary, registry, options, output};
	struct sl_mcap_record end = {.opcode = SL_MCAP_DATA_END,
	    .as.data_end.data_section_crc = output->crc};
	struct sl_mcap_record footer = {.opcode = SL_MCAP_FOOTER};
	enum sl_status status;

	status = mcap_output_record(output, &end, err);
	if (status != SL_OK)
		return status;
	output->crc = 0;
	status = put_all(&tail, &footer.as.footer, err);
	return status == SL_OK ? mcap_output_end(output, &footer, err) : status;
}
