#include "sluice/db/rows.h"

#include <stdlib.h>
#include <string.h>

#include "rows_private.h"
#include "sluice/base/checked.h"
#include "sluice/base/hex.h"

/* bytea as PostgreSQL writes it: \x and hexadecimal digits. */
#define BYTEA_PREFIX     "\\x"
#define BYTEA_PREFIX_LEN 2

int
sl_rows_count(const struct sl_rows *rows)
{
	return PQntuples(rows->result);
}

int
sl_rows_columns(const struct sl_rows *rows)
{
	return PQnfields(rows->result);
}

bool
sl_rows_is_null(const struct sl_rows *rows, int row, int column)
{
	return PQgetisnull(rows->result, row, column) == 1;
}

struct sl_slice
sl_rows_text(const struct sl_rows *rows, int row, int column)
{
	return sl_slice_of(PQgetvalue(rows->result, row, column),
	    (size_t)PQgetlength(rows->result, row, column));
}

/* The value's text, NULL if there is none. */
static const char *
value(const struct sl_rows *rows, int row, int column)
{
	if (row < 0 || row >= sl_rows_count(rows) || column < 0 ||
	    column >= sl_rows_columns(rows) ||
	    sl_rows_is_null(rows, row, column))
		return NULL;
	return PQgetvalue(rows->result, row, column);
}

enum sl_status
sl_rows_int8(int64_t *out, const struct sl_rows *rows, int row, int column)
{
	const char *text = value(rows, row, column);
	uint64_t magnitude;
	bool negative;

	if (text == NULL)
		return SL_ERR_INTEGRITY;
	negative = *text == '-';
	if (!sl_parse_u64(text + (negative ? 1 : 0), INT64_MAX, &magnitude))
		return SL_ERR_INTEGRITY;
	*out = negative ? -(int64_t)magnitude : (int64_t)magnitude;
	return SL_OK;
}

static enum sl_status
get_unsigned(uint64_t *out, uint64_t max, const struct sl_rows *rows, int row,
    int column)
{
	const char *text = value(rows, row, column);

	if (text == NULL || !sl_parse_u64(text, max, out))
		return SL_ERR_INTEGRITY;
	return SL_OK;
}

enum sl_status
sl_rows_uint32(uint32_t *out, const struct sl_rows *rows, int row, int column)
{
	uint64_t wide;
	enum sl_status status;

	status = get_unsigned(&wide, UINT32_MAX, rows, row, column);
	if (status == SL_OK)
		*out = (uint32_t)wide;
	return status;
}

enum sl_status
sl_rows_uint64(uint64_t *out, const struct sl_rows *rows, int row, int column)
{
	return get_unsigned(out, INT64_MAX, rows, row, column);
}

enum sl_status
sl_rows_bool(bool *out, const struct sl_rows *rows, int row, int column)
{
	const char *text = value(rows, row, column);

	if (text == NULL || (strcmp(text, "t") != 0 && strcmp(text, "f") != 0))
		return SL_ERR_INTEGRITY;
	*out = *text == 't';
	return SL_OK;
}

enum sl_status
sl_rows_uuid(
    struct sl_uuid *out, const struct sl_rows *rows, int row, int column)
{
	if (value(rows, row, column) == NULL ||
	    sl_uuid_parse(out, sl_rows_text(rows, row, column)) != SL_OK)
		return SL_ERR_INTEGRITY;
	return SL_OK;
}

/* The hexadecimal digits of a bytea. */
static enum sl_status
bytea_digits(
    struct sl_slice *out, const struct sl_rows *rows, int row, int column)
{
	const char *text = value(rows, row, column);

	if (text == NULL || strncmp(text, BYTEA_PREFIX, BYTEA_PREFIX_LEN) != 0)
		return SL_ERR_INTEGRITY;
	*out = sl_slice_text(text + BYTEA_PREFIX_LEN);
	return SL_OK;
}

enum sl_status
sl_rows_bytes(
    void *out, size_t len, const struct sl_rows *rows, int row, int column)
{
	struct sl_slice digits;
	enum sl_status status;

	status = bytea_digits(&digits, rows, row, column);
	if (status != SL_OK)
		return status;
	if (sl_hex_decode(out, len, digits) != SL_OK)
		return SL_ERR_INTEGRITY;
	return SL_OK;
}

enum sl_status
sl_rows_bytea(
    struct sl_buf *out, const struct sl_rows *rows, int row, int column)
{
	struct sl_slice digits;
	enum sl_status status;

	status = bytea_digits(&digits, rows, row, column);
	if (status != SL_OK)
		return status;
	status = sl_buf_reserve(out, digits.len / 2);
	if (status != SL_OK)
		return status;
	if (sl_hex_decode(out->data + out->len, digits.len / 2, digits) !=
	    SL_OK)
		return SL_ERR_INTEGRITY;
	out->len += digits.len / 2;
	return SL_OK;
}

enum sl_status
sl_rows_time(int64_t *out_us, const struct sl_rows *rows, int row, int column)
{
	return sl_rows_int8(out_us, rows, row, column);
}

/* One number of an array; the text behind it, NULL if it is malformed. */
static const char *
next_number(uint32_t *out, const char *text)
{
	uint64_t number = 0;
	const char *p = text;

	while (*p >= '0' && *p <= '9' && number <= UINT32_MAX)
		number = number * 10 + (uint64_t)(*p++ - '0');
	if (p == text || number > UINT32_MAX || (*p != ',' && *p != '}'))
		return NULL;
	*out = (uint32_t)number;
	return p;
}

static enum sl_status
parse_numbers(uint32_t *numbers, size_t count, const char *text)
{
	size_t i;

	for (i = 0; i < count; i++) {
		text = next_number(&numbers[i], text);
		if (text == NULL || *text++ != (i + 1 < count ? ',' : '}'))
			return SL_ERR_INTEGRITY;
	}
	return *text == '\0' ? SL_OK : SL_ERR_INTEGRITY;
}

enum sl_status
sl_rows_uint32s(uint32_t **out, size_t *out_count, const struct sl_rows *rows,
    int row, int column)
{
	const char *text = value(rows, row, column), *p;
	uint32_t *numbers;
	size_t count = 1;
	enum sl_status status;

	*out = NULL;
	*out_count = 0;
	if (text == NULL || *text != '{')
		return SL_ERR_INTEGRITY;
	if (strcmp(text, "{}") == 0)
		return SL_OK;
	for (p = text; *p != '\0'; p++)
		count += *p == ',' ? 1 : 0;
	numbers = calloc(count, sizeof(*numbers));
	if (numbers == NULL)
		return SL_ERR_NOMEM;
	status = parse_numbers(numbers, count, text + 1);
	if (status != SL_OK) {
		free(numbers);
		return status;
	}
	*out = numbers;
	*out_count = count;
	return SL_OK;
}

void
sl_rows_free(struct sl_rows *rows)
{
	if (rows == NULL)
		return;
	PQclear(rows->result);
	free(rows);
}
