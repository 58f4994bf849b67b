#include "amend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"
#include "resume.h"
#include "tree.h"

#define THREADS 4

struct sighting {
	const struct sl_mirror *mirror;
	const struct sl_file_list *files;
	const struct sl_stage *stage;
	bool *is_lost; /* by item */
};

/* As the apply put it there; its time tells it from an older revision. */
static enum sl_status
look_in_place(const struct sl_mirror *mirror, const struct sl_file_ref *file,
    bool *is_lost, struct sl_error *err)
{
	enum sl_tree_kind kind;
	struct stat info;
	enum sl_status status;

	status =
	    sl_tree_look(mirror->root, file->info->path, &kind, &info, err);
	if (status == SL_OK)
		*is_lost = kind != SL_TREE_FILE ||
		    (uint64_t)info.st_size != file->info->bytes ||
		    info.st_mtim.tv_sec != file->published_us / 1000000;
	return status;
}

static enum sl_status
look_at_file(void *ctx, size_t item, struct sl_error *err)
{
	const struct sighting *sighting = ctx;
	const struct sl_file_ref *file = &sighting->files->items[item];
	bool *is_lost = &sighting->is_lost[item];
	enum sl_status status;

	status = sl_stage_check(sighting->stage, &file->place, file->info, err);
	if (status == SL_ERR_NOT_FOUND) {
		sl_error_clear(err);
		return look_in_place(sighting->mirror, file, is_lost, err);
	}
	if (status != SL_ERR_INTEGRITY)
		return status;
	*is_lost = true;
	sl_error_clear(err);
	return sl_stage_remove(sighting->stage, &file->place, err);
}

static enum sl_status
find_lost(const struct sighting *sighting, const struct sl_heads *heads,
    const char *stage_name, struct sl_error *err)
{
	const struct sl_file_list *files = sighting->files;
	struct sighting look = *sighting;
	enum sl_status status;
	struct sl_stage stage;

	status = sl_stage_open(
	    &stage, look.mirror->meta, stage_name, heads->count, err);
	look.stage = &stage;
	for (size_t i = 0; status == SL_OK && i < files->count; i++)
		status =
		    sl_stage_prepare(&stage, files->items[i].place.seq, err);
	if (status == SL_OK)
		status =
		    sl_file_list_each(files, THREADS, look_at_file, &look, err);
	sl_stage_close(&stage);
	return status;
}

/* Keep the named files that are not lost. */
static void
amend_repair(struct sl_redo *redo, const bool *is_lost)
{
	size_t kept = 0;

	for (size_t i = 0; i < redo->file_count; i++) {
		if (!is_lost[i])
			redo->files[kept++] = redo->files[i];
	}
	redo->file_count = kept;
}

static bool
is_of(const struct sl_holdings *segments, const struct sl_file_ref *file)
{
	return sl_holdings_contain(
	    segments, file->place.seq, file->place.ordinal);
}

static enum sl_status
remove_files(struct sl_mirror *mirror, const struct sl_file_list *files,
    const struct sl_holdings *segments, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < files->count; i++) {
		if (is_of(segments, &files->items[i]))
			status = sl_tree_remove(
			    mirror->root, files->items[i].info->path, err);
	}
	return status;
}

static enum sl_status
amend_state(struct sl_state *next, const struct sl_holdings *lost)
{
	struct sl_holdings held = {0};
	enum sl_status status = sl_holdings_subtract(&held, &next->held, lost);

	if (status != SL_OK) {
		sl_holdings_clear(&held);
		return status;
	}
	sl_holdings_clear(&next->held);
	next->held = held;
	next->is_complete = false;
	return SL_OK;
}

static enum sl_status
amend_pull(struct sl_mirror *mirror, struct sl_redo *redo,
    const struct sl_file_list *files, const bool *is_lost, struct sl_error *err)
{
	struct sl_holdings lost = {0};
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < files->count; i++) {
		const struct sl_stage_file *place = &files->items[i].place;

		if (is_lost[i])
			status = sl_holdings_add(
			    &lost, place->seq, place->ordinal, place->ordinal);
	}
	if (status == SL_OK && lost.count > 0)
		status = amend_state(&redo->next, &lost);
	if (status != SL_OK)
		sl_error_set(err, status, "out of memory");
	if (status == SL_OK && lost.count > 0)
		status = sl_mirror_mark(mirror,
		    "Files of an interrupted pull were lost: pull again.\n",
		    err);
	if (status == SL_OK)
		status = remove_files(mirror, files, &lost, err);
	sl_holdings_clear(&lost);
	return status;
}

enum sl_status
sl_amend(struct sl_mirror *mirror, const struct sl_heads *heads,
    struct sl_redo *redo, const struct sl_file_list *files,
    struct sl_error *err)
{
	bool *is_lost = calloc(files->count + 1, sizeof(*is_lost));
	const struct sighting sighting = {
	    .mirror = mirror, .files = files, .is_lost = is_lost};
	enum sl_status status;

	if (is_lost == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = find_lost(&sighting, heads, redo->stage, err);
	if (status == SL_OK && redo->is_repair)
		amend_repair(redo, is_lost);
	else if (status == SL_OK)
		status = amend_pull(mirror, redo, files, is_lost, err);
	free(is_lost);
	return status;
}
