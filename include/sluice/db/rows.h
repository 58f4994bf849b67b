/* The rows of one answer, with getters that accept exactly the type asked for.
 *
 * Slices are borrowed from the rows and NUL-terminated behind their end.  A
 * getter that finds NULL or anything else than its type returns
 * SL_ERR_INTEGRITY; ask sl_rows_is_null() first where NULL is expected. */
#ifndef SLUICE_DB_ROWS_H
#define SLUICE_DB_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/slice.h"
#include "sluice/base/status.h"
#include "sluice/base/uuid.h"

struct sl_rows;

int sl_rows_count(const struct sl_rows *rows);
int sl_rows_columns(const struct sl_rows *rows);

bool sl_rows_is_null(const struct sl_rows *rows, int row, int column);

/* Empty for NULL. */
struct sl_slice sl_rows_text(const struct sl_rows *rows, int row, int column);

SL_MUST_CHECK enum sl_status sl_rows_int8(
    int64_t *out, const struct sl_rows *rows, int row, int column);

/* An int8 that is 0 … UINT32_MAX. */
SL_MUST_CHECK enum sl_status sl_rows_uint32(
    uint32_t *out, const struct sl_rows *rows, int row, int column);

/* An int8 that is not negative. */
SL_MUST_CHECK enum sl_status sl_rows_uint64(
    uint64_t *out, const struct sl_rows *rows, int row, int column);

SL_MUST_CHECK enum sl_status sl_rows_bool(
    bool *out, const struct sl_rows *rows, int row, int column);

SL_MUST_CHECK enum sl_status sl_rows_uuid(
    struct sl_uuid *out, const struct sl_rows *rows, int row, int column);

/* bytea of exactly `len` bytes. */
SL_MUST_CHECK enum sl_status sl_rows_bytes(
    void *out, size_t len, const struct sl_rows *rows, int row, int column);

/* bytea of any length, appended. */
SL_MUST_CHECK enum sl_status sl_rows_bytea(
    struct sl_buf *out, const struct sl_rows *rows, int row, int column);

/* int8 microseconds since 1970, as our functions return times. */
SL_MUST_CHECK enum sl_status sl_rows_time(
    int64_t *out_us, const struct sl_rows *rows, int row, int column);

/* int4[] of numbers >= 0; *out is freed by the caller, NULL if empty. */
SL_MUST_CHECK enum sl_status sl_rows_uint32s(uint32_t **out, size_t *out_count,
    const struct sl_rows *rows, int row, int column);

/* Frees what sl_db_wait() gave.  NULL is allowed. */
void sl_rows_free(struct sl_rows *rows);

#endif /* SLUICE_DB_ROWS_H */
