#include "terms_json.h"

#include "scope_json.h"
#include "sluice/base/clock.h"

bool
sl_terms_put(json_t *object, const char *key, json_t *part)
{
	return part != NULL && json_object_set_new(object, key, part) == 0;
}

bool
sl_terms_write_scope(json_t *object, const struct sl_terms *terms)
{
	return sl_terms_put(object, "class", json_string(terms->class_name)) &&
	    sl_terms_put(object, "programme", json_string(terms->programme)) &&
	    sl_terms_put(
	        object, "layers", sl_layers_to_json(&terms->scope.layers)) &&
	    sl_terms_put(object, "where", sl_scope_where_json(&terms->scope));
}

static json_t *
quota_to_json(const struct sl_terms *terms)
{
	return json_pack("{s:o,s:o,s:o,s:s,s:I}", "episodes",
	    sl_quota_to_json(terms->quota.episodes), "duration_ms",
	    sl_quota_to_json(terms->quota.duration_ms), "bytes",
	    sl_quota_to_json(terms->quota.bytes), "per",
	    sl_quota_per_name(terms->per), "overage_percent",
	    (json_int_t)terms->overage_percent);
}

bool
sl_terms_write_rules(json_t *object, const struct sl_terms *terms)
{
	const char *text =
	    terms->text_sha256[0] == '\0' ? NULL : terms->text_sha256;

	return sl_terms_put(
	           object, "use", json_string(sl_use_name(terms->use))) &&
	    sl_terms_put(object, "fields",
	        json_pack("{s:o,s:o}", "allow",
	            sl_fields_to_json(&terms->allow), "deny",
	            sl_fields_to_json(&terms->deny))) &&
	    sl_terms_put(
	        object, "territory", sl_territory_to_json(&terms->territory)) &&
	    sl_terms_put(object, "quota", quota_to_json(terms)) &&
	    sl_terms_put(object, "deliveries",
	        terms->deliveries == 0
	            ? json_null()
	            : json_integer((json_int_t)terms->deliveries)) &&
	    sl_terms_put(object, "on_expiry",
	        json_pack("{s:s,s:I}", "duty", sl_expiry_duty_name(terms->duty),
	            "days", (json_int_t)terms->duty_days)) &&
	    sl_terms_put(object, "text",
	        json_pack("{s:s?,s:s}", "sha256", text, "acceptance",
	            terms->needs_acceptance ? "required" : "none")) &&
	    sl_terms_put(object, "price",
	        terms->has_price ? sl_price_to_json(&terms->price)
	                         : json_null());
}

json_t *
sl_terms_to_json(const struct sl_terms *terms)
{
	char from[SL_TIME_TEXT_MAX];
	char until[SL_TIME_TEXT_MAX];
	json_t *object = json_object();

	sl_time_format(from, terms->from_us);
	sl_time_format(until, terms->until_us);
	if (object != NULL &&
	    sl_terms_put(object, "version", json_integer(1)) &&
	    sl_terms_put(object, "dataset", json_string(terms->dataset)) &&
	    sl_terms_write_scope(object, terms) &&
	    sl_terms_put(
	        object, "window", sl_scope_window_json(&terms->scope)) &&
	    sl_terms_put(object, "term",
	        json_pack("{s:s,s:s,s:I}", "from", from, "until", until,
	            "grace_s", (json_int_t)terms->grace_s)) &&
	    sl_terms_write_rules(object, terms))
		return object;
	json_decref(object);
	return NULL;
}
