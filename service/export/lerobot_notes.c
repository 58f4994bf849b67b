#include "lerobot_notes.h"

#include <stdlib.h>
#include <string.h>

/* What pandas was when this form of its metadata was made. */
#define PANDAS "2.2.2"

static enum sl_status
add_note(struct sl_parquet_writer *writer, const char *key, json_t *value)
{
	char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);
	enum sl_status status = text == NULL
	    ? SL_ERR_NOMEM
	    : sl_parquet_writer_note(writer, key, sl_slice_text(text));

	free(text);
	json_decref(value);
	return status;
}

static json_t *
pandas_column(const char *name, const char *pandas, const char *numpy)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:n}", "name", name,
	    "field_name", name, "pandas_type", pandas, "numpy_type", numpy,
	    "metadata");
}

/* Takes both. */
static json_t *
pandas_note(json_t *indexes, json_t *columns)
{
	return json_pack(
	    "{s:o, s:[{s:n, s:n, s:s, s:s, s:{s:s}}], s:o, s:{s:s, s:s}, s:s}",
	    "index_columns", indexes, "column_indexes", "name", "field_name",
	    "pandas_type", "unicode", "numpy_type", "object", "metadata",
	    "encoding", "UTF-8", "columns", columns, "creator", "library",
	    "sluice", "version", PACKAGE_VERSION, "pandas_version", PANDAS);
}

/* One number per row is a value, more are a sequence of known length. */
static json_t *
datasets_feature(const json_t *feature)
{
	const json_t *shape = json_object_get(feature, "shape");
	json_t *value = json_pack("{s:O?, s:s}", "dtype",
	    json_object_get(feature, "dtype"), "_type", "Value");
	size_t rank = json_array_size(shape);

	if (rank == 0 ||
	    (rank == 1 && json_integer_value(json_array_get(shape, 0)) == 1))
		return value;
	for (size_t i = rank; i > 0; i--)
		value = json_pack("{s:o, s:O, s:s}", "feature", value, "length",
		    json_array_get(shape, i - 1), "_type", "Sequence");
	return value;
}

static const char *
type_of(const json_t *feature)
{
	const char *type = json_string_value(json_object_get(feature, "dtype"));

	return type == NULL ? "" : type;
}

enum sl_status
lerobot_note_features(struct sl_parquet_writer *writer, const json_t *features)
{
	json_t *known = json_object();
	json_t *columns = json_array();
	const char *name;
	json_t *feature;
	enum sl_status status;

	json_object_foreach ((json_t *)(uintptr_t)features, name, feature) {
		json_t *made;
		bool is_list;

		if (strcmp(type_of(feature), "video") == 0 ||
		    strcmp(type_of(feature), "image") == 0)
			continue;
		made = datasets_feature(feature);
		is_list = json_object_get(made, "length") != NULL;
		json_array_append_new(columns,
		    pandas_column(name, is_list ? "list" : type_of(feature),
		        is_list ? "object" : type_of(feature)));
		if (json_object_set_new(known, name, made) != 0) {
			json_decref(known);
			json_decref(columns);
			return SL_ERR_NOMEM;
		}
	}
	status = add_note(writer, "huggingface",
	    json_pack("{s:{s:o}}", "info", "features", known));
	if (status == SL_OK)
		return add_note(
		    writer, "pandas", pandas_note(json_array(), columns));
	json_decref(columns);
	return status;
}

enum sl_status
lerobot_note_tasks(struct sl_parquet_writer *writer)
{
	json_t *columns =
	    json_pack("[o, o]", pandas_column("task_index", "int64", "int64"),
	        pandas_column("task", "unicode", "object"));

	return add_note(
	    writer, "pandas", pandas_note(json_pack("[s]", "task"), columns));
}
