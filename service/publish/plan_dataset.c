#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "carry.h"
#include "match.h"
#include "plan_build.h"

/* Top folders of sources that are not part of this publication. */
#define FOLDERS_MAX 1024

struct folders {
	struct sl_slice names[FOLDERS_MAX]; /* borrowed from indices */
	size_t count;
};

static struct sl_slice
top_folder(const char *path)
{
	size_t len = strcspn(path, "/");

	return sl_slice_of(path, path[len] == '/' ? len : 0);
}

static bool
has_folder(const struct folders *folders, struct sl_slice name)
{
	for (size_t i = 0; i < folders->count; i++) {
		if (sl_slice_is(folders->names[i], name))
			return true;
	}
	return false;
}

static enum sl_status
note_folders(struct folders *folders, struct known *known,
    const struct known_episode *episode, struct sl_error *err)
{
	for (size_t i = 0; i < episode->layer_count; i++) {
		const struct sl_index_file *files = NULL;
		size_t count = 0;
		enum sl_status status;

		status = known_files(
		    &files, &count, known, &episode->layers[i], err);
		if (status != SL_OK)
			return status;
		for (size_t n = 0; n < count; n++) {
			struct sl_slice name = top_folder(files[n].path);

			if (name.len == 0 || has_folder(folders, name) ||
			    folders->count == FOLDERS_MAX)
				continue;
			folders->names[folders->count++] = name;
		}
	}
	return SL_OK;
}

static enum sl_status
find_folders(struct folders *out, struct known *known,
    const struct sl_publish_options *options, struct sl_error *err)
{
	out->count = 0;
	for (size_t i = 0; i < known->episode_count; i++) {
		const struct known_episode *episode = &known->episodes[i];
		bool brought = episode->number == 0 || episode->retracted;
		enum sl_status status;

		for (size_t n = 0; n < options->draft_count; n++)
			brought |= match_is_in_scope(
			    options->drafts[n].draft, episode);
		if (brought)
			continue;
		status = note_folders(out, known, episode, err);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

/* Is this old dataset file one that a draft of this publication would bring
 * if it were still there? */
static bool
is_covered(const char *path, const struct folders *others,
    const struct sl_publish_options *options)
{
	for (size_t i = 0; i < options->draft_count; i++) {
		const char *into = options->drafts[i].draft->into;
		size_t len = strlen(into);

		if (len > 0 && strncmp(path, into, len) == 0 &&
		    path[len] == '/')
			return true;
		if (len == 0 && !has_folder(others, top_folder(path)))
			return true;
	}
	return false;
}

static int
compare_files(const void *a, const void *b)
{
	const struct plan_file *x = a;
	const struct plan_file *y = b;

	return strcmp(x->file.path, y->file.path);
}

static enum sl_status
collect(struct plan_item *item, const struct sl_index_file *old,
    size_t old_count, const struct folders *others,
    const struct sl_publish_options *options)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; i < options->draft_count; i++) {
		const struct sl_draft *draft = options->drafts[i].draft;

		for (size_t n = 0;
		     status == SL_OK && n < draft->dataset_file_count; n++) {
			struct plan_file file = {
			    .file = draft->dataset_files[n],
			    .dir = options->drafts[i].dir};

			status = plan_add_file(item, &file);
		}
	}
	for (size_t i = 0; status == SL_OK && i < old_count; i++) {
		struct plan_file file = {.file = {.layer = "meta",
		                             .path = old[i].path,
		                             .media_type = old[i].media_type,
		                             .bytes = old[i].bytes}};

		memcpy(file.file.sha256, old[i].sha256, 32);
		if (!is_covered(old[i].path, others, options))
			status = plan_add_file(item, &file);
	}
	if (item->file_count > 1)
		qsort(item->files, item->file_count, sizeof(*item->files),
		    compare_files);
	return status;
}

static bool
is_unchanged(const struct plan_item *item, const struct sl_index_file *old,
    size_t old_count)
{
	if (item->file_count != old_count)
		return false;
	for (size_t i = 0; i < old_count; i++) {
		if (strcmp(item->files[i].file.path, old[i].path) != 0 ||
		    memcmp(item->files[i].file.sha256, old[i].sha256, 32) != 0)
			return false;
	}
	return true;
}

enum sl_status
plan_dataset_files(struct plan *plan, struct known *known,
    const struct sl_publish_options *options, struct sl_error *err)
{
	const struct known_episode *before = known_find_number(known, 0);
	const struct known_layer *layer =
	    before == NULL ? NULL : known_find_layer(before, "meta");
	struct sl_entry_layer meta = {.name = "meta", .kind = SL_LAYER_NEW};
	const struct sl_index_file *old = NULL;
	struct folders *others;
	struct plan_item *item;
	size_t old_count = 0;
	enum sl_status status = SL_OK;

	if (options->draft_count == 0)
		return SL_OK;
	if (layer != NULL)
		status = known_files(&old, &old_count, known, layer, err);
	if (status != SL_OK)
		return status;
	others = calloc(1, sizeof(*others));
	if (others == NULL)
		return SL_ERR_NOMEM;
	status = find_folders(others, known, options, err);
	if (status == SL_OK)
		status = plan_add(plan, &item);
	if (status == SL_OK)
		status = collect(item, old, old_count, others, options);
	free(others);
	if (status != SL_OK)
		return status;
	if (item->file_count == 0 || is_unchanged(item, old, old_count)) {
		free(item->files);
		plan->count--;
		return SL_OK;
	}
	item->entry.op = before == NULL ? SL_ENTRY_ADD : SL_ENTRY_REVISE;
	item->entry.revision = before == NULL ? 1 : before->revision + 1;
	item->new_layers = 1;
	plan->new_bytes += item->new_bytes;
	status = sl_entry_add_layer(&item->entry, &meta, err);
	return status != SL_OK ? status : carry_files(item, known, layer, err);
}

/* ---- paths ---- */

static enum sl_status
add_path(struct sl_path_set *paths, const char *path, uint32_t number,
    struct sl_error *err)
{
	uint32_t owner;
	enum sl_status status;

	status = sl_path_set_add(paths, sl_slice_text(path), number, err);
	if (status == SL_ERR_CONFLICT &&
	    sl_path_set_find(paths, sl_slice_text(path), &owner) == SL_OK &&
	    owner == number)
		return sl_error_code(err, status, "path_conflict",
		    "%s: two sources have it; ingest one of them with --into",
		    path);
	if (status == SL_ERR_CONFLICT &&
	    sl_path_set_find(paths, sl_slice_text(path), &owner) == SL_OK)
		return sl_error_code(err, status, "path_conflict",
		    "%s: belongs to episode %u and to episode %u; ingest one "
		    "of the sources with --into",
		    path, owner, number);
	return status;
}

static enum sl_status
add_layer_paths(struct sl_path_set *paths, struct known *known,
    const struct known_layer *layer, uint32_t number, struct sl_error *err)
{
	const struct sl_index_file *files = NULL;
	size_t count = 0;
	enum sl_status status;

	status = known_files(&files, &count, known, layer, err);
	for (size_t i = 0; status == SL_OK && i < count; i++)
		status = add_path(paths, files[i].path, number, err);
	return status;
}

static enum sl_status
add_item_paths(struct sl_path_set *paths, struct known *known,
    const struct plan_item *item, struct sl_error *err)
{
	uint32_t number = item->entry.number;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < item->entry.layer_count;
	     i++) {
		const struct sl_entry_layer *layer = &item->entry.layers[i];
		struct known_layer place = {
		    layer->name, layer->seq, layer->ordinal};

		if (layer->kind == SL_LAYER_KEPT)
			status =
			    add_layer_paths(paths, known, &place, number, err);
	}
	for (size_t i = 0; status == SL_OK && i < item->file_count; i++)
		status = add_path(paths, item->files[i].file.path, number, err);
	return status;
}

static int
compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static enum sl_status
add_untouched(struct sl_path_set *paths, const struct plan *plan,
    struct known *known, struct sl_error *err)
{
	uint32_t *touched = calloc(plan->count + 1, sizeof(*touched));
	enum sl_status status = SL_OK;

	if (touched == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; i < plan->count; i++)
		touched[i] = plan->items[i].entry.number;
	qsort(touched, plan->count, sizeof(*touched), compare_u32);
	for (size_t i = 0; status == SL_OK && i < known->episode_count; i++) {
		const struct known_episode *episode = &known->episodes[i];

		if (episode->retracted ||
		    bsearch(&episode->number, touched, plan->count,
		        sizeof(*touched), compare_u32) != NULL)
			continue;
		for (size_t n = 0; status == SL_OK && n < episode->layer_count;
		     n++)
			status = add_layer_paths(paths, known,
			    &episode->layers[n], episode->number, err);
	}
	free(touched);
	return status;
}

enum sl_status
plan_check_paths(
    const struct plan *plan, struct known *known, struct sl_error *err)
{
	struct sl_path_set *paths;
	bool brings_files = false;
	enum sl_status status;

	for (size_t i = 0; i < plan->count; i++)
		brings_files |= plan->items[i].file_count > 0;
	if (!brings_files)
		return SL_OK;
	status = sl_path_set_new(&paths);
	if (status != SL_OK)
		return status;
	status = add_untouched(paths, plan, known, err);
	for (size_t i = 0; status == SL_OK && i < plan->count; i++)
		status = add_item_paths(paths, known, &plan->items[i], err);
	sl_path_set_free(paths);
	return status;
}
