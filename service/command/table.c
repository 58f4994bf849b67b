#include "sluice/command/table.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/command/run.h"
#include "sluice/command/value.h"
#include "text.h"

#define CELL_MAX    512
#define COLUMNS_MAX 48

struct sl_table {
	const struct sl_column *columns;
	size_t column_count;
	json_t *rows;
};

enum sl_status
sl_table_new(struct sl_table **out, const struct sl_column *columns)
{
	struct sl_table *table = calloc(1, sizeof(*table));

	*out = NULL;
	if (table == NULL)
		return SL_ERR_NOMEM;
	table->columns = columns;
	while (columns[table->column_count].key != NULL)
		table->column_count++;
	assert(table->column_count <= COLUMNS_MAX);
	table->rows = json_array();
	if (table->rows == NULL) {
		free(table);
		return SL_ERR_NOMEM;
	}
	*out = table;
	return SL_OK;
}

void
sl_table_free(struct sl_table *table)
{
	if (table == NULL)
		return;
	json_decref(table->rows);
	free(table);
}

enum sl_status
sl_table_add(struct sl_table *table, json_t *row)
{
	return json_array_append_new(table->rows, row) == 0 ? SL_OK
	                                                    : SL_ERR_NOMEM;
}

static uint64_t
not_negative(json_int_t number)
{
	return number < 0 ? 0 : (uint64_t)number;
}

static void
show_duration(char out[CELL_MAX], const json_t *value)
{
	double seconds = json_number_value(value);
	char shown[SL_VALUE_SHOW_MAX];

	if (!(seconds > 0) || seconds > 1e15)
		seconds = 0;
	sl_value_show_duration(shown, (uint64_t)(seconds * 1000));
	snprintf(out, CELL_MAX, "%s", shown);
}

/* The value as it is: for CSV, and for people where no unit is asked for. */
static void
show_plain(char out[CELL_MAX], const json_t *value)
{
	char *dumped;

	if (json_is_string(value)) {
		snprintf(out, CELL_MAX, "%s", json_string_value(value));
		return;
	}
	if (json_is_integer(value)) {
		snprintf(out, CELL_MAX, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
		return;
	}
	if (json_is_boolean(value)) {
		snprintf(
		    out, CELL_MAX, "%s", json_is_true(value) ? "yes" : "no");
		return;
	}
	/* "[\"state\",\"video\"]" reads better as "state,video". */
	if (json_is_array(value)) {
		size_t used = 0;
		size_t i;
		json_t *item;

		out[0] = '\0';
		json_array_foreach (value, i, item) {
			char shown[CELL_MAX];

			if (used >= CELL_MAX)
				break;
			show_plain(shown, item);
			used += (size_t)snprintf(out + used, CELL_MAX - used,
			    "%s%s", i == 0 ? "" : ",", shown);
		}
		return;
	}
	dumped =
	    json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | SL_JSON_REALS);
	snprintf(out, CELL_MAX, "%s", dumped == NULL ? "" : dumped);
	free(dumped);
}

/* The member at "a.b.c", NULL if there is none. */
static const json_t *
member_at(const json_t *row, const char *key)
{
	for (const char *dot = strchr(key, '.'); dot != NULL && row != NULL;
	     dot = strchr(key, '.')) {
		row = json_object_getn(row, key, (size_t)(dot - key));
		key = dot + 1;
	}
	return json_object_get(row, key);
}

/* The words of a code, without the one that says whose it is. */
static void
show_code(char out[CELL_MAX], const char *code)
{
	static const char whose[] = "licence_";

	if (strncmp(code, whose, sizeof(whose) - 1) == 0)
		code += sizeof(whose) - 1;
	snprintf(out, CELL_MAX, "%s", code);
	for (char *at = out; *at != '\0'; at++) {
		if (*at == '_')
			*at = ' ';
	}
}

static void
show_cell(char out[CELL_MAX], const struct sl_column *column, const json_t *row)
{
	const json_t *value = member_at(row, column->key);
	char shown[SL_VALUE_SHOW_MAX];

	if (value == NULL || json_is_null(value) ||
	    (json_is_array(value) && json_array_size(value) == 0) ||
	    (json_is_string(value) && json_string_length(value) == 0)) {
		snprintf(out, CELL_MAX, "-");
	} else if (column->kind == SL_COLUMN_BYTES && json_is_integer(value)) {
		sl_value_show_bytes(
		    shown, not_negative(json_integer_value(value)));
		snprintf(out, CELL_MAX, "%s", shown);
	} else if (column->kind == SL_COLUMN_DURATION &&
	    json_is_number(value)) {
		show_duration(out, value);
	} else if (column->kind == SL_COLUMN_MS && json_is_integer(value)) {
		sl_value_show_duration(
		    shown, not_negative(json_integer_value(value)));
		snprintf(out, CELL_MAX, "%s", shown);
	} else if (column->kind == SL_COLUMN_MONEY && json_is_integer(value)) {
		sl_value_show_money(shown, json_integer_value(value));
		snprintf(out, CELL_MAX, "%s", shown);
	} else if (column->kind == SL_COLUMN_CODE && json_is_string(value)) {
		show_code(out, json_string_value(value));
	} else {
		show_plain(out, value);
	}
	/* A terminal must not obey a name. */
	for (char *at = out; *at != '\0'; at++) {
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = '?';
	}
}

static void
print_aligned(const char *text, size_t width, bool to_right, bool is_last)
{
	size_t used = sl_text_width(text);
	int fill = used < width ? (int)(width - used) : 0;

	if (to_right)
		printf("%*s%s", fill, "", text);
	else
		printf("%s%*s", text, is_last ? 0 : fill, "");
	printf("%s", is_last ? "\n" : "  ");
}

static bool
is_right(const struct sl_column *column)
{
	return column->kind != SL_COLUMN_TEXT && column->kind != SL_COLUMN_CODE;
}

static void
print_text(const struct sl_table *table)
{
	size_t widths[COLUMNS_MAX];
	char cell[CELL_MAX];
	size_t i;
	json_t *row;

	for (size_t c = 0; c < table->column_count; c++) {
		widths[c] = sl_text_width(table->columns[c].title);
		json_array_foreach (table->rows, i, row) {
			size_t width;

			show_cell(cell, &table->columns[c], row);
			width = sl_text_width(cell);
			if (width > widths[c])
				widths[c] = width;
		}
	}
	for (size_t c = 0; c < table->column_count; c++)
		print_aligned(table->columns[c].title, widths[c],
		    is_right(&table->columns[c]), c + 1 == table->column_count);
	json_array_foreach (table->rows, i, row) {
		for (size_t c = 0; c < table->column_count; c++) {
			show_cell(cell, &table->columns[c], row);
			print_aligned(cell, widths[c],
			    is_right(&table->columns[c]),
			    c + 1 == table->column_count);
		}
	}
}

/* RFC 4180.  A text that a spreadsheet would take for a formula gets an
 * apostrophe before it. */
static void
print_csv_field(const char *text, bool is_text)
{
	bool is_formula =
	    is_text && text[0] != '\0' && strchr("=+-@", text[0]) != NULL;

	if (!is_formula && strpbrk(text, ",\"\r\n") == NULL) {
		printf("%s", text);
		return;
	}
	printf("\"%s", is_formula ? "'" : "");
	for (; *text != '\0'; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	putchar('"');
}

static void
print_csv(const struct sl_table *table)
{
	size_t i;
	json_t *row;

	for (size_t c = 0; c < table->column_count; c++)
		printf("%s%s", c == 0 ? "" : ",", table->columns[c].key);
	printf("\r\n");
	json_array_foreach (table->rows, i, row) {
		for (size_t c = 0; c < table->column_count; c++) {
			const json_t *value =
			    member_at(row, table->columns[c].key);
			char cell[CELL_MAX] = "";

			if (value != NULL && !json_is_null(value))
				show_plain(cell, value);
			printf("%s", c == 0 ? "" : ",");
			print_csv_field(cell, json_is_string(value));
		}
		printf("\r\n");
	}
}

void
sl_table_print(struct sl_table *table, struct sl_run *run, const char *none)
{
	if (sl_run_is_json(run))
		sl_run_json(run, json_incref(table->rows));
	else if (sl_run_is_csv(run))
		print_csv(table);
	else if (json_array_size(table->rows) == 0)
		sl_run_say(run, "%s", none);
	else
		print_text(table);
}

/* A table of one row. */
static void
show_csv(const struct sl_column *columns, json_t *object)
{
	struct sl_table *table;

	if (sl_table_new(&table, columns) != SL_OK)
		return;
	if (sl_table_add(table, json_incref(object)) == SL_OK)
		print_csv(table);
	sl_table_free(table);
}

void
sl_table_show(
    struct sl_run *run, const struct sl_column *columns, json_t *object)
{
	size_t width = 0;

	if (sl_run_is_json(run)) {
		sl_run_json(run, json_incref(object));
		return;
	}
	if (sl_run_is_csv(run)) {
		show_csv(columns, object);
		return;
	}
	for (size_t c = 0; columns[c].key != NULL; c++) {
		size_t used = sl_text_width(columns[c].title);

		width = used > width ? used : width;
	}
	for (size_t c = 0; columns[c].key != NULL; c++) {
		char cell[CELL_MAX];

		show_cell(cell, &columns[c], object);
		print_aligned(columns[c].title, width, false, false);
		printf("%s\n", cell);
	}
}
