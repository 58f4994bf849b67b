#include "sluice/catalog/field.h"

#include <stdlib.h>
#include <string.h>

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static enum sl_status
add(struct sl_fields *fields, struct sl_slice field, struct sl_error *err)
{
	char name[SL_SLUG_MAX + 1] = "";

	if (!sl_slug_is_valid(field))
		return sl_error_set(err, SL_ERR_INVALID,
		    "a field of use is a word of a-z, 0-9, '.', '_' and '-'");
	memcpy(name, field.data, field.len);
	if (sl_fields_contain(fields, name))
		return SL_OK;
	if (fields->count == SL_FIELDS_MAX)
		return sl_error_set(err, SL_ERR_INVALID,
		    "more than %d fields of use", SL_FIELDS_MAX);
	memcpy(fields->name[fields->count++], name, sizeof(name));
	qsort(fields->name, fields->count, sizeof(fields->name[0]), compare);
	return SL_OK;
}

enum sl_status
sl_fields_parse(
    struct sl_fields *out, struct sl_slice text, struct sl_error *err)
{
	struct sl_fields fields = {0};
	size_t start = 0;
	enum sl_status status = SL_OK;

	if (sl_slice_is_text(text, "*"))
		fields.all = true;
	for (size_t i = 0;
	     !fields.all && text.len > 0 && status == SL_OK && i <= text.len;
	     i++) {
		if (i < text.len && text.data[i] != ',')
			continue;
		status = add(
		    &fields, sl_slice_of(text.data + start, i - start), err);
		start = i + 1;
	}
	if (status == SL_OK)
		*out = fields;
	return status;
}

enum sl_status
sl_fields_from_json(
    struct sl_fields *out, const json_t *array, struct sl_error *err)
{
	struct sl_fields fields = {0};
	enum sl_status status;
	size_t i;
	json_t *value;

	json_array_foreach ((json_t *)array, i, value) {
		const char *text = json_string_value(value);

		if (text == NULL)
			return sl_error_set(
			    err, SL_ERR_INVALID, "a field of use is not text");
		if (strcmp(text, "*") == 0 && json_array_size(array) == 1) {
			fields.all = true;
			break;
		}
		status = add(&fields, sl_slice_text(text), err);
		if (status != SL_OK)
			return status;
	}
	*out = fields;
	return SL_OK;
}

json_t *
sl_fields_to_json(const struct sl_fields *fields)
{
	json_t *array = json_array();
	int failed = 0;

	if (fields->all)
		failed = json_array_append_new(array, json_string("*"));
	for (uint32_t i = 0; failed == 0 && i < fields->count; i++)
		failed =
		    json_array_append_new(array, json_string(fields->name[i]));
	if (failed == 0)
		return array;
	json_decref(array);
	return NULL;
}

bool
sl_fields_contain(const struct sl_fields *fields, const char *field)
{
	if (fields->all)
		return true;
	for (uint32_t i = 0; i < fields->count; i++) {
		if (strcmp(fields->name[i], field) == 0)
			return true;
	}
	return false;
}
