#include "mcap_cell.h"

#include <math.h>

enum sl_status
mcap_cell_open(
    struct mcap_cell *cell, struct sl_parquet_file *file, size_t leaf)
{
	const struct sl_parquet_schema *schema = sl_parquet_schema(file);
	const struct sl_parquet_node *node;

	*cell = (struct mcap_cell){.leaf = &schema->leaves[leaf]};
	node = &schema->nodes[cell->leaf->node];
	cell->type = node->type;
	cell->has_nulls = node->repetition == SL_PARQUET_OPTIONAL;
	cell->may_miss =
	    schema->nodes[cell->leaf->top].repetition == SL_PARQUET_OPTIONAL;
	return sl_parquet_column_new(&cell->reader, file, leaf);
}

void
mcap_cell_clear(struct mcap_cell *cell)
{
	sl_parquet_column_free(cell->reader);
	series_free(cell->series);
}

static enum sl_status
add_value(struct mcap_cell *cell)
{
	const struct sl_parquet_batch *batch = &cell->batch;
	size_t at = cell->value++;

	switch (cell->type) {
	case SL_PARQUET_BOOLEAN:
		return series_add_boolean(
		    cell->series, batch->values.booleans[at] != 0);
	case SL_PARQUET_INT32:
		return series_add_integer(
		    cell->series, batch->values.int32[at]);
	case SL_PARQUET_INT64:
		return series_add_integer(
		    cell->series, batch->values.int64[at]);
	case SL_PARQUET_FLOAT:
		return series_add_number(
		    cell->series, (double)batch->values.float32[at], true);
	case SL_PARQUET_DOUBLE:
		return series_add_number(
		    cell->series, batch->values.float64[at], false);
	case SL_PARQUET_BYTES:
		return series_add_text(cell->series, batch->values.bytes[at]);
	case SL_PARQUET_INT96:
	case SL_PARQUET_FIXED:
		break;
	}
	return SL_ERR_STATE;
}

enum entry {
	ENTRY_VALUE,
	ENTRY_NULL,    /* of a list, or the row's only one */
	ENTRY_EMPTY,   /* a list of none */
	ENTRY_MISSING, /* the row has none */
};

static enum entry
entry_at(const struct mcap_cell *cell, size_t at)
{
	const struct sl_parquet_leaf *leaf = cell->leaf;
	unsigned def =
	    cell->batch.def == NULL ? leaf->max_def : cell->batch.def[at];

	if (def == leaf->max_def)
		return ENTRY_VALUE;
	if (def == 0 && cell->may_miss)
		return ENTRY_MISSING;
	return cell->has_nulls && def + 1 == leaf->max_def ? ENTRY_NULL
	                                                   : ENTRY_EMPTY;
}

static enum sl_status
add_entry(struct mcap_cell *cell)
{
	const struct sl_parquet_batch *batch = &cell->batch;
	enum entry entry = entry_at(cell, cell->at);

	if (cell->series == NULL) {
		if (entry == ENTRY_VALUE)
			cell->number = cell->type == SL_PARQUET_FLOAT
			    ? (double)batch->values.float32[cell->value]
			    : batch->values.float64[cell->value];
		cell->value += entry == ENTRY_VALUE;
		return SL_OK;
	}
	switch (entry) {
	case ENTRY_VALUE:
		return add_value(cell);
	case ENTRY_NULL:
		return series_add_null(cell->series);
	case ENTRY_MISSING:
		series_miss(cell->series);
		break;
	case ENTRY_EMPTY:
		break;
	}
	return SL_OK;
}

enum sl_status
mcap_cell_read(struct mcap_cell *cell, struct sl_error *err)
{
	bool has_begun = false;
	enum sl_status status = SL_OK;

	cell->number = (double)NAN;
	if (cell->series != NULL)
		series_begin(cell->series);
	while (status == SL_OK) {
		const struct sl_parquet_batch *batch = &cell->batch;

		if (cell->at == batch->count) {
			status = sl_parquet_column_read(
			    cell->reader, UINT64_MAX, &cell->batch, err);
			cell->at = 0;
			cell->value = 0;
			if (status != SL_OK || batch->count == 0)
				return status;
		}
		if (has_begun &&
		    (batch->rep == NULL || batch->rep[cell->at] == 0))
			return SL_OK;
		has_begun = true;
		status = add_entry(cell);
		cell->at++;
	}
	return status;
}

enum sl_status
mcap_cell_width(struct sl_parquet_file *file, size_t leaf, size_t *width,
    struct sl_error *err)
{
	struct mcap_cell cell;
	enum sl_status status = mcap_cell_open(&cell, file, leaf);

	*width = 0;
	if (status == SL_OK)
		status = sl_parquet_column_read(
		    cell.reader, UINT64_MAX, &cell.batch, err);
	for (size_t i = 0; status == SL_OK && i < cell.batch.count; i++) {
		if (*width > 0 &&
		    (cell.batch.rep == NULL || cell.batch.rep[i] == 0))
			break;
		*width += entry_at(&cell, i) <= ENTRY_NULL;
	}
	mcap_cell_clear(&cell);
	return status;
}
