#include "sluice/formats/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sluice/formats/lines.h"

/* More digits than any program writes. */
#define NUMBER_MAX 64

struct sl_csv {
	struct sl_lines *lines;
	char *names[SL_CSV_COLUMNS_MAX];
	double row[SL_CSV_COLUMNS_MAX];
	size_t columns;
};

/* Take the field before the next comma off `rest`; false behind the last. */
static bool
next_field(struct sl_slice *rest, struct sl_slice *field)
{
	const unsigned char *comma;
	size_t len;

	if (rest->data == NULL)
		return false;
	comma = rest->len == 0 ? NULL : memchr(rest->data, ',', rest->len);
	len = comma == NULL ? rest->len : (size_t)(comma - rest->data);
	*field = sl_slice_of(rest->data, len);
	*rest = comma == NULL ? sl_slice_of(NULL, 0)
	                      : sl_slice_of(comma + 1, rest->len - len - 1);
	while (field->len > 0 && field->data[0] == ' ')
		*field = sl_slice_of(field->data + 1, field->len - 1);
	while (field->len > 0 && field->data[field->len - 1] == ' ')
		field->len--;
	return true;
}

/* Decimal, as C has it; no hexadecimal, no infinity. */
static bool
parse_number(struct sl_slice field, double *out)
{
	char text[NUMBER_MAX];
	char *end;

	*out = (double)NAN;
	if (field.len >= sizeof(text))
		return false;
	if (field.len > 0)
		memcpy(text, field.data, field.len);
	text[field.len] = '\0';
	if (field.len == 0 || strcasecmp(text, "nan") == 0)
		return true;
	if (strspn(text, "+-.0123456789eE") != field.len)
		return false;
	*out = strtod(text, &end);
	return end == text + field.len && isfinite(*out);
}

static bool
is_name(struct sl_slice field)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "_.-/[]() ";

	for (size_t i = 0; i < field.len; i++) {
		if (field.data[i] == '\0' ||
		    strchr(letters, field.data[i]) == NULL)
			return false;
	}
	return field.len > 0;
}

static bool
is_new(const struct sl_csv *csv, struct sl_slice name)
{
	for (size_t i = 0; i < csv->columns; i++) {
		if (sl_slice_is_text(name, csv->names[i]))
			return false;
	}
	return true;
}

static enum sl_status
read_names(struct sl_csv *csv, struct sl_error *err)
{
	struct sl_slice field;
	struct sl_line line;
	bool is_there;
	enum sl_status status =
	    sl_lines_next(csv->lines, &is_there, &line, err);

	if (status != SL_OK)
		return status;
	if (!is_there || line.text.len == 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "there is no line of names");
	while (next_field(&line.text, &field)) {
		if (csv->columns == SL_CSV_COLUMNS_MAX)
			return sl_error_set(err, SL_ERR_LIMIT,
			    "more than %d columns", SL_CSV_COLUMNS_MAX);
		if (!is_name(field) || !is_new(csv, field))
			return sl_error_set(err, SL_ERR_INVALID,
			    "the name of column %zu is none, or there twice",
			    csv->columns + 1);
		csv->names[csv->columns] =
		    strndup((const char *)field.data, field.len);
		if (csv->names[csv->columns] == NULL)
			return SL_ERR_NOMEM;
		csv->columns++;
	}
	return SL_OK;
}

enum sl_status
sl_csv_open(
    struct sl_csv **out, int fd, uint64_t file_bytes, struct sl_error *err)
{
	struct sl_csv *csv = calloc(1, sizeof(*csv));
	enum sl_status status;

	*out = NULL;
	if (csv == NULL)
		return SL_ERR_NOMEM;
	status = sl_lines_open(&csv->lines, fd, file_bytes, SL_CSV_LINE_MAX);
	if (status == SL_OK)
		status = read_names(csv, err);
	if (status != SL_OK) {
		sl_csv_free(csv);
		return status;
	}
	*out = csv;
	return SL_OK;
}

void
sl_csv_free(struct sl_csv *csv)
{
	if (csv == NULL)
		return;
	for (size_t i = 0; i < csv->columns; i++)
		free(csv->names[i]);
	sl_lines_free(csv->lines);
	free(csv);
}

size_t
sl_csv_columns(const struct sl_csv *csv)
{
	return csv->columns;
}

const char *
sl_csv_name(const struct sl_csv *csv, size_t column)
{
	return csv->names[column];
}

enum sl_status
sl_csv_next(struct sl_csv *csv, const double **row, struct sl_error *err)
{
	struct sl_slice field;
	struct sl_line line;
	size_t count = 0;
	bool is_there;
	enum sl_status status;

	*row = NULL;
	do {
		status = sl_lines_next(csv->lines, &is_there, &line, err);
		if (status != SL_OK || !is_there)
			return status;
	} while (line.text.len == 0);
	for (; next_field(&line.text, &field); count++) {
		if (count == csv->columns ||
		    !parse_number(field, &csv->row[count]))
			return sl_error_set(err, SL_ERR_INVALID,
			    "line %llu, field %zu is no number, or one too "
			    "many",
			    (unsigned long long)line.number, count + 1);
	}
	if (count != csv->columns)
		return sl_error_set(err, SL_ERR_INVALID,
		    "line %llu has %zu fields, not %zu",
		    (unsigned long long)line.number, count, csv->columns);
	*row = csv->row;
	return SL_OK;
}
