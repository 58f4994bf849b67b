/* One column of a Parquet file, read from its first row to its last: pages
 * are decoded one at a time, so memory does not grow with the file.
 *
 * Nesting is told as the format does (Dremel): one level entry per value, NULL
 * or empty list; `rep` 0 begins a row, `def` at its maximum means there is a
 * value.  One thread at a time uses a column. */
#ifndef SLUICE_FORMATS_PARQUET_COLUMN_H
#define SLUICE_FORMATS_PARQUET_COLUMN_H

#include "sluice/formats/parquet_file.h"

/* Page and dictionary, decoded; writers make them of about 1 MiB, DuckDB of
 * up to 100 MB. */
#define SL_PARQUET_PAGE_MAX (256u << 20)
/* Level entries of a batch. */
#define SL_PARQUET_BATCH_MAX 4096

/* Borrowed until the column's next call. */
struct sl_parquet_batch {
	size_t count;             /* level entries; 0: the end */
	const unsigned char *rep; /* NULL: every entry is a row */
	const unsigned char *def; /* NULL: every entry is a value */
	size_t value_count;
	union {
		const unsigned char *booleans;
		const int32_t *int32;
		const int64_t *int64;
		const float *float32;
		const double *float64;
		const struct sl_slice *bytes; /* BYTES, FIXED, INT96 */
		const void *any;
	} values;
};

struct sl_parquet_column;

/* `leaf` < leaf_count. */
SL_MUST_CHECK enum sl_status sl_parquet_column_new(
    struct sl_parquet_column **out, struct sl_parquet_file *file, size_t leaf);
/* NULL is allowed. */
void sl_parquet_column_free(struct sl_parquet_column *column);

/* The next entries that belong to rows before `until`; count is 0 once all of
 * them were read.  Batches may end within a row.  SL_ERR_INVALID if the bytes
 * are wrong, SL_ERR_LIMIT if a page is too large to be held. */
SL_MUST_CHECK enum sl_status sl_parquet_column_read(
    struct sl_parquet_column *column, uint64_t until,
    struct sl_parquet_batch *out, struct sl_error *err);

/* Pass over the rows before `until`; pages of which nothing is wanted are not
 * decoded. */
SL_MUST_CHECK enum sl_status sl_parquet_column_skip(
    struct sl_parquet_column *column, uint64_t until, struct sl_error *err);

#endif /* SLUICE_FORMATS_PARQUET_COLUMN_H */
