#include <stdlib.h>
#include <string.h>

#include "sluice/command/run.h"
#include "sluice/command/table.h"
#include "sluice/ingest/draft_store.h"
#include "sluice/store/dataset.h"
#include "sluice/store/publication.h"

#include "commands.h"
#include "place.h"

static const struct sl_column columns[] = {
    {"name", "Dataset", SL_COLUMN_TEXT},
    {"seq", "Batches", SL_COLUMN_COUNT},
    {"episodes", "Episodes", SL_COLUMN_COUNT},
    {"updated", "Updated", SL_COLUMN_TEXT},
    {"open", "Open publication", SL_COLUMN_TEXT},
    {"drafts", "Drafts", SL_COLUMN_COUNT},
    {NULL, NULL, SL_COLUMN_TEXT},
};

/* The state of the publication that is neither visible nor abandoned. */
static json_t *
open_state(const json_t *publications)
{
	const json_t *row;
	size_t i;

	json_array_foreach (publications, i, row) {
		const char *state =
		    json_string_value(json_object_get(row, "state"));

		if (state != NULL && strcmp(state, "visible") != 0 &&
		    strcmp(state, "abandoned") != 0)
			return json_string(state);
	}
	return json_null();
}

static enum sl_status
add_row(struct sl_table *table, struct sl_db *db, const char *home,
    const json_t *dataset, struct sl_error *err)
{
	const char *name = json_string_value(json_object_get(dataset, "name"));
	struct sl_stored_drafts drafts;
	json_t *publications = NULL;
	json_t *row;
	enum sl_status status;

	status = sl_store_publication_list(&publications, db, name, err);
	if (status != SL_OK)
		return status;
	status = sl_draft_store_list(&drafts, home, name, err);
	if (status != SL_OK) {
		json_decref(publications);
		return status;
	}
	row = json_pack("{s:s, s:O, s:O, s:O, s:o, s:I}", "name", name, "seq",
	    json_object_get(dataset, "seq"), "episodes",
	    json_object_get(dataset, "episodes"), "updated",
	    json_object_get(dataset, "updated"), "open",
	    open_state(publications), "drafts", (json_int_t)drafts.count);
	sl_stored_drafts_clear(&drafts);
	json_decref(publications);
	return sl_table_add(table, row);
}

static enum sl_status
print_status(struct sl_run *run, struct sl_db *db, const char *home,
    struct sl_error *err)
{
	const char *wanted = sl_run_arg(run, 0);
	struct sl_table *table = NULL;
	json_t *datasets = NULL;
	json_t *dataset;
	bool found = wanted == NULL;
	size_t i;
	enum sl_status status;

	status = sl_store_dataset_list(&datasets, db, err);
	if (status == SL_OK)
		status = sl_table_new(&table, columns);
	if (status == SL_OK) {
		json_array_foreach (datasets, i, dataset) {
			const char *name =
			    json_string_value(json_object_get(dataset, "name"));

			if (status != SL_OK || name == NULL ||
			    (wanted != NULL && strcmp(name, wanted) != 0))
				continue;
			found = true;
			status = add_row(table, db, home, dataset, err);
		}
	}
	if (status == SL_OK && !found)
		status = sl_error_code(err, SL_ERR_NOT_FOUND,
		    "dataset_not_found", "no dataset %s of yours", wanted);
	if (status == SL_OK)
		sl_table_print(table, run, "no dataset yet");
	sl_table_free(table);
	json_decref(datasets);
	return status;
}

static enum sl_status
run_status(struct sl_run *run, struct sl_error *err)
{
	struct sl_db *db = NULL;
	char *home = NULL;
	enum sl_status status;

	status = place_home(&home, run, err);
	if (status == SL_OK)
		status = place_connect(&db, run, err);
	if (status == SL_OK)
		status = print_status(run, db, home, err);
	sl_db_close(db);
	free(home);
	return status;
}

const struct sl_command command_status = {
    .name = "status",
    .summary = "batches, open publications and drafts of each dataset",
    .arguments = "[DATASET]",
    .args_max = 1,
    .run = run_status,
};
