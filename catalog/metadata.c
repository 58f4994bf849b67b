#include "sluice/catalog/metadata.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "metadata_schema.h"
#include "sluice/base/clock.h"
#include "sluice/catalog/schema.h"

struct sl_metadata_rules {
	struct sl_schema *schema;
};

/* Where the metadata says what a facet says. */
static const struct {
	enum sl_facet facet;
	const char *object; /* NULL: at the top */
	const char *member;
} places[] = {
    {SL_FACET_TASK, "task", "task_id"},
    {SL_FACET_SUCCESS, "outcome", "success"},
    {SL_FACET_FAILURE_MODE, "outcome", "failure_mode"},
    {SL_FACET_SOURCE, NULL, "source"},
    {SL_FACET_SITE, "scene", "site_id"},
    {SL_FACET_ROBOT, "embodiment", "robot_type"},
    {SL_FACET_RECORDED, NULL, "recorded_at"},
    {SL_FACET_EMBODIMENT, "embodiment", "morphology"},
    {SL_FACET_ENVIRONMENT, "scene", "environment"},
    {SL_FACET_CONSENT, "consent", "class"},
};

enum sl_status
sl_metadata_rules_new(struct sl_metadata_rules **out, struct sl_error *err)
{
	struct sl_metadata_rules *rules = calloc(1, sizeof(*rules));
	enum sl_status status;

	*out = NULL;
	if (rules == NULL)
		return SL_ERR_NOMEM;
	status = sl_schema_parse(&rules->schema,
	    sl_slice_of(metadata_schemas[0].data, metadata_schemas[0].len),
	    err);
	if (status != SL_OK) {
		sl_metadata_rules_free(rules);
		return status;
	}
	*out = rules;
	return SL_OK;
}

void
sl_metadata_rules_free(struct sl_metadata_rules *rules)
{
	if (rules == NULL)
		return;
	sl_schema_free(rules->schema);
	free(rules);
}

bool
sl_metadata_is_described(const json_t *metadata)
{
	return json_object_get(metadata, "schema_version") != NULL;
}

enum sl_status
sl_metadata_check(const struct sl_metadata_rules *rules, const json_t *metadata,
    struct sl_error *err)
{
	return sl_schema_check(rules->schema, metadata, err);
}

/* Nesting is bounded by the depth that sl_json_parse() allows. */
enum sl_status
sl_metadata_fill(json_t *metadata, const json_t *defaults)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)defaults, key, value) {
		json_t *own = json_object_get(metadata, key);
		enum sl_status status = SL_OK;

		if (own == NULL) {
			if (json_object_set_new(
			        metadata, key, json_deep_copy(value)) != 0)
				status = SL_ERR_NOMEM;
		} else if (json_is_object(own) && json_is_object(value)) {
			status = sl_metadata_fill(own, value);
		}
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

/* `text` as the facet has it: times lose their fraction. */
static const char *
normal(enum sl_facet facet, const char *text, char time[SL_TIME_TEXT_MAX])
{
	int64_t us;

	if (facet != SL_FACET_RECORDED ||
	    sl_time_parse(&us, sl_slice_text(text)) != SL_OK)
		return text;
	sl_time_format(time, us);
	return time;
}

static enum sl_status
set_facet(struct sl_facets *facets, enum sl_facet facet, const json_t *member,
    struct sl_error *err)
{
	char time[SL_TIME_TEXT_MAX];
	const char *text = json_string_value(member);

	if (text == NULL)
		return SL_OK;
	text = normal(facet, text, time);
	if (facets->value[facet][0] == '\0')
		return sl_facets_set(facets, facet, sl_slice_text(text), err);
	if (strcmp(facets->value[facet], text) == 0)
		return SL_OK;
	return sl_error_code(err, SL_ERR_CONFLICT, "facet_conflict",
	    "the facet %s is \"%s\", the metadata say \"%s\"",
	    sl_facet_name(facet), facets->value[facet], text);
}

static void
set_duration(struct sl_facets *facets, const json_t *metadata)
{
	double seconds =
	    json_number_value(json_object_get(metadata, "duration_s"));

	if (facets->duration_ms == 0 && seconds > 0 &&
	    seconds * 1000 < SL_DURATION_MS_MAX)
		facets->duration_ms = (uint32_t)(seconds * 1000 + 0.5);
}

enum sl_status
sl_metadata_facets(
    struct sl_facets *facets, const json_t *metadata, struct sl_error *err)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		const json_t *holder = places[i].object == NULL
		    ? metadata
		    : json_object_get(metadata, places[i].object);
		enum sl_status status = set_facet(facets, places[i].facet,
		    json_object_get(holder, places[i].member), err);

		if (status != SL_OK)
			return status;
	}
	set_duration(facets, metadata);
	return SL_OK;
}

static enum sl_status
take_facet(json_t *metadata, size_t place, const char *text)
{
	json_t *holder = metadata;

	if (places[place].object != NULL) {
		holder = json_object_get(metadata, places[place].object);
		if (holder == NULL) {
			holder = json_object();
			if (json_object_set_new(
			        metadata, places[place].object, holder) != 0)
				return SL_ERR_NOMEM;
		}
	}
	if (!json_is_object(holder) ||
	    json_object_get(holder, places[place].member) != NULL)
		return SL_OK;
	return json_object_set_new(
	           holder, places[place].member, json_string(text)) == 0
	    ? SL_OK
	    : SL_ERR_NOMEM;
}

enum sl_status
sl_metadata_take_facets(json_t *metadata, const struct sl_facets *facets)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		const char *text = facets->value[places[i].facet];
		enum sl_status status =
		    text[0] == '\0' ? SL_OK : take_facet(metadata, i, text);

		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}
