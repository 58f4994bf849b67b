#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/clock.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"
#include "sluice/ingest/draft_store.h"

#include "commands.h"
#include "place.h"

static const struct sl_column list_columns[] = {
    {"name", "Draft", SL_COLUMN_TEXT},
    {"dataset", "Dataset", SL_COLUMN_TEXT},
    {"site", "Site", SL_COLUMN_TEXT},
    {"into", "Folder", SL_COLUMN_TEXT},
    {"episodes", "Episodes", SL_COLUMN_COUNT},
    {"left_out", "Left out", SL_COLUMN_COUNT},
    {"bytes", "Size", SL_COLUMN_BYTES},
    {"created", "Created", SL_COLUMN_TEXT},
    {NULL, NULL, SL_COLUMN_TEXT},
};

static const struct sl_column episode_columns[] = {
    {"key", "Episode", SL_COLUMN_TEXT},
    {"task", "Task", SL_COLUMN_TEXT},
    {"success", "Success", SL_COLUMN_TEXT},
    {"layers", "Layers", SL_COLUMN_TEXT},
    {"files", "Files", SL_COLUMN_COUNT},
    {"bytes", "Size", SL_COLUMN_BYTES},
    {NULL, NULL, SL_COLUMN_TEXT},
};

static uint64_t
files_bytes(const struct sl_draft_file *files, size_t count)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += files[i].bytes;
	return bytes;
}

static json_t *
draft_row(const struct sl_stored_draft *item)
{
	const struct sl_draft *draft = item->draft;
	uint64_t bytes =
	    files_bytes(draft->dataset_files, draft->dataset_file_count);
	char created[SL_TIME_TEXT_MAX];

	for (size_t i = 0; i < draft->episode_count; i++)
		bytes += files_bytes(
		    draft->episodes[i].files, draft->episodes[i].file_count);
	sl_time_format(created, draft->created_us);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, "
	                 "s:s, s:s}",
	    "name", item->id, "dataset", draft->dataset, "site", draft->site,
	    "into", draft->into, "format", draft->format, "source",
	    draft->source, "episodes", (json_int_t)draft->episode_count,
	    "left_out", (json_int_t)draft->left_out_count, "warnings",
	    (json_int_t)draft->warning_count, "bytes", (json_int_t)bytes,
	    "created", created, "dir", item->dir);
}

static enum sl_status
list_drafts(
    struct sl_stored_drafts *out, struct sl_run *run, struct sl_error *err)
{
	char *home;
	enum sl_status status;

	status = place_home(&home, run, err);
	if (status != SL_OK)
		return status;
	status = sl_draft_store_list(out, home, sl_run_arg(run, 0), err);
	free(home);
	return status;
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	struct sl_stored_drafts drafts;
	struct sl_table *table = NULL;
	enum sl_status status;

	status = list_drafts(&drafts, run, err);
	if (status != SL_OK)
		return status;
	status = sl_table_new(&table, list_columns);
	for (size_t i = 0; status == SL_OK && i < drafts.count; i++)
		status = sl_table_add(table, draft_row(&drafts.items[i]));
	if (status == SL_OK)
		sl_table_print(table, run, "no draft");
	sl_table_free(table);
	sl_stored_drafts_clear(&drafts);
	return status;
}

/* ---- show ---- */

static json_t *
episode_row(const struct sl_draft_episode *episode)
{
	const char *task = episode->facets.value[SL_FACET_TASK];
	const char *success = episode->facets.value[SL_FACET_SUCCESS];
	struct sl_buf layers;
	const char *text;
	json_t *row = NULL;

	sl_buf_init(&layers, 8192);
	for (size_t i = 0; i < episode->file_count; i++) {
		const char *layer = episode->files[i].layer;

		if (i > 0 && strcmp(layer, episode->files[i - 1].layer) == 0)
			continue;
		if (sl_buf_printf(&layers, "%s%s", i == 0 ? "" : " ", layer) !=
		    SL_OK)
			break;
	}
	text = sl_buf_text(&layers);
	if (text != NULL)
		row = json_pack("{s:s, s:s, s:s*, s:s*, s:s, s:I, s:I}", "name",
		    episode->key, "key", episode->key, "task",
		    task[0] == '\0' ? NULL : task, "success",
		    success[0] == '\0' ? NULL : success, "layers", text,
		    "files", (json_int_t)episode->file_count, "bytes",
		    (json_int_t)files_bytes(
		        episode->files, episode->file_count));
	sl_buf_clear(&layers);
	return row;
}

static enum sl_status
show_draft(struct sl_run *run, const struct sl_draft *draft)
{
	struct sl_table *table;
	enum sl_status status;

	status = sl_table_new(&table, episode_columns);
	for (size_t i = 0; status == SL_OK && i < draft->episode_count; i++)
		status = sl_table_add(table, episode_row(&draft->episodes[i]));
	if (status == SL_OK)
		sl_table_print(table, run, "no episode");
	sl_table_free(table);
	for (size_t i = 0; i < draft->warning_count; i++)
		sl_run_say(run, "warning: %s", draft->warnings[i]);
	for (size_t i = 0; i < draft->left_out_count; i++)
		sl_run_say(run, "left out: %s: %s", draft->left_out[i].key,
		    draft->left_out[i].reason);
	return status;
}

static enum sl_status
run_show(struct sl_run *run, struct sl_error *err)
{
	struct sl_stored_drafts drafts;
	char *home;
	enum sl_status status;

	status = place_home(&home, run, err);
	if (status != SL_OK)
		return status;
	status = sl_draft_store_find(
	    &drafts, home, sl_run_arg(run, 0), sl_run_arg(run, 1), err);
	free(home);
	if (status != SL_OK) {
		sl_run_hint(run, "see 'sluice-publish draft list %s'",
		    sl_run_arg(run, 0));
		return status;
	}
	status = show_draft(run, drafts.items[0].draft);
	sl_stored_drafts_clear(&drafts);
	return status;
}

/* ---- prune ---- */

static int
on_removed(
    const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info;
	(void)walk;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

static bool
is_kept(const struct sl_stored_drafts *kept, const char *dir)
{
	for (size_t i = 0; i < kept->count; i++) {
		if (strcmp(kept->items[i].dir, dir) == 0)
			return true;
	}
	return false;
}

static enum sl_status
prune(struct sl_run *run, const struct sl_stored_drafts *all,
    const struct sl_stored_drafts *kept, struct sl_error *err)
{
	json_t *removed = json_array();

	if (removed == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < all->count; i++) {
		const struct sl_stored_draft *item = &all->items[i];

		if (is_kept(kept, item->dir))
			continue;
		if (nftw(item->dir, on_removed, 16, FTW_DEPTH | FTW_PHYS) !=
		    0) {
			json_decref(removed);
			return sl_error_errno(err, "%s", item->dir);
		}
		sl_run_print(run, "removed %s", item->id);
		(void)json_array_append_new(removed, json_string(item->id));
	}
	if (json_array_size(removed) == 0)
		sl_run_print(run, "nothing to remove");
	sl_run_json(run, json_pack("{s:o}", "removed", removed));
	return SL_OK;
}

static enum sl_status
run_prune(struct sl_run *run, struct sl_error *err)
{
	struct sl_stored_drafts all;
	struct sl_stored_drafts kept = {0};
	enum sl_status status;

	status = list_drafts(&all, run, err);
	if (status != SL_OK)
		return status;
	status = list_drafts(&kept, run, err);
	sl_draft_store_keep_newest(&kept);
	if (status == SL_OK)
		status = prune(run, &all, &kept, err);
	sl_stored_drafts_clear(&all);
	sl_stored_drafts_clear(&kept);
	return status;
}

const struct sl_command command_draft_list = {
    .name = "draft list",
    .summary = "list the drafts on this machine",
    .arguments = "[DATASET]",
    .args_max = 1,
    .run = run_list,
};

const struct sl_command command_draft_show = {
    .name = "draft show",
    .summary = "show the episodes of a draft",
    .arguments = "DATASET DRAFT",
    .args_min = 2,
    .args_max = 2,
    .run = run_show,
};

const struct sl_command command_draft_prune = {
    .name = "draft prune",
    .summary = "remove drafts that a newer one of the same source replaces",
    .arguments = "DATASET",
    .args_min = 1,
    .args_max = 1,
    .run = run_prune,
};
