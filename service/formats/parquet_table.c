#include "parquet_table.h"

#include <math.h>
#include <stdlib.h>

#include "parquet_format.h"

/* Values of one row of one column: a description, not a film. */
#define ROW_VALUES_MAX 100000u

struct table_column {
	struct sl_parquet_column *column;
	const char *name;
	enum sl_parquet_type type;
	unsigned max_rep;
	unsigned max_def;
	/* At which definition level each list has an element. */
	unsigned element_def[SL_PARQUET_DEPTH_MAX + 1];
};

struct parquet_table {
	struct sl_parquet_file *file;
	struct table_column *columns;
	size_t column_count;
	uint64_t row;
};

static void
find_lists(const struct sl_parquet_schema *schema,
    const struct sl_parquet_leaf *leaf, unsigned *element_def)
{
	unsigned def = 0;
	unsigned rep = 0;

	/* A column of one leaf: its nodes follow one another. */
	for (uint32_t at = leaf->top; at <= leaf->node; at++) {
		def += schema->nodes[at].repetition != SL_PARQUET_REQUIRED;
		if (schema->nodes[at].repetition == SL_PARQUET_REPEATED)
			element_def[rep++] = def;
	}
}

static bool
is_alone(const struct sl_parquet_schema *schema, size_t leaf)
{
	uint32_t top = schema->leaves[leaf].top;

	return (leaf == 0 || schema->leaves[leaf - 1].top != top) &&
	    (leaf + 1 == schema->leaf_count ||
	        schema->leaves[leaf + 1].top != top);
}

static enum sl_status
open_columns(struct parquet_table *table, struct sl_error *err)
{
	const struct sl_parquet_schema *schema = sl_parquet_schema(table->file);

	if (schema->leaf_count > PARQUET_TABLE_COLUMNS_MAX)
		return sl_error_set(
		    err, SL_ERR_LIMIT, "parquet: too many columns");
	table->columns =
	    calloc(schema->leaf_count + 1, sizeof(*table->columns));
	if (table->columns == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < schema->leaf_count; i++) {
		const struct sl_parquet_leaf *leaf = &schema->leaves[i];
		struct table_column *column =
		    &table->columns[table->column_count];
		enum sl_status status;

		if (!is_alone(schema, i))
			continue;
		column->name = schema->nodes[leaf->top].name;
		column->type = schema->nodes[leaf->node].type;
		column->max_rep = leaf->max_rep;
		column->max_def = leaf->max_def;
		find_lists(schema, leaf, column->element_def);
		status = sl_parquet_column_new(&column->column, table->file, i);
		if (status != SL_OK)
			return status;
		table->column_count++;
	}
	return SL_OK;
}

enum sl_status
parquet_table_open(struct parquet_table **out, int fd, uint64_t file_bytes,
    struct sl_error *err)
{
	struct parquet_table *table;
	enum sl_status status;

	*out = NULL;
	table = calloc(1, sizeof(*table));
	if (table == NULL)
		return SL_ERR_NOMEM;
	status = sl_parquet_open(&table->file, fd, file_bytes, err);
	if (status == SL_OK)
		status = open_columns(table, err);
	if (status == SL_OK)
		*out = table;
	else
		parquet_table_close(table);
	return status;
}

void
parquet_table_close(struct parquet_table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->column_count; i++)
		sl_parquet_column_free(table->columns[i].column);
	free(table->columns);
	sl_parquet_close(table->file);
	free(table);
}

uint64_t
parquet_table_rows(const struct parquet_table *table)
{
	return sl_parquet_rows(table->file);
}

/* NULL if it is no UTF-8 or memory is short. */
static json_t *
make_value(
    const struct sl_parquet_batch *batch, enum sl_parquet_type type, size_t at)
{
	double real = 0;

	switch (type) {
	case SL_PARQUET_BOOLEAN:
		return json_boolean(batch->values.booleans[at] != 0);
	case SL_PARQUET_INT32:
		return json_integer(batch->values.int32[at]);
	case SL_PARQUET_INT64:
		return json_integer(batch->values.int64[at]);
	case SL_PARQUET_FLOAT:
		real = (double)batch->values.float32[at];
		break;
	case SL_PARQUET_DOUBLE:
		real = batch->values.float64[at];
		break;
	case SL_PARQUET_INT96:
	case SL_PARQUET_BYTES:
	case SL_PARQUET_FIXED:
		return json_stringn((const char *)batch->values.bytes[at].data,
		    batch->values.bytes[at].len);
	}
	return isfinite(real) ? json_real(real) : json_null();
}

/* Put the entry into the row's value, `*value`, as deep as it belongs. */
static bool
place_entry(const struct table_column *column, json_t **value, unsigned rep,
    unsigned def, json_t *leaf)
{
	json_t *into = NULL;
	json_t *made = leaf;
	unsigned level = column->max_rep;

	/* What is new below the list that goes on: from the inside out. */
	for (unsigned i = 0; i < column->max_rep; i++) {
		if (def < column->element_def[i]) {
			level = i;
			json_decref(made);
			made = def + 1 == column->element_def[i] ? json_array()
			                                         : json_null();
			break;
		}
	}
	while (level > rep) {
		json_t *list = json_array();

		if (json_array_append_new(list, made) != 0)
			return false;
		made = list;
		level--;
	}
	if (rep == 0) {
		*value = made;
		return made != NULL;
	}
	into = *value;
	for (unsigned i = 1; i < rep && into != NULL; i++)
		into = json_array_get(into, json_array_size(into) - 1);
	return json_array_append_new(into, made) == 0;
}

static enum sl_status
read_cell(struct parquet_table *table, const struct table_column *column,
    json_t **value, struct sl_error *err)
{
	struct sl_parquet_batch batch = {.count = 1};
	size_t total = 0;

	*value = NULL;
	for (;;) {
		size_t at = 0;
		enum sl_status status = sl_parquet_column_read(
		    column->column, table->row + 1, &batch, err);

		if (status != SL_OK)
			return status;
		if (batch.count == 0)
			break;
		total += batch.count;
		if (total > ROW_VALUES_MAX)
			return sl_error_set(err, SL_ERR_LIMIT,
			    "parquet: column %.80s: a row of too many values",
			    column->name);
		for (size_t i = 0; i < batch.count; i++) {
			unsigned def =
			    batch.def == NULL ? column->max_def : batch.def[i];
			unsigned rep = batch.rep == NULL ? 0 : batch.rep[i];
			json_t *leaf = def == column->max_def
			    ? make_value(&batch, column->type, at++)
			    : json_null();

			if (leaf == NULL ||
			    !place_entry(column, value, rep, def, leaf))
				return sl_error_set(err, SL_ERR_INVALID,
				    "parquet: column %.80s: row %llu cannot be "
				    "read as text",
				    column->name,
				    (unsigned long long)table->row);
		}
	}
	return SL_OK;
}

enum sl_status
parquet_table_next(
    struct parquet_table *table, json_t **out, struct sl_error *err)
{
	json_t *row;
	enum sl_status status = SL_OK;

	*out = NULL;
	if (table->row == sl_parquet_rows(table->file))
		return SL_OK;
	row = json_object();
	for (size_t i = 0; status == SL_OK && i < table->column_count; i++) {
		const struct table_column *column = &table->columns[i];
		json_t *value = NULL;

		status = read_cell(table, column, &value, err);
		if (status != SL_OK)
			json_decref(value);
		else if (json_object_set_new(row, column->name,
		             value == NULL ? json_null() : value) != 0)
			status = sl_error_set(err, SL_ERR_INVALID,
			    "parquet: a column's name is no text");
	}
	table->row++;
	if (status == SL_OK)
		*out = row;
	else
		json_decref(row);
	return status;
}
