#include "sluice/catalog/terms.h"

#include <string.h>

#include "scope_json.h"
#include "sluice/base/clock.h"
#include "sluice/catalog/json.h"

void
sl_terms_init(struct sl_terms *terms)
{
	memset(terms, 0, sizeof(*terms));
	sl_scope_init(&terms->scope);
	memcpy(terms->class_name, "standard", sizeof("standard"));
	terms->allow.all = true;
	sl_territory_set_all(&terms->territory);
	terms->quota =
	    (struct sl_quota){SL_QUOTA_NONE, SL_QUOTA_NONE, SL_QUOTA_NONE};
	terms->duty_days = 30;
}

void
sl_terms_clear(struct sl_terms *terms)
{
	sl_scope_clear(&terms->scope);
	memset(terms, 0, sizeof(*terms));
}

static enum sl_status
read_term(struct sl_terms *terms, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"from", "until", NULL};
	json_t *term;
	enum sl_status status = sl_json_need_object(&term, object, "term", err);

	if (status == SL_OK)
		status = sl_json_only_keys(term, keys, err);
	if (status == SL_OK)
		status = sl_json_need_time(&terms->from_us, term, "from", err);
	if (status == SL_OK)
		status =
		    sl_json_need_time(&terms->until_us, term, "until", err);
	if (status == SL_OK && terms->until_us <= terms->from_us)
		status = sl_error_set(
		    err, SL_ERR_INVALID, "\"term\" ends before it begins");
	return status;
}

/* The key must be there, so that a licence without limit says so. */
static enum sl_status
read_quota(
    uint64_t *out, const json_t *quota, const char *key, struct sl_error *err)
{
	if (json_is_null(json_object_get(quota, key))) {
		*out = SL_QUOTA_NONE;
		return SL_OK;
	}
	return sl_json_need_u64(out, quota, key, INT64_MAX, err);
}

static enum sl_status
read_quotas(struct sl_quota *out, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {
	    "episodes", "duration_ms", "bytes", NULL};
	json_t *quota;
	enum sl_status status =
	    sl_json_need_object(&quota, object, "quota", err);

	if (status == SL_OK)
		status = sl_json_only_keys(quota, keys, err);
	if (status == SL_OK)
		status = read_quota(&out->episodes, quota, "episodes", err);
	if (status == SL_OK)
		status =
		    read_quota(&out->duration_ms, quota, "duration_ms", err);
	if (status == SL_OK)
		status = read_quota(&out->bytes, quota, "bytes", err);
	return status;
}

static enum sl_status
read_terms(struct sl_terms *terms, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"version", "dataset", "layers",
	    "where", "term", "window", "quota", NULL};
	const char *dataset;
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status = sl_json_need_version(object, 1, err);
	if (status == SL_OK)
		status = sl_json_need_text(&dataset, object, "dataset", err);
	if (status == SL_OK &&
	    !sl_dataset_name_is_valid(sl_slice_text(dataset)))
		status = sl_error_set(
		    err, SL_ERR_INVALID, "\"dataset\" is not a dataset's name");
	if (status == SL_OK)
		memcpy(terms->dataset, dataset, strlen(dataset) + 1);
	if (status == SL_OK)
		status = sl_scope_read(&terms->scope, object, err);
	if (status == SL_OK)
		status = read_term(terms, object, err);
	if (status == SL_OK)
		status = read_quotas(&terms->quota, object, err);
	return status;
}

enum sl_status
sl_terms_from_json(
    struct sl_terms *out, const json_t *object, struct sl_error *err)
{
	struct sl_terms terms;
	enum sl_status status;

	sl_terms_init(&terms);
	status = read_terms(&terms, object, err);
	if (status != SL_OK) {
		sl_terms_clear(&terms);
		return sl_error_prefix(err, status, "licence terms");
	}
	sl_terms_clear(out);
	*out = terms;
	return SL_OK;
}

enum sl_status
sl_terms_parse(struct sl_terms *out, struct sl_slice text, struct sl_error *err)
{
	json_t *object;
	enum sl_status status =
	    sl_json_parse(&object, text, SL_TERMS_BYTES_MAX, err);

	if (status != SL_OK)
		return sl_error_prefix(err, status, "licence terms");
	status = sl_terms_from_json(out, object, err);
	json_decref(object);
	return status;
}

/* Adds one part; a NULL part fails as well. */
static bool
put(json_t *object, const char *key, json_t *part)
{
	return part != NULL && json_object_set_new(object, key, part) == 0;
}

json_t *
sl_terms_to_json(const struct sl_terms *terms)
{
	char from[SL_TIME_TEXT_MAX];
	char until[SL_TIME_TEXT_MAX];
	json_t *object = json_object();

	sl_time_format(from, terms->from_us);
	sl_time_format(until, terms->until_us);
	if (object != NULL && put(object, "version", json_integer(1)) &&
	    put(object, "dataset", json_string(terms->dataset)) &&
	    put(object, "layers", sl_layers_to_json(&terms->scope.layers)) &&
	    put(object, "where", sl_scope_where_json(&terms->scope)) &&
	    put(object, "term",
	        json_pack("{s:s,s:s}", "from", from, "until", until)) &&
	    put(object, "window", sl_scope_window_json(&terms->scope)) &&
	    put(object, "quota",
	        json_pack("{s:o,s:o,s:o}", "episodes",
	            sl_quota_to_json(terms->quota.episodes), "duration_ms",
	            sl_quota_to_json(terms->quota.duration_ms), "bytes",
	            sl_quota_to_json(terms->quota.bytes))))
		return object;
	json_decref(object);
	return NULL;
}
