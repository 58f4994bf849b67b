#include "apply.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "amend.h"
#include "folders.h"
#include "plan.h"
#include "redo.h"
#include "sums.h"
#include "tree.h"

#define SEAL_THREADS 4
/* With more files than this one syncfs(2) is cheaper than an fsync each. */
#define SYNC_EACH_MAX 512

void (*sl_apply_step)(void);

static void
step(void)
{
	if (sl_apply_step != NULL)
		sl_apply_step();
}

/* -- before the redo journal -- */

struct sealing {
	const struct sl_file_list *files;
	const struct sl_stage *stage;
	bool sync_each;
};

static enum sl_status
seal_file(void *ctx, size_t item, struct sl_error *err)
{
	const struct sealing *sealing = ctx;
	const struct sl_file_ref *file = &sealing->files->items[item];

	return sl_stage_seal(sealing->stage, &file->place, file->info->bytes,
	    file->published_us, sealing->sync_each, err);
}

static enum sl_status
seal_all(struct sl_mirror *mirror, struct sl_stage *stage,
    const struct sl_file_list *files, struct sl_error *err)
{
	struct sealing sealing = {files, stage, files->count <= SYNC_EACH_MAX};
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < files->count; i++)
		status =
		    sl_stage_prepare(stage, files->items[i].place.seq, err);
	if (status != SL_OK)
		return status;
	status =
	    sl_file_list_each(files, SEAL_THREADS, seal_file, &sealing, err);
	if (status == SL_OK && !sealing.sync_each && syncfs(mirror->meta) != 0)
		status = sl_error_errno(err, "syncfs");
	return status;
}

/* Does the tree have a file of ours beneath this folder?  Then the folder goes
 * when that is removed. */
static bool
is_ours_beneath(const struct sl_mirror *mirror, const struct sl_heads *heads,
    const char *path)
{
	size_t len = strlen(path);
	struct sl_file_list files;
	bool found = false;

	if (sl_file_list_build(&files, heads, &mirror->state.held, NULL) !=
	    SL_OK)
		return false;
	for (size_t i = 0; !found && i < files.count; i++) {
		const char *other = files.items[i].info->path;

		found = strncmp(other, path, len) == 0 && other[len] == '/';
	}
	sl_file_list_clear(&files);
	return found;
}

/* A path that the tree shall get must be free, or ours. */
static enum sl_status
check_place(const struct sl_mirror *mirror, const struct sl_heads *heads,
    const struct sl_path_set *ours, const char *path, struct sl_error *err)
{
	enum sl_tree_kind kind;
	enum sl_status status;
	uint32_t owner;

	status = sl_tree_look(mirror->root, path, &kind, NULL, err);
	if (status != SL_OK)
		return status;
	switch (kind) {
	case SL_TREE_NOTHING:
		return SL_OK;
	case SL_TREE_FILE:
		if (sl_path_set_find(ours, sl_slice_text(path), &owner) ==
		    SL_OK)
			return SL_OK;
		break;
	case SL_TREE_FOLDER:
		if (is_ours_beneath(mirror, heads, path))
			return SL_OK;
		break;
	case SL_TREE_ODD:
		break;
	}
	return sl_error_code(err, SL_ERR_INTEGRITY, "planted",
	    "%s/%s: expected nothing or the dataset's own file, found a %s; "
	    "nothing was touched: move it away and run the command again",
	    mirror->dir, path,
	    kind == SL_TREE_FILE         ? "file"
	        : kind == SL_TREE_FOLDER ? "folder"
	                                 : "link or a special file");
}

static enum sl_status
check_places(const struct sl_mirror *mirror, const struct sl_heads *heads,
    const struct sl_file_list *files, struct sl_error *err)
{
	struct sl_path_set *ours;
	enum sl_status status;

	status = sl_plan_paths(&ours, heads, &mirror->state.held, err);
	if (status != SL_OK)
		return status;
	for (size_t i = 0; status == SL_OK && i < files->count; i++)
		status = check_place(
		    mirror, heads, ours, files->items[i].info->path, err);
	sl_path_set_free(ours);
	return status;
}

/* -- after it -- */

/* Remove the files of `drop` whose paths nothing in `keep` has. */
static enum sl_status
remove_dropped(struct sl_mirror *mirror, const struct sl_heads *heads,
    const struct sl_redo *redo, struct sl_folders *folders,
    struct sl_error *err)
{
	struct sl_holdings drop = {0};
	struct sl_file_list files = {0};
	struct sl_path_set *keep = NULL;
	enum sl_status status;
	uint32_t owner;

	status =
	    sl_holdings_subtract(&drop, &mirror->state.held, &redo->next.held);
	if (status == SL_OK)
		status = sl_file_list_build(&files, heads, &drop, err);
	if (status == SL_OK)
		status = sl_plan_paths(&keep, heads, &redo->next.held, err);
	for (size_t i = 0; status == SL_OK && i < files.count; i++) {
		const char *path = files.items[i].info->path;

		if (sl_path_set_find(keep, sl_slice_text(path), &owner) ==
		    SL_OK)
			continue;
		step();
		status = sl_tree_remove(mirror->root, path, err);
		if (status == SL_OK)
			status = sl_folders_note(folders, path);
	}
	sl_path_set_free(keep);
	sl_file_list_clear(&files);
	sl_holdings_clear(&drop);
	return status;
}

/* The file is no longer staged: then an earlier attempt has placed it. */
static enum sl_status
check_placed(struct sl_mirror *mirror, const struct sl_file_ref *file,
    struct sl_error *err)
{
	enum sl_tree_kind kind;
	struct stat info;
	enum sl_status status;

	status =
	    sl_tree_look(mirror->root, file->info->path, &kind, &info, err);
	if (status != SL_OK)
		return status;
	if (kind == SL_TREE_FILE && (uint64_t)info.st_size == file->info->bytes)
		return SL_OK;
	return sl_error_code(err, SL_ERR_INTEGRITY, "apply_lost",
	    "%s: neither staged nor in place; run repair", file->info->path);
}

static enum sl_status
place_file(struct sl_mirror *mirror, const struct sl_stage *stage,
    const struct sl_file_ref *file, struct sl_error *err)
{
	char name[SL_STAGE_NAME_MAX];
	struct stat info;
	int folder = sl_stage_folder(stage, file->place.seq);

	sl_stage_name(name, &file->place);
	if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			return check_placed(mirror, file, err);
		return sl_error_errno(err, "staging/%s", name);
	}
	step();
	return sl_tree_place(mirror->root, file->info->path, folder, name, err);
}

static enum sl_status
place_files(struct sl_mirror *mirror, const struct sl_heads *heads,
    const struct sl_redo *redo, const struct sl_file_list *files,
    struct sl_folders *folders, struct sl_error *err)
{
	enum sl_status status;
	struct sl_stage stage;

	status =
	    sl_stage_open(&stage, mirror->meta, redo->stage, heads->count, err);
	for (size_t i = 0; status == SL_OK && i < files->count; i++) {
		const struct sl_file_ref *file = &files->items[i];

		status = sl_stage_prepare(&stage, file->place.seq, err);
		if (status == SL_OK)
			status = place_file(mirror, &stage, file, err);
		if (status == SL_OK)
			status = sl_folders_note(folders, file->info->path);
	}
	sl_stage_close(&stage);
	return status;
}

static enum sl_status
list_new_files(struct sl_file_list *files, const struct sl_mirror *mirror,
    const struct sl_heads *heads, const struct sl_redo *redo,
    struct sl_error *err)
{
	struct sl_holdings fetch = {0};
	enum sl_status status;

	memset(files, 0, sizeof(*files));
	if (redo->is_repair)
		return sl_redo_files(redo, heads, files, err);
	status =
	    sl_holdings_subtract(&fetch, &redo->next.held, &mirror->state.held);
	if (status == SL_OK)
		status = sl_file_list_build(files, heads, &fetch, err);
	sl_holdings_clear(&fetch);
	return status;
}

/* The idempotent part. */
static enum sl_status
replay(struct sl_mirror *mirror, const struct sl_heads *heads,
    const struct sl_redo *redo, struct sl_error *err)
{
	struct sl_folders folders = {0};
	struct sl_file_list files;
	enum sl_status status;

	status = list_new_files(&files, mirror, heads, redo, err);
	if (status == SL_OK)
		status = remove_dropped(mirror, heads, redo, &folders, err);
	if (status == SL_OK)
		status =
		    place_files(mirror, heads, redo, &files, &folders, err);
	step();
	if (status == SL_OK)
		status = sl_folders_sync(&folders, mirror->root, err);
	sl_folders_clear(&folders);
	sl_file_list_clear(&files);
	step();
	if (status == SL_OK)
		status = sl_sums_write(mirror, heads, &redo->next.held, err);
	step();
	if (status == SL_OK)
		status = sl_mirror_save_state(mirror, &redo->next, err);
	step();
	if (status == SL_OK)
		status = sl_mirror_drop(mirror, "redo.json", err);
	return status;
}

static enum sl_status
commit(struct sl_mirror *mirror, const struct sl_heads *heads,
    const struct sl_redo *redo, struct sl_error *err)
{
	enum sl_status status;

	step();
	status = sl_redo_write(mirror, redo, err);
	step();
	return status != SL_OK ? status : replay(mirror, heads, redo, err);
}

enum sl_status
sl_apply(struct sl_mirror *mirror, const struct sl_heads *heads,
    struct sl_stage *stage, const struct sl_state *next, struct sl_error *err)
{
	struct sl_redo redo = {.stage = "staging"};
	struct sl_file_list files = {0};
	enum sl_status status;

	status = sl_state_copy(&redo.next, next);
	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	status = list_new_files(&files, mirror, heads, &redo, err);
	if (status == SL_OK)
		status = check_places(mirror, heads, &files, err);
	if (status == SL_OK)
		status = seal_all(mirror, stage, &files, err);
	sl_file_list_clear(&files);
	if (status == SL_OK)
		status = commit(mirror, heads, &redo, err);
	sl_redo_clear(&redo);
	return status;
}

enum sl_status
sl_apply_repair(struct sl_mirror *mirror, const struct sl_heads *heads,
    const struct sl_file_list *files, struct sl_error *err)
{
	struct sl_redo redo = {.stage = "repair", .is_repair = true};
	struct sl_stage stage;
	enum sl_status status;

	status = sl_state_copy(&redo.next, &mirror->state);
	if (status == SL_OK)
		status = sl_redo_name_files(&redo, files);
	if (status != SL_OK) {
		sl_redo_clear(&redo);
		return sl_error_set(err, status, "out of memory");
	}
	status =
	    sl_stage_open(&stage, mirror->meta, redo.stage, heads->count, err);
	for (size_t i = 0; status == SL_OK && i < files->count; i++)
		status =
		    sl_stage_prepare(&stage, files->items[i].place.seq, err);
	if (status == SL_OK)
		status = seal_all(mirror, &stage, files, err);
	sl_stage_close(&stage);
	if (status == SL_OK)
		status = commit(mirror, heads, &redo, err);
	sl_redo_clear(&redo);
	return status;
}

enum sl_status
sl_apply_finish(struct sl_mirror *mirror, const struct sl_heads *heads,
    bool *was_pending, struct sl_error *err)
{
	struct sl_file_list files = {0};
	struct sl_redo redo = {0};
	enum sl_status status;

	if (was_pending != NULL)
		*was_pending = false;
	status = sl_redo_read(mirror, &redo, err);
	if (status == SL_ERR_NOT_FOUND)
		return sl_error_clear(err);
	if (status == SL_OK) {
		if (was_pending != NULL)
			*was_pending = true;
		status = list_new_files(&files, mirror, heads, &redo, err);
	}
	if (status == SL_OK)
		status = sl_amend(mirror, heads, &redo, &files, err);
	sl_file_list_clear(&files);
	if (status == SL_OK)
		status = replay(mirror, heads, &redo, err);
	sl_redo_clear(&redo);
	return status;
}
