/* A layer that came as MCAP: its messages as they are, with its attachments,
 * and metadata that no layer before it had. */
#include <inttypes.h>
#include <stdlib.h>

#include "mcap_episode.h"
#include "sluice/formats/mcap_index.h"

#define IDS 65536

struct layer {
	struct mcap_input input;
	struct sl_mcap_index *index;
	struct sl_mcap_span span;
	const struct sl_mcap_message *next;
	uint64_t given;    /* messages */
	uint16_t ids[IDS]; /* channel there → channel here */
};

static void
free_layer(struct mcap_input *input)
{
	struct layer *layer = (struct layer *)input;

	sl_mcap_index_free(layer->index);
	free(layer);
}

/* Messages may stand where no index leads to: outside of the chunks. */
static enum sl_status
check_count(struct layer *layer)
{
	const struct mcap_input *input = &layer->input;
	struct sl_mcap_record record;
	uint64_t said;

	if (sl_mcap_index_count(layer->index, SL_MCAP_STATISTICS) == 0)
		return SL_OK;
	sl_mcap_index_get(layer->index, SL_MCAP_STATISTICS, 0, &record);
	said = record.as.statistics.message_count;
	if (layer->given == said)
		return SL_OK;
	return mcap_episode_word(input->episode,
	    "episode %u: %s: %" PRIu64 " of its %" PRIu64
	    " messages were found: its index leads to no others",
	    input->episode->from->number, input->file->path, layer->given,
	    said);
}

static enum sl_status
advance(struct layer *layer)
{
	struct mcap_input *input = &layer->input;
	enum sl_status status =
	    sl_mcap_index_next(layer->index, &layer->next, input->episode->err);

	input->is_over = layer->next == NULL;
	if (status != SL_OK)
		return status;
	if (input->is_over)
		return check_count(layer);
	input->time_ns = layer->next->log_time;
	layer->given++;
	return SL_OK;
}

static enum sl_status
define(struct layer *layer, const struct sl_mcap_channel *channel)
{
	struct mcap_episode *episode = layer->input.episode;

	return sl_robot_log_channel(episode->log, &layer->ids[channel->id],
	    channel, sl_mcap_index_schema(layer->index, channel->schema_id),
	    episode->err);
}

static enum sl_status
put(struct mcap_input *input)
{
	struct layer *layer = (struct layer *)input;
	struct sl_mcap_message message = *layer->next;
	enum sl_status status = SL_OK;

	/* A chunk may define what the summary does not. */
	if (layer->ids[message.channel_id] == 0)
		status = define(layer,
		    sl_mcap_index_channel(layer->index, message.channel_id));
	message.channel_id = layer->ids[message.channel_id];
	if (status == SL_OK)
		status = sl_robot_log_message(
		    input->episode->log, &message, input->episode->err);
	return status == SL_OK ? advance(layer) : status;
}

static enum sl_status
define_all(struct layer *layer)
{
	size_t count = sl_mcap_index_count(layer->index, SL_MCAP_CHANNEL);
	struct sl_mcap_record record;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < count; i++) {
		sl_mcap_index_get(layer->index, SL_MCAP_CHANNEL, i, &record);
		status = define(layer, &record.as.channel);
	}
	return status;
}

/* Each layer has all metadata of the episode. */
static enum sl_status
put_metadata(
    struct mcap_episode *episode, const struct sl_mcap_metadata *record)
{
	struct sl_mcap_record whole = {
	    .opcode = SL_MCAP_METADATA, .as.metadata = *record};
	bool is_new = false;
	struct sl_buf bytes;
	enum sl_status status;

	sl_buf_init(&bytes, record->name.len + record->metadata.len + 64);
	status = sl_mcap_encode(&bytes, &whole);
	if (status == SL_OK)
		status =
		    mcap_episode_is_new(episode, sl_buf_slice(&bytes), &is_new);
	sl_buf_clear(&bytes);
	if (status != SL_OK || !is_new)
		return status;
	episode->has_record =
	    episode->has_record || sl_slice_is_text(record->name, "episode");
	return sl_mcap_writer_metadata(
	    sl_robot_log_writer(episode->log), record, episode->err);
}

static enum sl_status
copy_records(struct layer *layer, enum sl_mcap_opcode opcode)
{
	struct mcap_episode *episode = layer->input.episode;
	size_t count = sl_mcap_index_count(layer->index, opcode);
	struct sl_mcap_record pointer;
	struct sl_mcap_record record;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < count; i++) {
		sl_mcap_index_get(layer->index, opcode, i, &pointer);
		status = sl_mcap_index_read(
		    layer->index, &pointer, &record, episode->err);
		if (status == SL_OK && record.opcode == SL_MCAP_ATTACHMENT)
			status = sl_mcap_writer_attachment(
			    sl_robot_log_writer(episode->log),
			    &record.as.attachment, episode->err);
		else if (status == SL_OK)
			status = put_metadata(episode, &record.as.metadata);
	}
	return status;
}

enum sl_status
mcap_layer_open(struct mcap_input **out, struct mcap_episode *episode,
    const struct sl_contents_file *file, int fd)
{
	static const struct mcap_input_kind kind = {put, free_layer};
	struct layer *layer = calloc(1, sizeof(*layer));
	enum sl_status status;

	if (layer == NULL)
		return SL_ERR_NOMEM;
	layer->input = (struct mcap_input){
	    .kind = &kind, .episode = episode, .file = file, .fd = fd};
	status = sl_mcap_index_open(&layer->index, fd, episode->err);
	if (status == SL_OK)
		status = sl_mcap_index_begin(
		    layer->index, &layer->span, episode->err);
	if (status == SL_OK)
		status = advance(layer);
	if (status == SL_OK)
		status = define_all(layer);
	if (status == SL_OK)
		status = copy_records(layer, SL_MCAP_METADATA_INDEX);
	if (status == SL_OK)
		status = copy_records(layer, SL_MCAP_ATTACHMENT_INDEX);
	if (status != SL_OK) {
		free_layer(&layer->input);
		return status;
	}
	*out = &layer->input;
	return SL_OK;
}
