#include "sluice/catalog/explain.h"

#include "document.h"
#include "sluice/base/clock.h"

static bool
say(json_t *array, json_t *sentence)
{
	return json_array_append_new(array, sentence) == 0;
}

static bool
say_expiry(json_t *array, const struct sl_terms *terms)
{
	if (terms->duty == SL_DUTY_NONE)
		return true;
	return say(array,
	    json_sprintf("When the licence ends, delete what was delivered "
	                 "within %u days%s.",
	        (unsigned)terms->duty_days,
	        terms->duty == SL_DUTY_CERTIFY
	            ? " and certify it in a signed receipt"
	            : ""));
}

static bool
say_text(json_t *array, const struct sl_terms *terms)
{
	if (terms->text_sha256[0] == '\0')
		return true;
	return say(array,
	    json_sprintf("%s the terms with SHA-256 %s.",
	        terms->needs_acceptance ? "Accept and keep" : "Keep",
	        terms->text_sha256));
}

static bool
say_use(json_t *array, const struct sl_terms *terms)
{
	bool holds = say(array,
	    json_sprintf(
	        "Use the data for %s at most.", sl_use_name(terms->use)));

	if (holds && !terms->allow.all)
		holds = say(array,
		    json_string("Declare the field of use with every "
		                "request."));
	for (uint32_t i = 0; holds && i < terms->deny.count; i++)
		holds = say(array,
		    json_sprintf(
		        "Do not use the data for %s.", terms->deny.name[i]));
	if (holds && terms->deny.all)
		holds = say(array,
		    json_string("Do not use the data: every field of use is "
		                "denied."));
	if (holds && !terms->territory.all_countries)
		holds = say(array,
		    json_string("Declare the country with every request, and "
		                "use the data there."));
	return holds;
}

json_t *
sl_terms_obligations(const struct sl_terms *terms)
{
	json_t *array = json_array();

	if (say_use(array, terms) && say_text(array, terms) &&
	    say_expiry(array, terms))
		return array;
	json_decref(array);
	return NULL;
}

static json_t *
failed_to_json(const struct sl_decision *decision)
{
	json_t *array = json_array();

	for (size_t i = 0; i < decision->failed_count; i++) {
		if (!say(array,
		        json_pack("{s:s,s:s}", "code",
		            sl_decide_code(decision->failed[i]), "sentence",
		            sl_decide_sentence(decision->failed[i])))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

json_t *
sl_decision_to_json(const struct sl_decision *decision,
    const struct sl_terms *terms, const struct sl_uuid *licence,
    uint32_t version)
{
	char id[SL_UUID_TEXT_LEN + 1];

	sl_uuid_format(id, licence);
	return json_pack("{s:b,s:s,s:s,s:o,s:o,s:s,s:I,s:o}", "allowed",
	    decision->allowed, "code", decision->code, "sentence",
	    decision->sentence, "failed", failed_to_json(decision),
	    "valid_until",
	    decision->valid_until_us == INT64_MAX
	        ? json_null()
	        : sl_document_time_json(decision->valid_until_us),
	    "licence", id, "version", (json_int_t)version, "obligations",
	    terms == NULL ? json_array() : sl_terms_obligations(terms));
}
