#include "mcap_episode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sluice/base/clock.h"
#include "sluice/catalog/json.h"

/* Findings of one episode, and of all, that are written out. */
#define FINDINGS_MAX      8
#define FINDINGS_ALL_MAX  100
#define METADATA_TEXT_MAX (1u << 20)
/* Earlier log times count from the machine's start, not from 1970. */
#define YEAR_2000_NS UINT64_C(946684800000000000)

/* What metadata records of many recorders call a facet; the first that is
 * there counts. */
static const struct {
	const char *key;
	enum sl_facet facet;
} facet_keys[] = {
    {"task", SL_FACET_TASK},
    {"task_name", SL_FACET_TASK},
    {"task_id", SL_FACET_TASK},
    {"instruction", SL_FACET_TASK},
    {"language_instruction", SL_FACET_TASK},
    {"success", SL_FACET_SUCCESS},
    {"outcome", SL_FACET_SUCCESS},
    {"failure_mode", SL_FACET_FAILURE_MODE},
    {"failure", SL_FACET_FAILURE_MODE},
    {"source", SL_FACET_SOURCE},
    {"site", SL_FACET_SITE},
    {"site_id", SL_FACET_SITE},
    {"robot", SL_FACET_ROBOT},
    {"robot_type", SL_FACET_ROBOT},
    {"embodiment", SL_FACET_ROBOT},
    {"recorded", SL_FACET_RECORDED},
    {"recorded_at", SL_FACET_RECORDED},
};

/* ---- the key ---- */

static bool
key_is_good(const char *key)
{
	size_t len = strlen(key);

	if (len == 0 || len > MCAP_KEY_MAX || key[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)key[i] < ' ' || key[i] == 127 ||
		    key[i] == '/')
			return false;
	}
	return true;
}

enum sl_status
mcap_episode_key(char out[MCAP_KEY_MAX + 1], const struct mcap_place_of *place,
    struct sl_error *err)
{
	const char *key =
	    json_string_value(json_object_get(place->marker, "key"));
	size_t len = strlen(place->path);

	if (key == NULL)
		key = json_string_value(
		    json_object_get(place->marker, "episode_id"));
	if (key != NULL && !key_is_good(key))
		return sl_error_set(err, SL_ERR_INVALID,
		    "%s: \"%.80s\" cannot be an episode's key", place->path,
		    key);
	if (key != NULL) {
		snprintf(out, MCAP_KEY_MAX + 1, "%s", key);
		return SL_OK;
	}
	if (len <= 5 || len - 5 > MCAP_KEY_MAX)
		return sl_error_set(err, SL_ERR_INVALID,
		    "%s: no episode's key can be made of the name",
		    place->path);
	snprintf(out, MCAP_KEY_MAX + 1, "%.*s", (int)len - 5, place->path);
	for (size_t i = 0; out[i] != '\0'; i++)
		if (out[i] == '/')
			out[i] = '-';
	return SL_OK;
}

enum sl_status
mcap_episode_refuse(struct sl_source *source, const char *key, const char *path,
    const char *why, struct sl_error *err)
{
	struct sl_source_episode *episode;
	enum sl_status status;

	status = source_add_episode(source, key, &episode, err);
	if (status != SL_OK)
		return status;
	if (asprintf(&episode->defect, "%s: %s", path, why) < 0) {
		episode->defect = NULL;
		return SL_ERR_NOMEM;
	}
	return SL_OK;
}

/* ---- facets ---- */

static bool
set_facet(struct sl_facets *facets, enum sl_facet facet, const char *value)
{
	struct sl_slice text = sl_slice_text(value);

	if (facet == SL_FACET_SUCCESS &&
	    (strcasecmp(value, "success") == 0 ||
	        strcasecmp(value, "true") == 0))
		text = sl_slice_text("true");
	else if (facet == SL_FACET_SUCCESS &&
	    (strcasecmp(value, "failure") == 0 ||
	        strcasecmp(value, "false") == 0))
		text = sl_slice_text("false");
	if (facet == SL_FACET_SUCCESS || facet == SL_FACET_RECORDED)
		return sl_facets_set(facets, facet, text, NULL) == SL_OK;
	return sl_slug_make(facets->value[facet], text);
}

/* From one record of metadata; what is there already stays. */
static void
take_facets(struct sl_facets *facets, const json_t *record)
{
	for (size_t i = 0; i < sizeof(facet_keys) / sizeof(*facet_keys); i++) {
		const char *value = json_string_value(
		    json_object_get(record, facet_keys[i].key));
		enum sl_facet facet = facet_keys[i].facet;

		if (value != NULL && facets->value[facet][0] == '\0' &&
		    !set_facet(facets, facet, value))
			facets->value[facet][0] = '\0';
	}
}

static void
set_times(struct sl_facets *facets, const struct mcap_survey *survey)
{
	uint64_t duration_ms =
	    (survey->end_time - survey->start_time) / 1000000;
	char text[SL_TIME_TEXT_MAX];

	if (duration_ms <= SL_DURATION_MS_MAX)
		facets->duration_ms = (uint32_t)duration_ms;
	if (facets->value[SL_FACET_RECORDED][0] != '\0' ||
	    survey->start_time < YEAR_2000_NS || survey->start_time > INT64_MAX)
		return;
	sl_time_format(text, (int64_t)(survey->start_time / 1000));
	if (sl_facets_set(
	        facets, SL_FACET_RECORDED, sl_slice_text(text), NULL) != SL_OK)
		facets->value[SL_FACET_RECORDED][0] = '\0';
}

/* ---- metadata ---- */

/* The marker's "metadata": a JSON object, as episode.schema.json has it. */
static enum sl_status
take_document(json_t *metadata, const char *text, struct sl_error *err)
{
	json_t *document;
	enum sl_status status;

	status = sl_json_parse(
	    &document, sl_slice_text(text), METADATA_TEXT_MAX, err);
	if (status != SL_OK)
		return status;
	if (!json_is_object(document))
		status = sl_error_set(err, SL_ERR_INVALID, "no JSON object");
	else if (json_object_update(metadata, document) != 0)
		status = SL_ERR_NOMEM;
	json_decref(document);
	return status;
}

static json_t *
describe_channels(const struct mcap_survey *survey)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < survey->channel_count; i++) {
		const struct mcap_channel_survey *channel =
		    &survey->channels[i];
		double seconds =
		    (double)(channel->end_time - channel->first_time) / 1e9;
		json_t *entry = json_pack("{s:s, s:s, s:s, s:I}", "topic",
		    channel->topic, "schema", channel->schema, "layer",
		    channel->layer, "messages", (json_int_t)channel->count);

		/* NULL: a topic that is not UTF-8. */
		if (entry == NULL)
			continue;
		if (channel->count > 1 && seconds > 0)
			(void)json_object_set_new(entry, "rate_hz",
			    json_real((double)(channel->count - 1) / seconds));
		if (json_array_append_new(array, entry) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* A document of the schema is the metadata; without one they are what the
 * file's records say. */
static enum sl_status
set_metadata(struct sl_source_episode *episode,
    const struct mcap_place_of *place, const struct mcap_survey *survey,
    struct sl_error *err)
{
	const char *document =
	    json_string_value(json_object_get(place->marker, "metadata"));

	if (document != NULL)
		return take_document(episode->metadata, document, err);
	if (place->marker != NULL &&
	    json_object_set(episode->metadata, "episode",
	        (json_t *)(uintptr_t)place->marker) != 0)
		return SL_ERR_NOMEM;
	if (json_object_size(survey->metadata) > 0 &&
	    json_object_set(episode->metadata, "records", survey->metadata) !=
	        0)
		return SL_ERR_NOMEM;
	return json_object_set_new(episode->metadata, "channels",
	           describe_channels(survey)) == 0
	    ? SL_OK
	    : SL_ERR_NOMEM;
}

/* ---- files and findings ---- */

static enum sl_status
add_layer(struct sl_source_episode *episode, const struct mcap_place_of *place,
    const char *layer, struct sl_error *err)
{
	enum sl_status status;
	char *path;

	if (asprintf(&path, "episodes/%s/%s.mcap", episode->key, layer) < 0)
		return SL_ERR_NOMEM;
	status = source_add_file(episode, layer, path, err);
	free(path);
	if (status != SL_OK)
		return status;
	return source_set_part(episode, SL_SOURCE_LAYER, place->path,
	    place->start_time, place->end_time);
}

static enum sl_status
warn_findings(
    struct sl_source *source, const char *key, const struct mcap_survey *survey)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < FINDINGS_MAX &&
	     source->warning_count < FINDINGS_ALL_MAX;
	     i++) {
		char *finding;

		status = mcap_survey_finding(survey, i, &finding);
		if (status != SL_OK || finding == NULL)
			return status;
		status = source_warn(source, "episode %s: %s", key, finding);
		free(finding);
	}
	if (status == SL_OK && source->warning_count == FINDINGS_ALL_MAX)
		status = source_warn(source, "what else is odd is left unsaid");
	return status;
}

enum sl_status
mcap_episode_add(struct sl_source *source, const char *key,
    const struct mcap_place_of *place, const struct mcap_survey *survey,
    struct sl_error *err)
{
	struct sl_source_episode *episode;
	struct sl_error why = {0};
	enum sl_status status;
	const char *name;
	json_t *record;

	if (survey->message_count == 0)
		return mcap_episode_refuse(
		    source, key, place->path, "it has no messages", err);
	status = source_add_episode(source, key, &episode, err);
	if (status != SL_OK)
		return status;
	status = set_metadata(episode, place, survey, &why);
	if (status != SL_OK && status != SL_ERR_NOMEM) {
		if (asprintf(&episode->defect,
		        "%s: metadata of the episode: %s", place->path,
		        why.text) >= 0)
			return SL_OK;
		episode->defect = NULL;
		status = SL_ERR_NOMEM;
	}
	/* What a document of the schema says comes from there, later. */
	if (json_object_get(place->marker, "metadata") == NULL) {
		take_facets(&episode->facets, place->marker);
		json_object_foreach (survey->metadata, name, record)
			take_facets(&episode->facets, record);
	}
	if (status == SL_OK &&
	    json_object_get(episode->metadata, "recorded_at") == NULL)
		set_times(&episode->facets, survey);
	for (size_t i = 0; status == SL_OK && i < survey->layer_count; i++)
		status = add_layer(episode, place, survey->layers[i], err);
	return status == SL_OK ? warn_findings(source, key, survey) : status;
}
