#include "mcap_survey.h"

#include <stdlib.h>

#include "sluice/base/array.h"
#include "sluice/formats/robot_message.h"

#include "mcap_bytes.h"
#include "mcap_feed.h"
#include "mcap_layers.h"

/* Of the metadata of one episode, as texts. */
#define METADATA_ENTRIES_MAX 10000

struct surveyor {
	struct mcap_survey *out;
	struct mcap_feed *feed;
	const struct mcap_layers *layers;
	struct mcap_channel_survey *by_id[65536];
	/* Channels are kept one by one until all are there. */
	struct mcap_channel_survey **channels;
	size_t channel_count;
	size_t metadata_entries;
	struct sl_error *err;
};

static int
compare_layers(const void *a, const void *b)
{
	return strcmp(a, b);
}

static enum sl_status
add_layer(struct mcap_survey *survey, const char *layer)
{
	char(*layers)[SL_LAYER_MAX + 1];

	if (layer[0] == '\0')
		return SL_OK;
	for (size_t i = 0; i < survey->layer_count; i++)
		if (strcmp(survey->layers[i], layer) == 0)
			return SL_OK;
	layers =
	    sl_array_room(survey->layers, survey->layer_count, sizeof(*layers));
	if (layers == NULL)
		return SL_ERR_NOMEM;
	survey->layers = layers;
	memcpy(layers[survey->layer_count], layer, sizeof(*layers));
	survey->layer_count++;
	qsort(layers, survey->layer_count, sizeof(*layers), compare_layers);
	return SL_OK;
}

/* ---- channels ---- */

static char *
copy_text(struct sl_slice text)
{
	return strndup(text.len == 0 ? "" : (const char *)text.data,
	    (size_t)mcap_width(text));
}

static enum sl_status
add_channel(struct surveyor *surveyor, const struct sl_mcap_channel *channel,
    struct mcap_channel_survey **out)
{
	const struct sl_mcap_schema *schema =
	    mcap_feed_schema(surveyor->feed, channel->schema_id);
	struct mcap_channel_survey **channels =
	    sl_array_room(surveyor->channels, surveyor->channel_count,
	        sizeof(struct mcap_channel_survey *));
	struct mcap_channel_survey *made;
	struct sl_slice name = {0};

	if (channels == NULL)
		return SL_ERR_NOMEM;
	surveyor->channels = channels;
	made = calloc(1, sizeof(*made));
	if (made == NULL)
		return SL_ERR_NOMEM;
	channels[surveyor->channel_count++] = made;
	surveyor->by_id[channel->id] = made;
	if (schema != NULL)
		name = schema->name;
	made->id = channel->id;
	made->has_schema = schema != NULL;
	made->topic = copy_text(channel->topic);
	made->schema = copy_text(name);
	mcap_layers_find(surveyor->layers, channel->topic, name, made->layer);
	*out = made;
	if (made->topic == NULL || made->schema == NULL)
		return SL_ERR_NOMEM;
	return add_layer(surveyor->out, made->layer);
}

static void
note_time(struct mcap_channel_survey *channel, uint64_t time)
{
	if (channel->count == 0) {
		channel->first_time = time;
		channel->end_time = time;
	} else if (time < channel->last_time) {
		channel->backwards++;
		if (channel->last_time - time > channel->worst_back)
			channel->worst_back = channel->last_time - time;
	} else if (time - channel->last_time > channel->worst_gap) {
		channel->worst_gap = time - channel->last_time;
	}
	if (time < channel->first_time)
		channel->first_time = time;
	if (time > channel->end_time)
		channel->end_time = time;
	channel->last_time = time;
	channel->count++;
}

static void
note_lag(struct mcap_channel_survey *channel, uint64_t time, int64_t stamp)
{
	int64_t lag;

	/* A sender without a clock says 0. */
	if (time > INT64_MAX || stamp == 0 ||
	    __builtin_sub_overflow((int64_t)time, stamp, &lag))
		return;
	if (!channel->has_lag || lag < channel->lag_min)
		channel->lag_min = lag;
	if (!channel->has_lag || lag > channel->lag_max)
		channel->lag_max = lag;
	channel->has_lag = true;
}

static enum sl_status
note_content(struct surveyor *surveyor, struct mcap_channel_survey *channel,
    const struct sl_mcap_message *message)
{
	const struct sl_mcap_channel *definition =
	    mcap_feed_channel(surveyor->feed, message->channel_id);
	const struct sl_mcap_schema *schema =
	    mcap_feed_schema(surveyor->feed, definition->schema_id);
	struct sl_wire_message wire = {
	    .encoding = definition->message_encoding, .data = message->data};
	struct sl_error why = {0};
	enum sl_status status;
	bool has_stamp;
	int64_t stamp;

	if (schema == NULL)
		return SL_OK;
	wire.schema_name = schema->name;
	status = sl_message_check(&has_stamp, &stamp, &wire, &why);
	if (status == SL_ERR_NOMEM)
		return status;
	if (status == SL_OK && has_stamp)
		note_lag(channel, message->log_time, stamp);
	if (status == SL_OK || channel->unreadable++ > 0)
		return SL_OK;
	channel->why = strdup(why.text);
	return channel->why == NULL ? SL_ERR_NOMEM : SL_OK;
}

static enum sl_status
on_message(struct surveyor *surveyor, const struct sl_mcap_message *message)
{
	struct mcap_channel_survey *channel =
	    surveyor->by_id[message->channel_id];
	struct mcap_survey *out = surveyor->out;
	enum sl_status status = SL_OK;

	if (channel == NULL)
		status = add_channel(surveyor,
		    mcap_feed_channel(surveyor->feed, message->channel_id),
		    &channel);
	if (status != SL_OK)
		return status;
	note_time(channel, message->log_time);
	if (out->message_count == 0 || message->log_time < out->start_time)
		out->start_time = message->log_time;
	if (out->message_count == 0 || message->log_time > out->end_time)
		out->end_time = message->log_time;
	out->message_count++;
	return note_content(surveyor, channel, message);
}

/* ---- metadata and attachments ---- */

static enum sl_status
fill_object(struct surveyor *surveyor, json_t *object, struct sl_slice map)
{
	struct sl_slice key;
	struct sl_slice value;

	while (sl_mcap_map_next(&map, &key, &value)) {
		char *name = strndup(
		    key.len == 0 ? "" : (const char *)key.data, key.len);
		json_t *text =
		    json_stringn((const char *)value.data, value.len);
		int failed;

		if (++surveyor->metadata_entries > METADATA_ENTRIES_MAX) {
			free(name);
			json_decref(text);
			return sl_error_set(surveyor->err, SL_ERR_LIMIT,
			    "more than %d entries of metadata",
			    METADATA_ENTRIES_MAX);
		}
		/* jansson refuses what is not UTF-8. */
		failed = name == NULL || text == NULL ||
		    json_object_set(object, name, text) != 0;
		free(name);
		json_decref(text);
		if (failed)
			return sl_error_set(surveyor->err, SL_ERR_INVALID,
			    "metadata that are not UTF-8");
	}
	return SL_OK;
}

static enum sl_status
on_metadata(struct surveyor *surveyor, const struct sl_mcap_metadata *metadata)
{
	bool is_marker = sl_slice_is_text(metadata->name, "episode");
	json_t *object = json_object();
	char *name = copy_text(metadata->name);
	enum sl_status status;
	int failed;

	if (object == NULL || name == NULL) {
		json_decref(object);
		free(name);
		return SL_ERR_NOMEM;
	}
	status = fill_object(surveyor, object, metadata->metadata);
	failed = is_marker
	    ? json_array_append(surveyor->out->markers, object)
	    : json_object_set(surveyor->out->metadata, name, object);
	if (status == SL_OK && failed != 0)
		status = sl_error_set(surveyor->err, SL_ERR_INVALID,
		    "metadata that are not UTF-8");
	json_decref(object);
	free(name);
	return status;
}

static enum sl_status
on_record(struct surveyor *surveyor, const struct sl_mcap_record *record)
{
	char layer[SL_LAYER_MAX + 1];

	if (record->opcode == SL_MCAP_MESSAGE)
		return on_message(surveyor, &record->as.message);
	if (record->opcode == SL_MCAP_METADATA)
		return on_metadata(surveyor, &record->as.metadata);
	if (record->opcode != SL_MCAP_ATTACHMENT)
		return SL_OK;
	mcap_layers_find(surveyor->layers, record->as.attachment.name,
	    record->as.attachment.media_type, layer);
	return add_layer(surveyor->out, layer);
}

/* ---- */

static enum sl_status
read_all(struct surveyor *surveyor)
{
	const struct sl_mcap_record *record;
	enum sl_status status;

	for (;;) {
		status = mcap_feed_next(surveyor->feed, &record, surveyor->err);
		if (status != SL_OK || record == NULL)
			return status;
		status = on_record(surveyor, record);
		if (status != SL_OK)
			return status;
	}
}

/* One array of what was kept one by one. */
static enum sl_status
collect(struct surveyor *surveyor)
{
	struct mcap_survey *out = surveyor->out;
	enum sl_status status = SL_OK;

	out->channels =
	    calloc(surveyor->channel_count + 1, sizeof(*out->channels));
	if (out->channels == NULL)
		status = SL_ERR_NOMEM;
	for (size_t i = 0; i < surveyor->channel_count; i++) {
		struct mcap_channel_survey *channel = surveyor->channels[i];

		if (out->channels == NULL) {
			free(channel->topic);
			free(channel->schema);
			free(channel->why);
		} else {
			out->channels[out->channel_count++] = *channel;
		}
		free(channel);
	}
	free(surveyor->channels);
	return status;
}

enum sl_status
mcap_survey_make(struct mcap_survey *out, int fd,
    const struct mcap_layers *layers, uint64_t start_time, uint64_t end_time,
    struct sl_error *err)
{
	struct surveyor *surveyor = calloc(1, sizeof(*surveyor));
	enum sl_status status;
	enum sl_status collected;

	*out = (struct mcap_survey){
	    .metadata = json_object(), .markers = json_array()};
	if (surveyor == NULL || out->metadata == NULL || out->markers == NULL) {
		free(surveyor);
		return SL_ERR_NOMEM;
	}
	surveyor->out = out;
	surveyor->layers = layers;
	surveyor->err = err;
	status = mcap_feed_new(&surveyor->feed, fd, start_time, end_time, err);
	if (status == SL_OK)
		status = read_all(surveyor);
	mcap_feed_free(surveyor->feed);
	collected = collect(surveyor);
	free(surveyor);
	return status == SL_OK ? collected : status;
}

void
mcap_survey_clear(struct mcap_survey *survey)
{
	for (size_t i = 0; i < survey->channel_count; i++) {
		free(survey->channels[i].topic);
		free(survey->channels[i].schema);
		free(survey->channels[i].why);
	}
	free(survey->channels);
	free(survey->layers);
	json_decref(survey->metadata);
	json_decref(survey->markers);
	*survey = (struct mcap_survey){0};
}
