#include "mirror.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lock.h"
#include "sluice/base/file.h"
#include "tree.h"

char *
sl_mirror_path(const struct sl_mirror *mirror, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", mirror->meta_dir, name) < 0)
		return NULL;
	return path;
}

enum sl_status
sl_mirror_write(struct sl_mirror *mirror, const char *name,
    struct sl_slice bytes, struct sl_error *err)
{
	char *path = sl_mirror_path(mirror, name);
	enum sl_status status;

	if (path == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_file_replace(path, bytes, 0644, err);
	free(path);
	return status;
}

enum sl_status
sl_mirror_read(const struct sl_mirror *mirror, const char *name,
    struct sl_buf *buf, struct sl_error *err)
{
	char *path = sl_mirror_path(mirror, name);
	enum sl_status status;

	if (path == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_file_read(buf, path, err);
	free(path);
	return status;
}

enum sl_status
sl_mirror_drop(struct sl_mirror *mirror, const char *name, struct sl_error *err)
{
	if (unlinkat(mirror->meta, name, 0) != 0) {
		if (errno == ENOENT)
			return SL_OK;
		return sl_error_errno(err, ".sluice/%s", name);
	}
	if (fsync(mirror->meta) != 0)
		return sl_error_errno(err, ".sluice");
	return SL_OK;
}

bool
sl_mirror_has(const struct sl_mirror *mirror, const char *name)
{
	struct stat info;

	return fstatat(mirror->meta, name, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

enum sl_status
sl_mirror_mark(struct sl_mirror *mirror, const char *why, struct sl_error *err)
{
	if (why == NULL)
		return sl_mirror_drop(mirror, "INCOMPLETE", err);
	return sl_mirror_write(mirror, "INCOMPLETE", sl_slice_text(why), err);
}

static bool
is_one_of(const char *name, const char *const names[])
{
	for (; *names != NULL; names++) {
		if (strcmp(name, *names) == 0)
			return true;
	}
	return false;
}

/* Does a folder hold anything but these? */
static bool
has_others(int root, const char *const names[])
{
	int again = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = again < 0 ? NULL : fdopendir(again);
	const struct dirent *entry;
	bool found = false;

	if (folder == NULL) {
		if (again >= 0)
			close(again);
		return true;
	}
	while (!found && (entry = readdir(folder)) != NULL)
		found = !is_one_of(entry->d_name, names);
	closedir(folder);
	return found;
}

/* A folder that holds anything but .sluice and lost+found? */
static bool
has_other_files(int root)
{
	static const char *const names[] = {
	    ".", "..", ".sluice", "lost+found", NULL};

	return has_others(root, names);
}

/* A pull finds out what is there; the others cannot. */
static enum sl_status
lose_state(
    struct sl_mirror *mirror, enum sl_mirror_mode mode, struct sl_error *err)
{
	char why[SL_ERROR_TEXT_MAX];

	if (mode == SL_MIRROR_CREATE) {
		sl_state_clear(&mirror->state);
		return sl_error_clear(err);
	}
	snprintf(why, sizeof(why), "%s", err == NULL ? "" : err->text);
	return sl_error_code(err, SL_ERR_INTEGRITY, "state_damaged",
	    "%s/state.json is damaged (%.160s); `sluice pull` into %s looks at "
	    "the files that are there, keeps those that are right and mends it",
	    mirror->meta_dir, why, mirror->dir);
}

static enum sl_status
read_state(
    struct sl_mirror *mirror, enum sl_mirror_mode mode, struct sl_error *err)
{
	enum sl_status status;
	struct sl_buf text;

	sl_buf_init(&text, SL_STATE_BYTES_MAX);
	status = sl_mirror_read(mirror, "state.json", &text, err);
	if (status == SL_OK) {
		status =
		    sl_state_parse(&mirror->state, sl_buf_slice(&text), err);
		mirror->has_state = status == SL_OK;
		if (status != SL_OK && status != SL_ERR_NOMEM)
			status = lose_state(mirror, mode, err);
	} else if (status == SL_ERR_NOT_FOUND) {
		status = sl_error_clear(err);
	}
	mirror->is_state_lost =
	    !mirror->has_state && has_other_files(mirror->root);
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
open_meta(
    struct sl_mirror *mirror, enum sl_mirror_mode mode, struct sl_error *err)
{
	enum sl_status status;

	mirror->meta = openat(mirror->root, ".sluice",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (mirror->meta >= 0)
		return SL_OK;
	if (errno == ELOOP || errno == ENOTDIR)
		return sl_error_code(err, SL_ERR_INTEGRITY, "planted",
		    "%s/.sluice: expected a folder, found a link or something "
		    "else; it was not touched: move it away, or name another "
		    "folder for the mirror",
		    mirror->dir);
	if (errno != ENOENT)
		return sl_error_errno(err, "%s", mirror->meta_dir);
	if (mode != SL_MIRROR_CREATE)
		return sl_error_code(err, SL_ERR_NOT_FOUND, "no_mirror",
		    "%s: not a mirror (no .sluice in it)", mirror->dir);
	if (has_other_files(mirror->root))
		return sl_error_code(err, SL_ERR_CONFLICT, "not_empty",
		    "%s: has files in it and is not a mirror; give an empty or "
		    "new folder",
		    mirror->dir);
	status =
	    sl_tree_make_folder(mirror->root, ".sluice", &mirror->meta, err);
	mirror->made_meta = status == SL_OK;
	if (status == SL_OK && fsync(mirror->root) != 0)
		status = sl_error_errno(err, "%s", mirror->dir);
	return status;
}

static enum sl_status
open_root(
    struct sl_mirror *mirror, enum sl_mirror_mode mode, struct sl_error *err)
{
	enum sl_status status;

	if (mode == SL_MIRROR_CREATE) {
		mirror->made_root =
		    access(mirror->dir, F_OK) != 0 && errno == ENOENT;
		status = sl_file_make_dirs(mirror->dir, err);
		if (status != SL_OK)
			return status;
	}
	mirror->root = open(mirror->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mirror->root >= 0)
		return SL_OK;
	if (errno == ENOENT)
		return sl_error_code(err, SL_ERR_NOT_FOUND, "no_mirror",
		    "%s: no such folder", mirror->dir);
	if (errno == ENOTDIR)
		return sl_error_code(err, SL_ERR_NOT_FOUND, "no_mirror",
		    "%s: not a folder, so not a mirror", mirror->dir);
	return sl_error_errno(err, "%s", mirror->dir);
}

enum sl_status
sl_mirror_open(struct sl_mirror *mirror, const char *dir,
    enum sl_mirror_mode mode, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	memset(mirror, 0, sizeof(*mirror));
	mirror->root = mirror->meta = mirror->lock = -1;
	sl_state_init(&mirror->state);
	mirror->dir = strdup(dir);
	if (mirror->dir == NULL ||
	    asprintf(&mirror->meta_dir, "%s/.sluice", dir) < 0) {
		mirror->meta_dir = NULL;
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	if (status == SL_OK)
		status = open_root(mirror, mode, err);
	if (status == SL_OK)
		status = open_meta(mirror, mode, err);
	if (status == SL_OK && mode != SL_MIRROR_LOOK)
		status = sl_lock_take(mirror->meta, &mirror->lock, err);
	if (status == SL_OK)
		status = read_state(mirror, mode, err);
	if (status != SL_OK)
		sl_mirror_close(mirror);
	return status;
}

void
sl_mirror_close(struct sl_mirror *mirror)
{
	sl_lock_drop(mirror->lock);
	if (mirror->meta >= 0)
		close(mirror->meta);
	if (mirror->root >= 0)
		close(mirror->root);
	mirror->root = mirror->meta = mirror->lock = -1;
	free(mirror->dir);
	free(mirror->meta_dir);
	mirror->dir = mirror->meta_dir = NULL;
	sl_state_clear(&mirror->state);
}

void
sl_mirror_abandon(struct sl_mirror *mirror)
{
	static const char *const names[] = {".", "..", "lock", NULL};

	if (mirror->made_meta && mirror->meta >= 0 &&
	    !has_others(mirror->meta, names)) {
		(void)!unlinkat(mirror->meta, "lock", 0);
		if (unlinkat(mirror->root, ".sluice", AT_REMOVEDIR) == 0 &&
		    mirror->made_root)
			(void)!rmdir(mirror->dir);
	}
	sl_mirror_close(mirror);
}

enum sl_status
sl_mirror_save_state(struct sl_mirror *mirror, const struct sl_state *state,
    struct sl_error *err)
{
	enum sl_status status;
	struct sl_buf text;

	sl_buf_init(&text, SL_STATE_BYTES_MAX);
	status = sl_state_format(&text, state);
	if (status != SL_OK)
		sl_error_set(err, status, "state.json");
	if (status == SL_OK)
		status = sl_mirror_write(
		    mirror, "state.json", sl_buf_slice(&text), err);
	sl_buf_clear(&text);
	if (status != SL_OK || state == &mirror->state)
		return status;
	sl_state_clear(&mirror->state);
	mirror->has_state = true;
	return sl_state_copy(&mirror->state, state);
}
