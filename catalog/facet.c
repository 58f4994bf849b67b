#include "sluice/catalog/facet.h"

#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/catalog/json.h"

static const char *const facet_names[SL_FACET_COUNT] = {
    [SL_FACET_TASK] = "task",
    [SL_FACET_SUCCESS] = "success",
    [SL_FACET_FAILURE_MODE] = "failure_mode",
    [SL_FACET_SOURCE] = "source",
    [SL_FACET_SITE] = "site",
    [SL_FACET_ROBOT] = "robot",
    [SL_FACET_RECORDED] = "recorded",
    [SL_FACET_EMBODIMENT] = "embodiment",
    [SL_FACET_ENVIRONMENT] = "environment",
    [SL_FACET_CONSENT] = "consent",
};

const char *
sl_facet_name(enum sl_facet facet)
{
	return facet_names[facet];
}

enum sl_status
sl_facet_by_name(enum sl_facet *out, struct sl_slice name)
{
	for (int i = 0; i < SL_FACET_COUNT; i++) {
		if (sl_slice_is_text(name, facet_names[i])) {
			*out = (enum sl_facet)i;
			return SL_OK;
		}
	}
	return SL_ERR_NOT_FOUND;
}

static bool
is_success(struct sl_slice value)
{
	return sl_slice_is_text(value, "true") ||
	    sl_slice_is_text(value, "false") ||
	    sl_slice_is_text(value, "partial") ||
	    sl_slice_is_text(value, "unknown");
}

/* A time in the one form that sl_time_format() writes, so that prefixes can
 * be compared. */
static bool
is_recorded(struct sl_slice value)
{
	char text[SL_TIME_TEXT_MAX];
	int64_t us;

	if (sl_time_parse(&us, value) != SL_OK)
		return false;
	sl_time_format(text, us);
	return sl_slice_is_text(value, text);
}

static bool
is_value(enum sl_facet facet, struct sl_slice value)
{
	switch (facet) {
	case SL_FACET_SUCCESS:
		return is_success(value);
	case SL_FACET_RECORDED:
		return is_recorded(value);
	case SL_FACET_TASK:
	case SL_FACET_FAILURE_MODE:
	case SL_FACET_SOURCE:
	case SL_FACET_SITE:
	case SL_FACET_ROBOT:
	case SL_FACET_EMBODIMENT:
	case SL_FACET_ENVIRONMENT:
	case SL_FACET_CONSENT:
		return sl_slug_is_valid(value);
	}
	return false;
}

enum sl_status
sl_facets_set(struct sl_facets *facets, enum sl_facet facet,
    struct sl_slice value, struct sl_error *err)
{
	if (value.data == NULL || value.len > SL_SLUG_MAX ||
	    !is_value(facet, value))
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"%.*s\" is not a value of %s",
		    (int)(value.len > 80 ? 80 : value.len),
		    value.len == 0 ? "" : (const char *)value.data,
		    facet_names[facet]);
	memcpy(facets->value[facet], value.data, value.len);
	facets->value[facet][value.len] = '\0';
	return SL_OK;
}

enum sl_status
sl_facets_from_json(
    struct sl_facets *out, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"task", "success", "failure_mode",
	    "source", "site", "robot", "recorded", "embodiment", "environment",
	    "consent", "duration_ms", NULL};
	struct sl_facets facets = {0};
	enum sl_status status = sl_json_only_keys(object, keys, err);
	uint64_t duration = 0;
	bool present;

	for (int i = 0; status == SL_OK && i < SL_FACET_COUNT; i++) {
		const char *text;

		if (json_object_get(object, facet_names[i]) == NULL)
			continue;
		status = sl_json_need_text(&text, object, facet_names[i], err);
		if (status == SL_OK)
			status = sl_facets_set(&facets, (enum sl_facet)i,
			    sl_slice_text(text), err);
	}
	if (status == SL_OK)
		status = sl_json_maybe_u64(&present, &duration, object,
		    "duration_ms", SL_DURATION_MS_MAX, err);
	if (status != SL_OK)
		return status;
	facets.duration_ms = (uint32_t)duration;
	*out = facets;
	return SL_OK;
}

json_t *
sl_facets_to_json(const struct sl_facets *facets)
{
	json_t *object = json_object();

	if (object == NULL)
		return NULL;
	for (int i = 0; i < SL_FACET_COUNT; i++)
		if (facets->value[i][0] != '\0' &&
		    json_object_set_new(object, facet_names[i],
		        json_string(facets->value[i])) != 0)
			goto fail;
	if (facets->duration_ms > 0 &&
	    json_object_set_new(
	        object, "duration_ms", json_integer(facets->duration_ms)) != 0)
		goto fail;
	return object;
fail:
	json_decref(object);
	return NULL;
}
