#include "schema_keyword.h"

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "sluice/base/clock.h"

/* Words of an enumeration that are shown. */
#define CHOICES_SHOWN 8
#define REF_PREFIX    "#/$defs/"

/* ---- words ---- */

static enum sl_status
fail(const struct schema_check *check, const char *why)
{
	return sl_error_set(check->err, SL_ERR_INVALID, "%s%s%s",
	    check->path[0] == '\0' ? "" : check->path + 1,
	    check->path[0] == '\0' ? "" : ": ", why);
}

/* Go one step down; the caller cuts the path back to *before. */
static void
descend(struct schema_check *check, const char *name, size_t *before)
{
	*before = strlen(check->path);
	snprintf(
	    check->path + *before, sizeof(check->path) - *before, ".%s", name);
}

/* ---- keywords ---- */

/* 3.0 is an integer (JSON Schema Core, section 4.2.3); beyond 2^53 every
 * double is. */
static bool
is_whole(double number)
{
	const double limit = 9007199254740992.0;

	return number >= limit || number <= -limit ||
	    (double)(int64_t)number == number;
}

static bool
is_type(const json_t *value, const char *type)
{
	if (strcmp(type, "object") == 0)
		return json_is_object(value);
	if (strcmp(type, "array") == 0)
		return json_is_array(value);
	if (strcmp(type, "string") == 0)
		return json_is_string(value);
	if (strcmp(type, "boolean") == 0)
		return json_is_boolean(value);
	if (strcmp(type, "number") == 0)
		return json_is_number(value);
	return json_is_integer(value) ||
	    (json_is_real(value) && is_whole(json_real_value(value)));
}

static enum sl_status
check_type(struct schema_check *check, const json_t *argument,
    const json_t *schema, const json_t *value)
{
	char why[64];

	(void)schema;
	if (is_type(value, json_string_value(argument)))
		return SL_OK;
	snprintf(why, sizeof(why), "must be of type %s",
	    json_string_value(argument));
	return fail(check, why);
}

static enum sl_status
check_const(struct schema_check *check, const json_t *argument,
    const json_t *schema, const json_t *value)
{
	char why[160];

	(void)schema;
	if (json_equal(argument, value))
		return SL_OK;
	snprintf(why, sizeof(why), "must be \"%.100s\"",
	    json_is_string(argument) ? json_string_value(argument) : "?");
	return fail(check, why);
}

static enum sl_status
check_enum(struct schema_check *check, const json_t *argument,
    const json_t *schema, const json_t *value)
{
	char why[SL_ERROR_TEXT_MAX];
	const json_t *choice;
	size_t len;
	size_t i;

	(void)schema;
	json_array_foreach (argument, i, choice) {
		if (json_equal(choice, value))
			return SL_OK;
	}
	len = (size_t)snprintf(why, sizeof(why), "\"%.60s\" is not one of",
	    json_is_string(value) ? json_string_value(value) : "?");
	json_array_foreach (argument, i, choice) {
		if (i == CHOICES_SHOWN || len + 80 > sizeof(why)) {
			snprintf(why + len, sizeof(why) - len, ", … (%zu)",
			    json_array_size(argument));
			break;
		}
		len += (size_t)snprintf(why + len, sizeof(why) - len,
		    "%s %.60s", i == 0 ? "" : ",", json_string_value(choice));
	}
	return fail(check, why);
}

static enum sl_status
check_required(struct schema_check *check, const json_t *argument,
    const json_t *schema, const json_t *value)
{
	const json_t *name;
	char why[128];
	size_t i;

	(void)schema;
	if (!json_is_object(value))
		return SL_OK;
	json_array_foreach (argument, i, name) {
		if (json_object_get(value, json_string_value(name)) != NULL)
			continue;
		snprintf(why, sizeof(why), "%.80s is missing",
		    json_string_value(name));
		return fail(check, why);
	}
	return SL_OK;
}

static enum sl_status
check_properties(struct schema_check *check, const json_t *argument,
    const json_t *schema, const json_t *value)
{
	const char *name;
	json_t *part;

	(void)schema;
	json_object_foreach ((json_t *)(uintptr_t)argument, name, part) {
		const json_t *member = json_object_get(value, name);
		enum sl_status status;
		size_t before;

		if (member == NULL)
			continue;
		descend(check, name, &before);
		status = schema_check_value(check, part, member);
		if (status != SL_OK)
			return status;
		check->path[before] = '\0';
	}
	return SL_OK;
}

static enum sl_status
check_items(struct schema_check *check, const json_t *argument,
    const json_t *schema, const json_t *value)
{
	const json_t *item;
	size_t i;

	(void)schema;
	json_array_foreach (value, i, item) {
		enum sl_status status;
		char name[24];
		size_t before;

		snprintf(name, sizeof(name), "%zu", i);
		descend(check, name, &before);
		status = schema_check_value(check, argument, item);
		if (status != SL_OK)
			return status;
		check->path[before] = '\0';
	}
	return SL_OK;
}

static enum sl_status
check_minimum(struct schema_check *check, const json_t *argument,
    const json_t *schema, const json_t *value)
{
	(void)schema;
	return !json_is_number(value) ||
	        json_number_value(value) >= json_number_value(argument)
	    ? SL_OK
	    : fail(check, "is too small");
}

static enum sl_status
check_maximum(struct schema_check *check, const json_t *argument,
    const json_t *schema, const json_t *value)
{
	(void)schema;
	return !json_is_number(value) ||
	        json_number_value(value) <= json_number_value(argument)
	    ? SL_OK
	    : fail(check, "is too large");
}

static enum sl_status
check_exclusive(struct schema_check *check, const json_t *argument,
    const json_t *schema, const json_t *value)
{
	(void)schema;
	return !json_is_number(value) ||
	        json_number_value(value) > json_number_value(argument)
	    ? SL_OK
	    : fail(check, "is too small");
}

/* Code points: every byte that does not continue one. */
static json_int_t
count_characters(const json_t *value)
{
	const char *text = json_string_value(value);
	json_int_t count = 0;

	for (size_t i = 0; i < json_string_length(value); i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

static enum sl_status
check_min_length(struct schema_check *check, const json_t *argument,
    const json_t *schema, const json_t *value)
{
	(void)schema;
	return !json_is_string(value) ||
	        count_characters(value) >= json_integer_value(argument)
	    ? SL_OK
	    : fail(check, "is empty");
}

static enum sl_status
check_max_length(struct schema_check *check, const json_t *argument,
    const json_t *schema, const json_t *value)
{
	(void)schema;
	return !json_is_string(value) ||
	        count_characters(value) <= json_integer_value(argument)
	    ? SL_OK
	    : fail(check, "is too long");
}

static enum sl_status
check_max_items(struct schema_check *check, const json_t *argument,
    const json_t *schema, const json_t *value)
{
	(void)schema;
	return json_array_size(value) <= (size_t)json_integer_value(argument)
	    ? SL_OK
	    : fail(check, "has too many items");
}

static enum sl_status
check_pattern(struct schema_check *check, const json_t *argument,
    const json_t *schema, const json_t *value)
{
	const char *pattern = json_string_value(argument);
	char why[160];
	regex_t regex;
	int outcome;

	(void)schema;
	if (!json_is_string(value))
		return SL_OK;
	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return sl_error_set(check->err, SL_ERR_NOMEM, "out of memory");
	outcome = regexec(&regex, json_string_value(value), 0, NULL, 0);
	regfree(&regex);
	if (outcome == 0)
		return SL_OK;
	snprintf(why, sizeof(why), "\"%.60s\" does not have the form %.60s",
	    json_string_value(value), pattern);
	return fail(check, why);
}

static enum sl_status
check_format(struct schema_check *check, const json_t *argument,
    const json_t *schema, const json_t *value)
{
	int64_t us;

	(void)argument;
	(void)schema;
	return !json_is_string(value) ||
	        sl_time_parse(&us, sl_slice_text(json_string_value(value))) ==
	            SL_OK
	    ? SL_OK
	    : fail(check, "is no UTC time such as 2026-11-21T01:15:00Z");
}

static enum sl_status
check_if(struct schema_check *check, const json_t *argument,
    const json_t *schema, const json_t *value)
{
	const json_t *then = json_object_get(schema, "then");
	struct schema_check trial = {.root = check->root};

	if (schema_check_value(&trial, argument, value) != SL_OK)
		return SL_OK;
	return schema_check_value(check, then, value);
}

const json_t *
schema_find_ref(const json_t *root, const char *ref)
{
	if (strncmp(ref, REF_PREFIX, strlen(REF_PREFIX)) != 0)
		return NULL;
	return json_object_get(
	    json_object_get(root, "$defs"), ref + strlen(REF_PREFIX));
}

static enum sl_status
check_ref(struct schema_check *check, const json_t *argument,
    const json_t *schema, const json_t *value)
{
	(void)schema;
	return schema_check_value(check,
	    schema_find_ref(check->root, json_string_value(argument)), value);
}

const struct schema_keyword schema_keywords[] = {
    {"$schema", SHAPE_TEXT, NULL},
    {"title", SHAPE_TEXT, NULL},
    {"description", SHAPE_TEXT, NULL},
    {"$defs", SHAPE_SCHEMAS, NULL},
    {"then", SHAPE_SCHEMA, NULL}, /* by "if" */
    {"$ref", SHAPE_TEXT, check_ref},
    {"type", SHAPE_TEXT, check_type},
    {"const", SHAPE_ANY, check_const},
    {"enum", SHAPE_TEXTS, check_enum},
    {"minimum", SHAPE_NUMBER, check_minimum},
    {"maximum", SHAPE_NUMBER, check_maximum},
    {"exclusiveMinimum", SHAPE_NUMBER, check_exclusive},
    {"minLength", SHAPE_COUNT, check_min_length},
    {"maxLength", SHAPE_COUNT, check_max_length},
    {"maxItems", SHAPE_COUNT, check_max_items},
    {"pattern", SHAPE_TEXT, check_pattern},
    {"format", SHAPE_TEXT, check_format},
    {"required", SHAPE_TEXTS, check_required},
    {"properties", SHAPE_SCHEMAS, check_properties},
    {"items", SHAPE_SCHEMA, check_items},
    {"if", SHAPE_SCHEMA, check_if},
};
const size_t schema_keyword_count =
    sizeof(schema_keywords) / sizeof(*schema_keywords);

enum sl_status
schema_check_value(
    struct schema_check *check, const json_t *schema, const json_t *value)
{
	for (size_t i = 0; i < schema_keyword_count; i++) {
		const json_t *argument =
		    json_object_get(schema, schema_keywords[i].name);
		enum sl_status status;

		if (argument == NULL || schema_keywords[i].fn == NULL)
			continue;
		status = schema_keywords[i].fn(check, argument, schema, value);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}
