#include "mcap_split.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/formats/mcap_writer.h"

#include "mcap_feed.h"
#include "mcap_layers.h"

#define CHUNK_BYTES (1u << 20)

/* Is the channel one of the layer? */
enum answer {
	ANSWER_UNKNOWN = 0,
	ANSWER_YES,
	ANSWER_NO,
};

struct splitter {
	struct mcap_feed *feed;
	struct sl_mcap_writer *writer;
	const struct mcap_layers *layers;
	const struct mcap_part *part;
	unsigned char answers[65536]; /* enum answer, by channel */
	struct sl_error *err;
};

static bool
is_ours(
    struct splitter *splitter, struct sl_slice topic, struct sl_slice schema)
{
	char layer[SL_LAYER_MAX + 1];

	mcap_layers_find(splitter->layers, topic, schema, layer);
	return strcmp(layer, splitter->part->layer) == 0;
}

/* The first message of a channel: define it, if it is of the layer. */
static enum sl_status
meet_channel(struct splitter *splitter, uint16_t id)
{
	const struct sl_mcap_channel *channel =
	    mcap_feed_channel(splitter->feed, id);
	const struct sl_mcap_schema *schema =
	    mcap_feed_schema(splitter->feed, channel->schema_id);
	enum sl_status status = SL_OK;
	bool ours = is_ours(splitter, channel->topic,
	    schema == NULL ? sl_slice_text("") : schema->name);

	splitter->answers[id] = ours ? ANSWER_YES : ANSWER_NO;
	if (!ours)
		return SL_OK;
	if (schema != NULL)
		status = sl_mcap_writer_schema(
		    splitter->writer, schema, splitter->err);
	if (status == SL_OK)
		status = sl_mcap_writer_channel(
		    splitter->writer, channel, splitter->err);
	return status;
}

static enum sl_status
on_message(struct splitter *splitter, const struct sl_mcap_message *message)
{
	enum sl_status status = SL_OK;

	if (splitter->answers[message->channel_id] == ANSWER_UNKNOWN)
		status = meet_channel(splitter, message->channel_id);
	if (status != SL_OK ||
	    splitter->answers[message->channel_id] == ANSWER_NO)
		return status;
	return sl_mcap_writer_message(splitter->writer, message, splitter->err);
}

static enum sl_status
on_metadata(struct splitter *splitter, const struct sl_mcap_metadata *metadata)
{
	struct sl_slice start;
	char wanted[24];

	/* The markers of the file's other episodes stay behind. */
	snprintf(
	    wanted, sizeof(wanted), "%" PRIu64, splitter->part->start_time);
	if (splitter->part->end_time != 0 &&
	    sl_slice_is_text(metadata->name, "episode") &&
	    (!sl_mcap_map_find(metadata->metadata, "start_ns", &start) ||
	        !sl_slice_is_text(start, wanted)))
		return SL_OK;
	return sl_mcap_writer_metadata(
	    splitter->writer, metadata, splitter->err);
}

static enum sl_status
on_record(struct splitter *splitter, const struct sl_mcap_record *record)
{
	const struct sl_mcap_attachment *attachment = &record->as.attachment;

	if (record->opcode == SL_MCAP_MESSAGE)
		return on_message(splitter, &record->as.message);
	if (record->opcode == SL_MCAP_METADATA)
		return on_metadata(splitter, &record->as.metadata);
	if (record->opcode == SL_MCAP_ATTACHMENT &&
	    is_ours(splitter, attachment->name, attachment->media_type))
		return sl_mcap_writer_attachment(
		    splitter->writer, attachment, splitter->err);
	return SL_OK;
}

static enum sl_status
copy_all(struct splitter *splitter)
{
	const struct sl_mcap_record *record;
	enum sl_status status;

	for (;;) {
		status = mcap_feed_next(splitter->feed, &record, splitter->err);
		if (status != SL_OK || record == NULL)
			return status;
		status = on_record(splitter, record);
		if (status != SL_OK)
			return status;
	}
}

enum sl_status
mcap_split(int fd, int from_fd, const struct mcap_layers *layers,
    const struct mcap_part *part, struct sl_error *err)
{
	struct sl_mcap_writer_options options = SL_MCAP_WRITER_DEFAULTS;
	struct splitter *splitter = calloc(1, sizeof(*splitter));
	enum sl_status status;

	if (splitter == NULL)
		return SL_ERR_NOMEM;
	splitter->layers = layers;
	splitter->part = part;
	splitter->err = err;
	options.sink = sl_mcap_to_fd;
	options.sink_ctx = &fd;
	options.compression = SL_MCAP_PLAIN;
	options.chunk_bytes = CHUNK_BYTES;
	status = mcap_feed_new(
	    &splitter->feed, from_fd, part->start_time, part->end_time, err);
	if (status == SL_OK)
		status = sl_mcap_writer_new(&splitter->writer, &options, err);
	if (status == SL_OK)
		status = copy_all(splitter);
	if (status == SL_OK)
		status = sl_mcap_writer_finish(splitter->writer, err);
	sl_mcap_writer_free(splitter->writer);
	mcap_feed_free(splitter->feed);
	free(splitter);
	return status;
}
