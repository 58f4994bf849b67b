/* A Parquet file as rows of JSON, for tables that describe something: the
 * episodes and tasks of LeRobot v3.  One row is held at a time.
 *
 * The table borrows the descriptor. */
#ifndef SL_FORMATS_PARQUET_TABLE_H
#define SL_FORMATS_PARQUET_TABLE_H

#include <jansson.h>

#include "sluice/formats/parquet_column.h"

/* Columns of a table that is read so; each keeps a page in memory. */
#define PARQUET_TABLE_COLUMNS_MAX 4096

struct parquet_table;

SL_MUST_CHECK enum sl_status parquet_table_open(struct parquet_table **out,
    int fd, uint64_t file_bytes, struct sl_error *err);
/* NULL is allowed. */
void parquet_table_close(struct parquet_table *table);

uint64_t parquet_table_rows(const struct parquet_table *table);

/* The next row as an object, a member per column; NULL at the end.  Lists are
 * arrays; strings must be UTF-8; NaN and infinite numbers are null.  Columns
 * that are structs are left out. */
SL_MUST_CHECK enum sl_status parquet_table_next(
    struct parquet_table *table, json_t **out, struct sl_error *err);

#endif /* SL_FORMATS_PARQUET_TABLE_H */
