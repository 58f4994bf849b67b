#include "mcap_survey.h"

#include <stdlib.h>

#include "sluice/base/array.h"
#include "sluice/catalog/json.h"
#include "sluice/formats/robot_message.h"

#include "mcap_bytes.h"
#include "mcap_feed.h"
#include "mcap_ids.h"
#include "mcap_layers.h"

/* Of the metadata of one episode: texts and records of them, and bytes. */
#define METADATA_ENTRIES_MAX 10000
#define METADATA_BYTES_MAX   (16u << 20)

struct mcap_surveyor {
	struct mcap_survey *out;
	const struct mcap_feed *feed;
	const struct mcap_layers *layers;
	struct mcap_ids by_id; /* struct mcap_channel_survey */
	/* Channels are kept one by one until all are there. */
	struct mcap_channel_survey **channels;
	size_t channel_count;
	size_t metadata_entries;
	size_t metadata_bytes;
	uint64_t offset; /* of the record */
	struct sl_error *err;
};

/* ---- channels ---- */

static char *
copy_text(struct sl_slice text)
{
	return strndup(text.len == 0 ? "" : (const char *)text.data,
	    (size_t)mcap_width(text));
}

static enum sl_status
add_channel(struct mcap_surveyor *surveyor,
    const struct sl_mcap_channel *channel, struct mcap_channel_survey **out)
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
	return mcap_ids_put(&surveyor->by_id, channel->id, made);
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
note_content(struct mcap_surveyor *surveyor,
    struct mcap_channel_survey *channel, const struct sl_mcap_message *message)
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
on_message(
    struct mcap_surveyor *surveyor, const struct sl_mcap_message *message)
{
	struct mcap_channel_survey *channel =
	    mcap_ids_get(&surveyor->by_id, message->channel_id);
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
count_metadata(struct mcap_surveyor *surveyor, size_t bytes)
{
	if (++surveyor->metadata_entries > METADATA_ENTRIES_MAX)
		return sl_error_set(surveyor->err, SL_ERR_LIMIT,
		    "more than %d entries of metadata", METADATA_ENTRIES_MAX);
	surveyor->metadata_bytes += bytes;
	if (surveyor->metadata_bytes > METADATA_BYTES_MAX)
		return sl_error_set(surveyor->err, SL_ERR_LIMIT,
		    "more than %u bytes of metadata", METADATA_BYTES_MAX);
	return SL_OK;
}

static enum sl_status
set_named(
    json_t *object, struct sl_slice key, json_t *value, struct sl_error *err)
{
	json_t *name;
	enum sl_status status = sl_json_text(&name, key, err);

	if (status == SL_OK &&
	    json_object_set_nocheck(object, json_string_value(name), value) !=
	        0)
		status = SL_ERR_NOMEM;
	json_decref(name);
	return status;
}

static enum sl_status
fill_object(struct mcap_surveyor *surveyor, json_t *object, struct sl_slice map)
{
	enum sl_status status = SL_OK;
	struct sl_slice key;
	struct sl_slice value;

	while (status == SL_OK && sl_mcap_map_next(&map, &key, &value)) {
		json_t *text = NULL;

		status = count_metadata(surveyor, key.len + value.len);
		if (status == SL_OK)
			status = sl_json_text(&text, value, surveyor->err);
		if (status == SL_OK)
			status = set_named(object, key, text, surveyor->err);
		json_decref(text);
	}
	return status;
}

/* Of a file of several episodes only the first marker is kept whole. */
static enum sl_status
on_marker(struct mcap_surveyor *surveyor,
    const struct sl_mcap_metadata *metadata, bool *is_kept)
{
	struct mcap_survey *out = surveyor->out;

	*is_kept = out->marks.count == 0;
	return mcap_marks_add(
	    &out->marks, metadata, surveyor->offset, surveyor->err);
}

static enum sl_status
on_metadata(
    struct mcap_surveyor *surveyor, const struct sl_mcap_metadata *metadata)
{
	bool is_marker = sl_slice_is_text(metadata->name, "episode");
	bool is_kept = is_marker || surveyor->out->marks.count <= 1;
	enum sl_status status = SL_OK;
	json_t *object;

	if (is_marker)
		status = on_marker(surveyor, metadata, &is_kept);
	if (status != SL_OK || !is_kept)
		return status;
	status = count_metadata(surveyor, metadata->name.len);
	if (status != SL_OK)
		return status;
	object = json_object();
	if (object == NULL)
		return SL_ERR_NOMEM;
	status = fill_object(surveyor, object, metadata->metadata);
	if (status == SL_OK && is_marker)
		surveyor->out->marker = json_incref(object);
	else if (status == SL_OK)
		status = set_named(surveyor->out->metadata, metadata->name,
		    object, surveyor->err);
	json_decref(object);
	return status == SL_OK
	    ? SL_OK
	    : sl_error_prefix(surveyor->err, status, "metadata \"%.*s\"",
	          mcap_width(metadata->name),
	          (const char *)metadata->name.data);
}

/* ---- */

/* One array of what was kept one by one. */
static enum sl_status
collect(struct mcap_surveyor *surveyor)
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
	mcap_ids_clear(&surveyor->by_id);
	return status;
}

enum sl_status
mcap_surveyor_new(struct mcap_surveyor **out, struct mcap_survey *survey,
    const struct mcap_feed *feed, const struct mcap_layers *layers)
{
	struct mcap_surveyor *surveyor = calloc(1, sizeof(*surveyor));

	*out = surveyor;
	*survey = (struct mcap_survey){.metadata = json_object()};
	if (surveyor == NULL)
		return SL_ERR_NOMEM;
	surveyor->out = survey;
	surveyor->feed = feed;
	surveyor->layers = layers;
	return survey->metadata == NULL ? SL_ERR_NOMEM : SL_OK;
}

enum sl_status
mcap_surveyor_take(struct mcap_surveyor *surveyor,
    const struct sl_mcap_record *record, uint64_t offset, struct sl_error *err)
{
	surveyor->offset = offset;
	surveyor->err = err;
	if (record->opcode == SL_MCAP_MESSAGE)
		return on_message(surveyor, &record->as.message);
	if (record->opcode == SL_MCAP_METADATA)
		return on_metadata(surveyor, &record->as.metadata);
	return SL_OK;
}

enum sl_status
mcap_surveyor_finish(struct mcap_surveyor *surveyor)
{
	enum sl_status status;

	if (surveyor == NULL)
		return SL_OK;
	status = collect(surveyor);
	free(surveyor);
	return status;
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
	json_decref(survey->metadata);
	json_decref(survey->marker);
	mcap_marks_clear(&survey->marks);
	*survey = (struct mcap_survey){0};
}
