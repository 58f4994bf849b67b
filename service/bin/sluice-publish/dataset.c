#include <string.h>

#include "sluice/command/run.h"
#include "sluice/command/table.h"
#include "sluice/store/dataset.h"
#include "sluice/store/publication.h"

#include "commands.h"
#include "place.h"

static const struct sl_column dataset_columns[] = {
    {"name", "Dataset", SL_COLUMN_TEXT},
    {"kind", "Kind", SL_COLUMN_TEXT},
    {"visibility", "Visibility", SL_COLUMN_TEXT},
    {"seq", "Batches", SL_COLUMN_COUNT},
    {"episodes", "Episodes", SL_COLUMN_COUNT},
    {"duration_s", "Duration", SL_COLUMN_DURATION},
    {"content_bytes", "Size", SL_COLUMN_BYTES},
    {"updated", "Updated", SL_COLUMN_TEXT},
    {NULL, NULL, SL_COLUMN_TEXT},
};

static const struct sl_column show_columns[] = {
    {"name", "Dataset", SL_COLUMN_TEXT},
    {"title", "Title", SL_COLUMN_TEXT},
    {"kind", "Kind", SL_COLUMN_TEXT},
    {"visibility", "Visibility", SL_COLUMN_TEXT},
    {"publisher", "Publisher", SL_COLUMN_TEXT},
    {"licence", "Licence", SL_COLUMN_TEXT},
    {"seq", "Batches", SL_COLUMN_COUNT},
    {"episodes", "Episodes", SL_COLUMN_COUNT},
    {"duration_s", "Duration", SL_COLUMN_DURATION},
    {"content_bytes", "Size", SL_COLUMN_BYTES},
    {"updated", "Updated", SL_COLUMN_TEXT},
    {NULL, NULL, SL_COLUMN_TEXT},
};

static const char *const kinds[] = {"prebuilt", "subscription", NULL};
static const char *const visibilities[] = {"public", "listed", "private", NULL};

/* Is the option, if given, one of the words? */
static enum sl_status
check_word(struct sl_run *run, const char *option, const char *const *words,
    struct sl_error *err)
{
	const char *text = sl_run_text(run, option);

	for (size_t i = 0; text != NULL && words[i] != NULL; i++) {
		if (strcmp(text, words[i]) == 0)
			return SL_OK;
	}
	if (text == NULL)
		return SL_OK;
	return sl_run_usage(run, err, "--%s: '%.40s' is none of %s, %s%s%s",
	    option, text, words[0], words[1], words[2] == NULL ? "" : ", ",
	    words[2] == NULL ? "" : words[2]);
}

static enum sl_status
run_create(struct sl_run *run, struct sl_error *err)
{
	const char *kind = sl_run_text(run, "kind");
	const char *visibility = sl_run_text(run, "visibility");
	const char *title = sl_run_text(run, "title");
	const char *description = sl_run_text(run, "description");
	const char *licence = sl_run_text(run, "licence");
	struct sl_dataset_new made = {
	    .name = sl_run_arg(run, 0),
	    .kind = kind == NULL ? "subscription" : kind,
	    .visibility = visibility == NULL ? "listed" : visibility,
	    .title = title == NULL ? "" : title,
	    .description = description == NULL ? "" : description,
	    .licence_name = licence == NULL ? "" : licence,
	};
	struct sl_db *db;
	json_t *row = NULL;
	enum sl_status status;

	if (!sl_dataset_name_is_valid(sl_slice_text(made.name)))
		return sl_run_usage(run, err,
		    "\"%.80s\" is no dataset name: use 2 to 63 of a-z, 0-9 "
		    "and '-', not '-' first",
		    made.name);
	status = check_word(run, "kind", kinds, err);
	if (status == SL_OK)
		status = check_word(run, "visibility", visibilities, err);
	if (status == SL_OK)
		status = place_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status = sl_store_dataset_create(&row, db, &made, err);
	if (status == SL_OK)
		sl_table_show(run, show_columns, row);
	json_decref(row);
	sl_db_close(db);
	return status;
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	struct sl_table *table = NULL;
	struct sl_db *db;
	json_t *rows = NULL;
	json_t *row;
	size_t i;
	enum sl_status status;

	status = place_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status = sl_store_dataset_list(&rows, db, err);
	if (status == SL_OK)
		status = sl_table_new(&table, dataset_columns);
	if (status == SL_OK) {
		json_array_foreach (rows, i, row) {
			if (status == SL_OK)
				status = sl_table_add(table, json_incref(row));
		}
	}
	if (status == SL_OK)
		sl_table_print(table, run, "no dataset yet");
	sl_table_free(table);
	json_decref(rows);
	sl_db_close(db);
	return status;
}

static json_t *
find_dataset(const json_t *rows, const char *name)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		const char *text =
		    json_string_value(json_object_get(row, "name"));

		if (text != NULL && strcmp(text, name) == 0)
			return row;
	}
	return NULL;
}

static enum sl_status
run_show(struct sl_run *run, struct sl_error *err)
{
	const char *name = sl_run_arg(run, 0);
	struct sl_db *db;
	json_t *rows = NULL;
	json_t *publications = NULL;
	json_t *row = NULL;
	enum sl_status status;

	status = place_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status = sl_store_dataset_list(&rows, db, err);
	if (status == SL_OK) {
		row = find_dataset(rows, name);
		if (row == NULL)
			status = sl_error_code(err, SL_ERR_NOT_FOUND,
			    "dataset_not_found", "no dataset %s of yours",
			    name);
	}
	if (status == SL_OK)
		status =
		    sl_store_publication_list(&publications, db, name, err);
	if (status == SL_OK &&
	    json_object_set(row, "publications", publications) != 0)
		status = SL_ERR_NOMEM;
	if (status == SL_OK)
		sl_table_show(run, show_columns, row);
	json_decref(publications);
	json_decref(rows);
	sl_db_close(db);
	return status;
}

static const struct sl_option create_options[] = {
    {.name = "kind",
        .kind = SL_VALUE_TEXT,
        .argument = "KIND",
        .help = "how it is sold: prebuilt or subscription (default)"},
    {.name = "visibility",
        .kind = SL_VALUE_TEXT,
        .argument = "WHO",
        .help = "public, listed (default) or private"},
    {.name = "title",
        .kind = SL_VALUE_TEXT,
        .argument = "TEXT",
        .help = "what the catalog calls it"},
    {.name = "description",
        .kind = SL_VALUE_TEXT,
        .argument = "TEXT",
        .help = "a paragraph for the catalog"},
    {.name = "licence",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "name of the licence that buyers get"},
    {0},
};

const struct sl_command command_dataset_create = {
    .name = "dataset create",
    .summary = "make a dataset",
    .arguments = "DATASET",
    .args_min = 1,
    .args_max = 1,
    .options = create_options,
    .run = run_create,
};

const struct sl_command command_dataset_list = {
    .name = "dataset list",
    .summary = "list the publisher's datasets",
    .run = run_list,
};

const struct sl_command command_dataset_show = {
    .name = "dataset show",
    .summary = "show one dataset",
    .arguments = "DATASET",
    .args_min = 1,
    .args_max = 1,
    .run = run_show,
};
