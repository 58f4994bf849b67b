/* A table of numbers as text: a first line of names, then lines of as many
 * numbers, with a comma between them (RFC 4180, without quotes).
 *
 * A field that is empty or "nan" is not a number.  The table borrows the
 * descriptor and holds one line.  One thread at a time. */
#ifndef SLUICE_FORMATS_CSV_H
#define SLUICE_FORMATS_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"

#define SL_CSV_LINE_MAX    65536
#define SL_CSV_COLUMNS_MAX 1024

struct sl_csv;

/* SL_ERR_INVALID, SL_ERR_LIMIT: the first line is none of names, all
 * different, of letters, digits and "_.-/[]() ". */
SL_MUST_CHECK enum sl_status sl_csv_open(
    struct sl_csv **out, int fd, uint64_t file_bytes, struct sl_error *err);
/* NULL is allowed. */
void sl_csv_free(struct sl_csv *csv);

size_t sl_csv_columns(const struct sl_csv *csv);
const char *sl_csv_name(const struct sl_csv *csv, size_t column);

/* The next row, one value per column, borrowed until the next call; NULL behind
 * the last.  Empty lines are passed over.  SL_ERR_INVALID, SL_ERR_LIMIT: a line
 * that is no row, by its number. */
SL_MUST_CHECK enum sl_status sl_csv_next(
    struct sl_csv *csv, const double **row, struct sl_error *err);

#endif /* SLUICE_FORMATS_CSV_H */
