#include "mcap_split.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/base/hex.h"
#include "sluice/catalog/layer.h"
#include "sluice/formats/mcap_writer.h"

#include "mcap_bytes.h"
#include "mcap_feed.h"
#include "mcap_ids.h"
#include "mcap_layers.h"

#define CHUNK_BYTES (1u << 20)
/* Metadata of an episode, kept for layers that begin later. */
#define METADATA_BYTES_MAX (16u << 20)

struct output {
	char layer[SL_LAYER_MAX + 1];
	const struct sl_scan_place *place;
	void *file;
	struct sl_mcap_writer *writer;
	struct sl_scan_file made;
};

/* Where the messages of a channel go that belongs to no layer. */
static struct output left_out;

struct mcap_splitter {
	const struct mcap_feed *feed;
	const struct mcap_layers *layers;
	const struct sl_scan_place *place;
	struct output outputs[SL_LAYERS_MAX];
	size_t output_count;
	struct sl_buf metadata;   /* records as they stand in a file */
	struct mcap_ids channels; /* the struct output of each */
};

enum sl_status
mcap_splitter_new(struct mcap_splitter **out, const struct mcap_feed *feed,
    const struct mcap_layers *layers, const struct sl_scan_place *place)
{
	struct mcap_splitter *splitter = calloc(1, sizeof(*splitter));

	*out = splitter;
	if (splitter == NULL)
		return SL_ERR_NOMEM;
	splitter->feed = feed;
	splitter->layers = layers;
	splitter->place = place;
	sl_buf_init(&splitter->metadata, METADATA_BYTES_MAX);
	return SL_OK;
}

void
mcap_splitter_free(struct mcap_splitter *splitter)
{
	if (splitter == NULL)
		return;
	for (size_t i = 0; i < splitter->output_count; i++) {
		sl_mcap_writer_free(splitter->outputs[i].writer);
		if (splitter->outputs[i].file != NULL)
			splitter->place->drop(splitter->outputs[i].file);
	}
	sl_buf_clear(&splitter->metadata);
	mcap_ids_clear(&splitter->channels);
	free(splitter);
}

/* ---- outputs ---- */

static enum sl_status
write_output(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	const struct output *output = ctx;

	return output->place->write(output->file, bytes, err);
}

/* What stood before the layer's first message. */
static enum sl_status
put_metadata(const struct mcap_splitter *splitter, struct output *output,
    struct sl_error *err)
{
	struct sl_slice all = sl_buf_slice(&splitter->metadata);
	enum sl_status status = SL_OK;

	for (size_t at = 0; status == SL_OK && at < all.len;) {
		size_t len = (size_t)mcap_get(all.data + at + 1, 8);
		struct sl_mcap_record record;

		at += SL_MCAP_HEAD_BYTES;
		status = sl_mcap_decode(&record, SL_MCAP_METADATA,
		    sl_slice_of(all.data + at, len), err);
		if (status == SL_OK)
			status = sl_mcap_writer_metadata(
			    output->writer, &record.as.metadata, err);
		at += len;
	}
	return status;
}

static enum sl_status
open_output(struct mcap_splitter *splitter, const char *layer,
    struct output **out, struct sl_error *err)
{
	struct sl_mcap_writer_options options = SL_MCAP_WRITER_DEFAULTS;
	struct output *output = &splitter->outputs[splitter->output_count];
	enum sl_status status;

	if (splitter->output_count == SL_LAYERS_MAX)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "its channels have more than %d layers; --layer-map can "
		    "put them together",
		    SL_LAYERS_MAX);
	*output = (struct output){.place = splitter->place};
	memcpy(output->layer, layer, sizeof(output->layer));
	splitter->output_count++;
	status =
	    splitter->place->begin(splitter->place->ctx, &output->file, err);
	if (status != SL_OK)
		return status;
	options.sink = write_output;
	options.sink_ctx = output;
	options.compression = SL_MCAP_PLAIN;
	options.chunk_bytes = CHUNK_BYTES;
	status = sl_mcap_writer_new(&output->writer, &options, err);
	*out = output;
	return status == SL_OK ? put_metadata(splitter, output, err) : status;
}

/* *out is NULL for what is left out. */
static enum sl_status
find_output(struct mcap_splitter *splitter, struct sl_slice topic,
    struct sl_slice schema, struct output **out, struct sl_error *err)
{
	char layer[SL_LAYER_MAX + 1];

	*out = NULL;
	mcap_layers_find(splitter->layers, topic, schema, layer);
	if (layer[0] == '\0')
		return SL_OK;
	for (size_t i = 0; i < splitter->output_count; i++) {
		if (strcmp(splitter->outputs[i].layer, layer) == 0) {
			*out = &splitter->outputs[i];
			return SL_OK;
		}
	}
	return open_output(splitter, layer, out, err);
}

/* ---- records ---- */

/* The first message of a channel: define it where it goes, *out. */
static enum sl_status
meet_channel(struct mcap_splitter *splitter, uint16_t id, struct output **out,
    struct sl_error *err)
{
	const struct sl_mcap_channel *channel =
	    mcap_feed_channel(splitter->feed, id);
	const struct sl_mcap_schema *schema =
	    mcap_feed_schema(splitter->feed, channel->schema_id);
	enum sl_status status;

	status = find_output(splitter, channel->topic,
	    schema == NULL ? sl_slice_text("") : schema->name, out, err);
	if (status != SL_OK)
		return status;
	if (*out == NULL)
		*out = &left_out;
	status = mcap_ids_put(&splitter->channels, id, *out);
	if (status != SL_OK || *out == &left_out)
		return status;
	if (schema != NULL)
		status = sl_mcap_writer_schema((*out)->writer, schema, err);
	if (status == SL_OK)
		status = sl_mcap_writer_channel((*out)->writer, channel, err);
	return status;
}

static enum sl_status
on_message(struct mcap_splitter *splitter,
    const struct sl_mcap_message *message, struct sl_error *err)
{
	struct output *output =
	    mcap_ids_get(&splitter->channels, message->channel_id);
	enum sl_status status = SL_OK;

	if (output == NULL)
		status =
		    meet_channel(splitter, message->channel_id, &output, err);
	if (status != SL_OK || output == &left_out)
		return status;
	return sl_mcap_writer_message(output->writer, message, err);
}

static enum sl_status
on_metadata(struct mcap_splitter *splitter, const struct sl_mcap_record *record,
    struct sl_error *err)
{
	enum sl_status status = sl_mcap_encode(&splitter->metadata, record);

	if (status == SL_ERR_LIMIT)
		return sl_error_set(err, status,
		    "more than %u bytes of metadata", METADATA_BYTES_MAX);
	for (size_t i = 0; status == SL_OK && i < splitter->output_count; i++)
		status = sl_mcap_writer_metadata(
		    splitter->outputs[i].writer, &record->as.metadata, err);
	return status;
}

static enum sl_status
on_attachment(struct mcap_splitter *splitter,
    const struct sl_mcap_attachment *attachment, struct sl_error *err)
{
	struct output *output;
	enum sl_status status;

	status = find_output(
	    splitter, attachment->name, attachment->media_type, &output, err);
	if (status != SL_OK || output == NULL)
		return status;
	return sl_mcap_writer_attachment(output->writer, attachment, err);
}

enum sl_status
mcap_splitter_take(struct mcap_splitter *splitter,
    const struct sl_mcap_record *record, struct sl_error *err)
{
	if (record->opcode == SL_MCAP_MESSAGE)
		return on_message(splitter, &record->as.message, err);
	if (record->opcode == SL_MCAP_METADATA)
		return on_metadata(splitter, record, err);
	if (record->opcode == SL_MCAP_ATTACHMENT)
		return on_attachment(splitter, &record->as.attachment, err);
	return SL_OK;
}

/* ---- the end ---- */

static int
compare_outputs(const void *a, const void *b)
{
	const struct output *x = a;
	const struct output *y = b;

	return strcmp(x->layer, y->layer);
}

static enum sl_status
finish_output(struct output *output, struct sl_error *err)
{
	enum sl_status status = sl_mcap_writer_finish(output->writer, err);
	void *file = output->file;

	if (status != SL_OK)
		return status;
	output->file = NULL;
	return output->place->end(file, &output->made, err);
}

enum sl_status
mcap_splitter_finish(
    struct mcap_splitter *splitter, json_t **out, struct sl_error *err)
{
	json_t *list = json_array();
	enum sl_status status = list == NULL ? SL_ERR_NOMEM : SL_OK;

	for (size_t i = 0; status == SL_OK && i < splitter->output_count; i++)
		status = finish_output(&splitter->outputs[i], err);
	/* The writers point to their outputs, but are done. */
	if (splitter->output_count > 1)
		qsort(splitter->outputs, splitter->output_count,
		    sizeof(*splitter->outputs), compare_outputs);
	for (size_t i = 0; status == SL_OK && i < splitter->output_count; i++) {
		const struct output *output = &splitter->outputs[i];
		char hex[65];

		sl_hex_encode(hex, output->made.sha256, 32);
		if (json_array_append_new(list,
		        json_pack("{s:s, s:I, s:s}", "layer", output->layer,
		            "bytes", (json_int_t)output->made.bytes, "sha256",
		            hex)) != 0)
			status = SL_ERR_NOMEM;
	}
	if (status != SL_OK) {
		json_decref(list);
		list = NULL;
	}
	*out = list;
	return status;
}
