/* A column of a Parquet file, read row by row: into a series, or as a number.
 *
 * The owner embeds it and calls clear; it borrows the file. */
#ifndef SL_EXPORT_MCAP_CELL_H
#define SL_EXPORT_MCAP_CELL_H

#include "mcap_series.h"
#include "sluice/formats/parquet_column.h"

struct mcap_cell {
	struct sl_parquet_column *reader;
	const struct sl_parquet_leaf *leaf;
	enum sl_parquet_type type;
	bool has_nulls; /* the value itself may be missing */
	bool may_miss;  /* the row may */
	struct sl_parquet_batch batch;
	size_t at;             /* entry in the batch */
	size_t value;          /* the same among its values */
	struct series *series; /* owned; NULL: only the last number is kept */
	double number;
};

SL_MUST_CHECK enum sl_status mcap_cell_open(
    struct mcap_cell *out, struct sl_parquet_file *file, size_t leaf);
void mcap_cell_clear(struct mcap_cell *cell);

/* The next row: its values go to the series, which has begun then and wants an
 * end; or `number` is the last of them, NaN if there is none. */
SL_MUST_CHECK enum sl_status mcap_cell_read(
    struct mcap_cell *cell, struct sl_error *err);

/* How many values the first row that has any has, as far as the first batch
 * tells; 0: none has. */
SL_MUST_CHECK enum sl_status mcap_cell_width(struct sl_parquet_file *file,
    size_t leaf, size_t *width, struct sl_error *err);

#endif /* SL_EXPORT_MCAP_CELL_H */
