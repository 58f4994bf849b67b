/* Rows for people, for scripts and for spreadsheets.
 *
 * A row is a JSON object.  With --json the table is one array of the whole
 * objects; otherwise the columns say which members are shown and how: aligned
 * text, or CSV with --csv.  A missing, null or empty member shows as "-". */
#ifndef SLUICE_COMMAND_TABLE_H
#define SLUICE_COMMAND_TABLE_H

#include <jansson.h>

#include "sluice/base/status.h"

struct sl_run;
struct sl_table;

enum sl_column_kind {
	SL_COLUMN_TEXT,
	SL_COLUMN_COUNT,    /* an integer, to the right */
	SL_COLUMN_BYTES,    /* an integer, shown as "1.4 GB" */
	SL_COLUMN_DURATION, /* seconds, shown as "2 h 07 min" */
	SL_COLUMN_MS,       /* milliseconds, shown in the same way */
	SL_COLUMN_MONEY,    /* millionths of a currency, shown as "12.34" */
	SL_COLUMN_CODE,     /* "licence_not_yet_valid" as "not yet valid" */
};

struct sl_column {
	const char *key; /* "used.bytes" is a member of a member; NULL ends */
	const char *title;
	enum sl_column_kind kind;
};

/* Borrows `columns`. */
SL_MUST_CHECK enum sl_status sl_table_new(
    struct sl_table **out, const struct sl_column *columns);

/* Takes `row` (also when it fails); NULL is SL_ERR_NOMEM, so a json_pack() can
 * be given as it is. */
SL_MUST_CHECK enum sl_status sl_table_add(struct sl_table *table, json_t *row);

/* To the run's standard output, in the form that was asked for.  Without rows
 * people see `none` on standard error, scripts an empty array. */
void sl_table_print(
    struct sl_table *table, struct sl_run *run, const char *none);

/* NULL is allowed. */
void sl_table_free(struct sl_table *table);

/* One object: "Title  value" lines, one row with --csv, or the object itself
 * with --json.  Borrows `object`. */
void sl_table_show(
    struct sl_run *run, const struct sl_column *columns, json_t *object);

#endif /* SLUICE_COMMAND_TABLE_H */
