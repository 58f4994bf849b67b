#include "sluice/catalog/schema.h"

#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "schema_keyword.h"
#include "sluice/catalog/json.h"

struct sl_schema {
	json_t *root;
};

/* ---- is it a schema? ---- */

static bool is_schema(const json_t *root, const json_t *schema);

static bool
are_texts(const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach (list, i, item) {
		if (!json_is_string(item))
			return false;
	}
	return json_is_array(list);
}

static bool
are_schemas(const json_t *root, const json_t *object)
{
	const char *name;
	json_t *part;

	json_object_foreach ((json_t *)(uintptr_t)object, name, part) {
		if (!is_schema(root, part))
			return false;
	}
	return json_is_object(object);
}

static bool
has_shape(const json_t *root, enum schema_shape shape, const json_t *argument)
{
	switch (shape) {
	case SHAPE_TEXT:
		return json_is_string(argument);
	case SHAPE_NUMBER:
		return json_is_number(argument);
	case SHAPE_COUNT:
		return json_is_integer(argument) &&
		    json_integer_value(argument) >= 0;
	case SHAPE_ANY:
		return true;
	case SHAPE_TEXTS:
		return are_texts(argument);
	case SHAPE_SCHEMA:
		return is_schema(root, argument);
	case SHAPE_SCHEMAS:
		return are_schemas(root, argument);
	}
	return false;
}

static const struct schema_keyword *
find_keyword(const char *name)
{
	for (size_t i = 0; i < schema_keyword_count; i++) {
		if (strcmp(schema_keywords[i].name, name) == 0)
			return &schema_keywords[i];
	}
	return NULL;
}

static bool
is_pattern(const char *pattern)
{
	regex_t regex;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	regfree(&regex);
	return true;
}

/* What the shape of the argument does not say. */
static bool
has_sense(const json_t *root, const char *name, const json_t *argument)
{
	static const char *const types[] = {
	    "object", "array", "string", "boolean", "number", "integer"};
	const char *text = json_string_value(argument);

	if (strcmp(name, "$ref") == 0) {
		const json_t *target = schema_find_ref(root, text);

		/* One step: a circle would never end. */
		return target != NULL &&
		    json_object_get(target, "$ref") == NULL;
	}
	if (strcmp(name, "format") == 0)
		return strcmp(text, "date-time") == 0;
	if (strcmp(name, "pattern") == 0)
		return is_pattern(text);
	if (strcmp(name, "type") != 0)
		return true;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strcmp(text, types[i]) == 0)
			return true;
	}
	return false;
}

/* Nesting is bounded by the depth that sl_json_parse() allows. */
static bool
is_schema(const json_t *root, const json_t *schema)
{
	const char *name;
	json_t *argument;

	json_object_foreach ((json_t *)(uintptr_t)schema, name, argument) {
		const struct schema_keyword *keyword = find_keyword(name);

		if (keyword == NULL ||
		    !has_shape(root, keyword->shape, argument) ||
		    !has_sense(root, name, argument))
			return false;
	}
	return json_is_object(schema) &&
	    (json_object_get(schema, "if") == NULL) ==
	    (json_object_get(schema, "then") == NULL);
}

/* ---- public ---- */

enum sl_status
sl_schema_parse(
    struct sl_schema **out, struct sl_slice text, struct sl_error *err)
{
	json_t *root;
	enum sl_status status;

	*out = NULL;
	status = sl_json_parse(&root, text, SL_SCHEMA_BYTES_MAX, err);
	if (status != SL_OK)
		return status;
	if (!is_schema(root, root))
		status = sl_error_set(err, SL_ERR_INVALID,
		    "a keyword of the schema is unknown or malformed");
	else if ((*out = calloc(1, sizeof(**out))) == NULL)
		status = SL_ERR_NOMEM;
	if (status != SL_OK) {
		json_decref(root);
		return status;
	}
	(*out)->root = root;
	return SL_OK;
}

void
sl_schema_free(struct sl_schema *schema)
{
	if (schema == NULL)
		return;
	json_decref(schema->root);
	free(schema);
}

enum sl_status
sl_schema_check(
    const struct sl_schema *schema, const json_t *value, struct sl_error *err)
{
	struct schema_check check = {.root = schema->root, .err = err};

	return schema_check_value(&check, schema->root, value);
}
