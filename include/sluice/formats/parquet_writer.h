/* Writes a Parquet file, row group by row group, column by column: version 1
 * pages with checksums, a dictionary where it pays, plain values where not.
 *
 * The writer borrows descriptor and schema.  It holds the compressed columns
 * of one row group, and a page of each.  What it writes depends on nothing but
 * what it is given.  A file is one only after finish. */
#ifndef SLUICE_FORMATS_PARQUET_WRITER_H
#define SLUICE_FORMATS_PARQUET_WRITER_H

#include "sluice/formats/parquet_column.h"

/* The numbers are the format's. */
enum sl_parquet_codec {
	SL_PARQUET_UNCOMPRESSED = 0,
	SL_PARQUET_SNAPPY = 1,
	SL_PARQUET_ZSTD = 6,
};

/* One column's part of a row group, compressed. */
#define SL_PARQUET_CHUNK_MAX (512u << 20)

struct sl_parquet_writer;

/* `fd` is at its beginning. */
SL_MUST_CHECK enum sl_status sl_parquet_writer_new(
    struct sl_parquet_writer **out, int fd,
    const struct sl_parquet_schema *schema, enum sl_parquet_codec codec,
    struct sl_error *err);
/* NULL is allowed. */
void sl_parquet_writer_free(struct sl_parquet_writer *writer);

/* Entries of a column of the row group under way, as a reader gives them. */
SL_MUST_CHECK enum sl_status sl_parquet_writer_add(
    struct sl_parquet_writer *writer, size_t leaf,
    const struct sl_parquet_batch *batch, struct sl_error *err);

/* Rows without NULLs: of a plain column (`per_row` 1), or of a column of
 * lists that all have `per_row` elements. */
SL_MUST_CHECK enum sl_status sl_parquet_writer_rows(
    struct sl_parquet_writer *writer, size_t leaf, const void *values,
    size_t rows, size_t per_row, struct sl_error *err);

/* SL_ERR_STATE unless every column has that many rows. */
SL_MUST_CHECK enum sl_status sl_parquet_writer_end_group(
    struct sl_parquet_writer *writer, uint64_t rows, struct sl_error *err);

/* Key-value metadata; before finish.  Copies. */
SL_MUST_CHECK enum sl_status sl_parquet_writer_note(
    struct sl_parquet_writer *writer, const char *key, struct sl_slice value);

/* Write the footer.  Not fsynced. */
SL_MUST_CHECK enum sl_status sl_parquet_writer_finish(
    struct sl_parquet_writer *writer, struct sl_error *err);

#endif /* SLUICE_FORMATS_PARQUET_WRITER_H */
