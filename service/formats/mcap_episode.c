#include "mcap_episode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sluice/base/clock.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"

#include "mcap_source.h"

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

/* What the marker says, NULL if nothing. */
static const char *
marked_key(const struct mcap_place_of *place, const struct mcap_marks *marks)
{
	if (place->mark != NULL)
		return place->mark->key;
	return marks->count == 1 ? marks->items[0].key : NULL;
}

/* That, or the path with - for / and without ".mcap".  SL_ERR_INVALID if it can
 * be no key. */
static enum sl_status
make_key(char out[MCAP_KEY_MAX + 1], const char *path, const char *key,
    struct sl_error *err)
{
	size_t len = strlen(path);

	if (key != NULL && !mcap_key_is_good(key))
		return sl_error_set(err, SL_ERR_INVALID,
		    "%s: \"%.80s\" cannot be an episode's key", path, key);
	if (key != NULL) {
		snprintf(out, MCAP_KEY_MAX + 1, "%s", key);
		return SL_OK;
	}
	snprintf(
	    out, MCAP_KEY_MAX + 1, "%.*s", len > 5 ? (int)len - 5 : 0, path);
	for (size_t i = 0; out[i] != '\0'; i++)
		if (out[i] == '/')
			out[i] = '-';
	if (len > MCAP_KEY_MAX + 5 || !mcap_key_is_good(out))
		return sl_error_set(err, SL_ERR_INVALID,
		    "%s: no episode's key can be made of the name", path);
	return SL_OK;
}

enum sl_status
mcap_episode_refuse(json_t **out, const struct mcap_place_of *place,
    const struct mcap_marks *marks, const char *why, struct sl_error *err)
{
	const char *marked = marked_key(place, marks);
	char key[MCAP_KEY_MAX + 1];
	char *words = NULL;
	enum sl_status status;

	*out = NULL;
	if (marked != NULL && !mcap_key_is_good(marked))
		marked = NULL;
	status = make_key(key, place->path, marked, err);
	if (status != SL_OK)
		return status;
	if (asprintf(&words, "%s: %s", place->path, why) < 0)
		return SL_ERR_NOMEM;
	*out = json_pack("{s:s, s:s}", "key", key, "defect", words);
	/* The path need not be UTF-8, where a marker has the key. */
	if (*out == NULL)
		*out = json_pack("{s:s, s:s}", "key", key, "defect", why);
	free(words);
	return *out == NULL ? SL_ERR_NOMEM : SL_OK;
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

static enum sl_status
describe_channel(json_t *list, const struct mcap_channel_survey *channel)
{
	double seconds =
	    (double)(channel->end_time - channel->first_time) / 1e9;
	json_t *topic = NULL;
	json_t *schema = NULL;
	json_t *entry = NULL;
	enum sl_status status;

	status = sl_json_text(&topic, sl_slice_text(channel->topic), NULL);
	if (status == SL_OK)
		status =
		    sl_json_text(&schema, sl_slice_text(channel->schema), NULL);
	if (status == SL_OK)
		entry = json_pack("{s:O, s:O, s:s, s:I}", "topic", topic,
		    "schema", schema, "layer", channel->layer, "messages",
		    (json_int_t)channel->count);
	json_decref(topic);
	json_decref(schema);
	/* Of names that are not UTF-8 nothing is said. */
	if (status != SL_OK)
		return status == SL_ERR_INVALID ? SL_OK : status;
	if (channel->count > 1 && seconds > 0 &&
	    json_object_set_new(entry, "rate_hz",
	        json_real((double)(channel->count - 1) / seconds)) != 0) {
		json_decref(entry);
		return SL_ERR_NOMEM;
	}
	return json_array_append_new(list, entry) == 0 ? SL_OK : SL_ERR_NOMEM;
}

/* NULL when out of memory. */
static json_t *
describe_channels(const struct mcap_survey *survey)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < survey->channel_count; i++) {
		if (describe_channel(list, &survey->channels[i]) != SL_OK) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* A document of the schema is the metadata; without one they are what the
 * file's records say. */
static enum sl_status
fill_metadata(
    json_t *metadata, const struct mcap_survey *survey, struct sl_error *err)
{
	const char *document =
	    json_string_value(json_object_get(survey->marker, "metadata"));

	if (document != NULL)
		return take_document(metadata, document, err);
	if (survey->marker != NULL &&
	    json_object_set(metadata, "episode", survey->marker) != 0)
		return SL_ERR_NOMEM;
	if (json_object_size(survey->metadata) > 0 &&
	    json_object_set(metadata, "records", survey->metadata) != 0)
		return SL_ERR_NOMEM;
	return json_object_set_new(
	           metadata, "channels", describe_channels(survey)) == 0
	    ? SL_OK
	    : SL_ERR_NOMEM;
}

/* What a document of the schema says comes from there, later. */
static json_t *
make_facets(const struct mcap_survey *survey, const json_t *metadata)
{
	struct sl_facets facets = {0};
	const char *name;
	json_t *record;

	if (json_object_get(survey->marker, "metadata") == NULL) {
		take_facets(&facets, survey->marker);
		json_object_foreach (survey->metadata, name, record)
			take_facets(&facets, record);
	}
	if (json_object_get(metadata, "recorded_at") == NULL)
		set_times(&facets, survey);
	return sl_facets_to_json(&facets);
}

static enum sl_status
add_finding(json_t *list, const char *finding)
{
	json_t *text;
	enum sl_status status =
	    sl_json_text(&text, sl_slice_text(finding), NULL);

	/* Of a topic that is not UTF-8 nothing is said. */
	if (status != SL_OK)
		return status == SL_ERR_INVALID ? SL_OK : status;
	return json_array_append_new(list, text) == 0 ? SL_OK : SL_ERR_NOMEM;
}

/* NULL when out of memory. */
static json_t *
list_findings(const struct mcap_survey *survey)
{
	json_t *list = json_array();
	enum sl_status status = list == NULL ? SL_ERR_NOMEM : SL_OK;

	for (size_t i = 0; status == SL_OK && i < FINDINGS_MAX; i++) {
		char *finding;

		status = mcap_survey_finding(survey, i, &finding);
		if (status != SL_OK || finding == NULL)
			break;
		status = add_finding(list, finding);
		free(finding);
	}
	if (status == SL_OK)
		return list;
	json_decref(list);
	return NULL;
}

/* ---- told ---- */

static enum sl_status
tell(json_t *told, const char *key, const struct mcap_survey *survey,
    json_t *layers, struct sl_error *err)
{
	json_t *metadata = json_object();
	enum sl_status status = metadata == NULL
	    ? SL_ERR_NOMEM
	    : fill_metadata(metadata, survey, err);

	if (status != SL_OK) {
		json_decref(metadata);
		return status;
	}
	if (json_object_set_new(told, "key", json_string(key)) != 0 ||
	    json_object_set_new(told, "messages",
	        json_integer((json_int_t)survey->message_count)) != 0 ||
	    json_object_set_new(
	        told, "facets", make_facets(survey, metadata)) != 0 ||
	    json_object_set(told, "metadata", metadata) != 0 ||
	    json_object_set(told, "layers", layers) != 0 ||
	    json_object_set_new(told, "findings", list_findings(survey)) != 0)
		status = SL_ERR_NOMEM;
	json_decref(metadata);
	return status;
}

/* As a scan's line has it, can it be read again? */
static enum sl_status
check_told(json_t *told, struct sl_error *err)
{
	json_t *line = json_pack("{s:[O]}", "episodes", told);
	char *text = json_dumps(line, JSON_COMPACT);
	json_t *again = NULL;
	enum sl_status status = text == NULL
	    ? SL_ERR_NOMEM
	    : sl_json_parse(
	          &again, sl_slice_text(text), MCAP_TOLD_BYTES_MAX, err);

	json_decref(again);
	json_decref(line);
	free(text);
	return status == SL_OK ? SL_OK
	                       : sl_error_prefix(err, status, "its metadata");
}

enum sl_status
mcap_episode_tell(json_t **out, const struct mcap_place_of *place,
    const struct mcap_survey *survey, json_t *layers, struct sl_error *err)
{
	char key[MCAP_KEY_MAX + 1];
	struct sl_error why = {0};
	enum sl_status status;

	*out = json_object();
	status =
	    make_key(key, place->path, marked_key(place, &survey->marks), &why);
	if (status == SL_OK && survey->message_count == 0)
		status =
		    sl_error_set(&why, SL_ERR_INVALID, "it has no messages");
	if (status == SL_OK)
		status = tell(*out, key, survey, layers, &why);
	if (status == SL_OK)
		status = check_told(*out, &why);
	json_decref(layers);
	if (status == SL_OK || status == SL_ERR_NOMEM)
		return status;
	json_decref(*out);
	return mcap_episode_refuse(out, place, &survey->marks, why.text, err);
}

/* ---- added ---- */

static enum sl_status
add_layer(struct sl_source_episode *episode, const struct mcap_place_of *place,
    const json_t *told, struct sl_error *err)
{
	const char *layer = json_string_value(json_object_get(told, "layer"));
	struct sl_source_file *file;
	enum sl_status status;
	char *path;

	if (layer == NULL)
		return sl_error_set(err, SL_ERR_INVALID, "no layer");
	if (asprintf(&path, "episodes/%s/%s.mcap", episode->key, layer) < 0)
		return SL_ERR_NOMEM;
	status = source_add_file(episode, layer, path, err);
	free(path);
	if (status == SL_OK)
		status = source_set_part(
		    episode, SL_SOURCE_LAYER, place->path, 0, 0);
	if (status != SL_OK)
		return status;
	file = &episode->files[episode->file_count - 1];
	return mcap_file_read(&file->made, told);
}

static enum sl_status
add_original(struct sl_source *source, struct sl_source_episode *episode,
    const struct mcap_place_of *place, struct sl_error *err)
{
	enum sl_status status;
	char *path;

	if (!source->mcap->keep_original)
		return SL_OK;
	if (place->mark != NULL)
		return source_warn(source,
		    "episode %s: the original is one file with others and is "
		    "not kept",
		    episode->key);
	if (asprintf(&path, "episodes/%s/original.mcap", episode->key) < 0)
		return SL_ERR_NOMEM;
	status = source_add_file(episode, "raw", path, err);
	free(path);
	if (status != SL_OK)
		return status;
	return source_set_part(episode, SL_SOURCE_WHOLE, place->path, 0, 0);
}

static enum sl_status
warn_findings(struct sl_source *source, const char *key, const json_t *findings)
{
	enum sl_status status = SL_OK;
	size_t i;
	json_t *finding;

	json_array_foreach (findings, i, finding) {
		if (status != SL_OK || source->warning_count > FINDINGS_ALL_MAX)
			return status;
		status = source_warn(
		    source, "episode %s: %s", key, json_string_value(finding));
		if (status == SL_OK &&
		    source->warning_count == FINDINGS_ALL_MAX)
			status = source_warn(
			    source, "what else is odd is left unsaid");
	}
	return status;
}

static enum sl_status
add_files(struct sl_source *source, struct sl_source_episode *episode,
    const struct mcap_place_of *place, const json_t *told, struct sl_error *err)
{
	enum sl_status status = SL_OK;
	size_t i;
	json_t *layer;

	json_array_foreach (json_object_get(told, "layers"), i, layer) {
		if (status == SL_OK)
			status = add_layer(episode, place, layer, err);
	}
	if (status == SL_OK)
		status = add_original(source, episode, place, err);
	return status;
}

enum sl_status
mcap_episode_add(struct sl_source *source, const struct mcap_place_of *place,
    const json_t *told, struct sl_error *err)
{
	const char *key = json_string_value(json_object_get(told, "key"));
	const json_t *defect = json_object_get(told, "defect");
	json_t *metadata = json_object_get(told, "metadata");
	struct sl_source_episode *episode;
	enum sl_status status;

	if (key == NULL || (defect == NULL && !json_is_object(metadata)))
		return sl_error_set(
		    err, SL_ERR_INVALID, "%s: no episode", place->path);
	status = mcap_source_claim_key(source, key, place->path, err);
	if (status == SL_OK)
		status = source_add_episode(source, key, &episode, err);
	if (status != SL_OK)
		return status;
	if (defect != NULL) {
		episode->defect = strdup(json_string_value(defect));
		return episode->defect == NULL ? SL_ERR_NOMEM : SL_OK;
	}
	json_decref(episode->metadata);
	episode->metadata = json_incref(metadata);
	status = sl_facets_from_json(
	    &episode->facets, json_object_get(told, "facets"), err);
	if (status == SL_OK)
		status = add_files(source, episode, place, told, err);
	return status == SL_OK
	    ? warn_findings(source, key, json_object_get(told, "findings"))
	    : status;
}
