#include "sluice/catalog/odrl.h"

#include "document.h"
#include "scope_json.h"

#define DATASET_URN   "urn:sluice:dataset:"
#define PUBLISHER_URN "urn:sluice:publisher:"
#define CUSTOMER_URN  "urn:sluice:customer:"

/* One constraint more; takes `operand`. */
static bool
constrain(json_t *constraints, const char *left, const char *operator,
    json_t * operand)
{
	return json_array_append_new(constraints,
	           json_pack("{s:s,s:s,s:o}", "leftOperand", left,
	               "operator", operator, "rightOperand", operand)) == 0;
}

static json_t *
typed(const char *type, json_t *value)
{
	return json_pack("{s:o,s:s}", "@value", value, "@type", type);
}

static bool
put_term(json_t *constraints, const struct sl_terms *terms)
{
	return constrain(constraints, "dateTime", "gteq",
	           typed("xsd:dateTime",
	               sl_document_time_json(terms->from_us))) &&
	    constrain(constraints, "dateTime", "lt",
	        typed("xsd:dateTime", sl_document_time_json(terms->until_us)));
}

/* The use and all below it: the lattice is a chain. */
static json_t *
uses_to_json(enum sl_use most)
{
	json_t *array = json_array();

	for (int use = 0; use <= (int)most; use++) {
		if (json_array_append_new(array,
		        json_sprintf(
		            "sluice:%s", sl_use_name((enum sl_use)use))) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static bool
put_purpose(json_t *constraints, const struct sl_terms *terms)
{
	const struct sl_territory *territory = &terms->territory;
	json_t *places = NULL;
	bool holds = constrain(
	    constraints, "purpose", "isAnyOf", uses_to_json(terms->use));

	if (holds && !terms->allow.all)
		holds = constrain(constraints, "industry", "isAnyOf",
		    sl_fields_to_json(&terms->allow));
	if (holds && (terms->deny.all || terms->deny.count > 0))
		holds = constrain(constraints, "industry", "isNoneOf",
		    sl_fields_to_json(&terms->deny));
	if (!holds || (territory->all_countries && territory->all_networks))
		return holds;
	places = sl_territory_to_json(territory);
	if (places == NULL)
		return false;
	if (!territory->all_countries)
		holds = constrain(constraints, "spatial", "isAnyOf",
		    json_incref(json_object_get(places, "countries")));
	if (holds && !territory->all_networks)
		holds = constrain(constraints, "sluice:network", "isAnyOf",
		    json_incref(json_object_get(places, "networks")));
	json_decref(places);
	return holds;
}

static bool
put_limit(json_t *constraints, const struct sl_terms *terms,
    const char *operand, uint64_t quota)
{
	uint64_t limit = sl_quota_limit(quota, terms->overage_percent);
	bool by_month = terms->per == SL_QUOTA_PER_MONTH;
	json_t *constraint;

	if (quota == SL_QUOTA_NONE)
		return true;
	constraint = json_pack("{s:s,s:s,s:o}", "leftOperand", operand,
	    "operator", "lteq", "rightOperand",
	    typed("xsd:integer", json_integer((json_int_t)limit)));
	if (by_month &&
	    json_object_set_new(constraint, "sluice:per", json_string("P1M")) !=
	        0) {
		json_decref(constraint);
		return false;
	}
	return json_array_append_new(constraints, constraint) == 0;
}

static bool
put_limits(json_t *constraints, const struct sl_terms *terms)
{
	const struct sl_quota *quota = &terms->quota;

	return put_limit(constraints, terms, "count", quota->episodes) &&
	    put_limit(constraints, terms, "sluice:durationMilliseconds",
	        quota->duration_ms) &&
	    put_limit(constraints, terms, "absoluteSize", quota->bytes) &&
	    (terms->deliveries == 0 ||
	        constrain(constraints, "sluice:deliveries", "lteq",
	            typed("xsd:integer",
	                json_integer((json_int_t)terms->deliveries))));
}

static json_t *
constraints_of(const struct sl_terms *terms)
{
	json_t *constraints = json_array();

	if (put_term(constraints, terms) && put_purpose(constraints, terms) &&
	    put_limits(constraints, terms))
		return constraints;
	json_decref(constraints);
	return NULL;
}

/* Its parts as the licence has them, where ODRL has no words. */
static json_t *
target_of(const struct sl_terms *terms)
{
	return json_pack("{s:s,s:s+,s:s,s:o,s:o,s:o}", "@type",
	    "AssetCollection", "uid", DATASET_URN, terms->dataset,
	    "sluice:class", terms->class_name, "sluice:layers",
	    sl_layers_to_json(&terms->scope.layers), "sluice:where",
	    sl_scope_where_json(&terms->scope), "sluice:window",
	    typed("@json", sl_scope_window_json(&terms->scope)));
}

static bool
put_delete_duty(json_t *duties, const struct sl_terms *terms)
{
	json_t *actions;

	if (terms->duty == SL_DUTY_NONE)
		return true;
	actions = terms->duty == SL_DUTY_CERTIFY
	    ? json_pack("[s,s]", "delete", "sluice:certifyDeletion")
	    : json_pack("[s]", "delete");
	return json_array_append_new(duties,
	           json_pack("{s:o,s:[{s:s,s:s,s:o}]}", "action", actions,
	               "constraint", "leftOperand", "sluice:timeAfterEnd",
	               "operator", "lteq", "rightOperand",
	               typed("xsd:duration",
	                   json_sprintf(
	                       "P%uD", (unsigned)terms->duty_days)))) == 0;
}

static bool
put_price_duty(json_t *duties, const struct sl_terms *terms)
{
	if (!terms->has_price)
		return true;
	return json_array_append_new(duties,
	           json_pack("{s:s,s:o}", "action", "compensate",
	               "sluice:price",
	               typed("@json", sl_price_to_json(&terms->price)))) == 0;
}

static bool
put_text_duty(json_t *duties, const struct sl_terms *terms)
{
	if (terms->text_sha256[0] == '\0')
		return true;
	return json_array_append_new(duties,
	           json_pack("{s:s,s:s}", "action",
	               terms->needs_acceptance ? "reviewPolicy"
	                                       : "sluice:keepText",
	               "sluice:textSha256", terms->text_sha256)) == 0;
}

static json_t *
duties_of(const struct sl_terms *terms)
{
	json_t *duties = json_array();

	if (put_text_duty(duties, terms) && put_price_duty(duties, terms) &&
	    put_delete_duty(duties, terms))
		return duties;
	json_decref(duties);
	return NULL;
}

json_t *
sl_odrl_from_terms(
    const struct sl_terms *terms, const struct sl_odrl_parties *parties)
{
	char id[SL_UUID_TEXT_LEN + 1];

	sl_uuid_format(id, &parties->licence);
	return json_pack("{s:[s,{s:s,s:s}],s:s,s:s+,s:s,"
	                 "s:[{s:o,s:s+,s:s+,s:[s,s],s:o,s:o}],"
	                 "s:[{s:s+,s:s+,s:s+,s:[s,s]}]}",
	    "@context", "http://www.w3.org/ns/odrl.jsonld", "sluice",
	    SL_ODRL_PROFILE "#", "xsd", "http://www.w3.org/2001/XMLSchema#",
	    "@type", "Agreement", "uid", "urn:uuid:", id, "profile",
	    SL_ODRL_PROFILE, "permission", "target", target_of(terms),
	    "assigner", PUBLISHER_URN, parties->assigner, "assignee",
	    CUSTOMER_URN, parties->assignee, "action", "use", "reproduce",
	    "constraint", constraints_of(terms), "duty", duties_of(terms),
	    "prohibition", "target", DATASET_URN, terms->dataset, "assigner",
	    PUBLISHER_URN, parties->assigner, "assignee", CUSTOMER_URN,
	    parties->assignee, "action", "distribute", "sell");
}
