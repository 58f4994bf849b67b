#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mirror_file.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"

#define NOTES     ".sluice-export.json"
#define NOTES_MAX (512u << 20)
#define TEMPORARY ".sluice-export.new"

static enum sl_status
join(char **out, const struct export_folder *folder, const char *path)
{
	if (asprintf(out, "%s/%s", folder->path, path) < 0) {
		*out = NULL;
		return SL_ERR_NOMEM;
	}
	return SL_OK;
}

static enum sl_status
refuse(struct sl_error *err, const char *path, const char *layout)
{
	return sl_error_code(err, SL_ERR_INVALID, "not_an_export",
	    "%s is there and is no export as %s: choose another place", path,
	    layout);
}

static enum sl_status
read_notes(struct export_folder *folder, const char *name, struct sl_error *err)
{
	struct sl_buf text;
	json_t *notes = NULL;
	const char *layout;
	const char *dataset;
	enum sl_status status;

	sl_buf_init(&text, NOTES_MAX);
	status = sl_file_read(&text, name, err);
	if (status == SL_OK)
		status =
		    sl_json_parse(&notes, sl_buf_slice(&text), NOTES_MAX, err);
	sl_buf_clear(&text);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "%s", name);
	layout = json_string_value(json_object_get(notes, "layout"));
	dataset = json_string_value(json_object_get(notes, "dataset"));
	if (layout == NULL || strcmp(layout, folder->layout) != 0)
		status = refuse(err, folder->path, folder->layout);
	else if (dataset != NULL &&
	    strcmp(dataset, folder->result->dataset) != 0)
		status = sl_error_code(err, SL_ERR_CONFLICT, "other_dataset",
		    "%s is an export of %.80s: choose another place for %s",
		    folder->path, dataset, folder->result->dataset);
	else
		folder->before = json_incref(json_object_get(notes, "files"));
	json_decref(notes);
	return status;
}

/* Or not there. */
static bool
is_empty(const char *path)
{
	const struct dirent *entry;
	DIR *dir = opendir(path);
	bool empty = true;

	if (dir == NULL)
		return errno == ENOENT;
	while (empty && (entry = readdir(dir)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0;
	closedir(dir);
	return empty;
}

/* A folder that anything else is in is somebody's. */
static enum sl_status
read_before(struct export_folder *folder, struct sl_error *err)
{
	char *name;
	enum sl_status status = join(&name, folder, NOTES);

	if (status != SL_OK)
		return status;
	if (access(name, F_OK) == 0)
		status = read_notes(folder, name, err);
	else if (!is_empty(folder->path))
		status = refuse(err, folder->path, folder->layout);
	free(name);
	return status;
}

/* What is there of the path, without links; the caller frees. */
static char *
real_part(const char *path)
{
	char *part = strdup(path);
	char *real = NULL;

	while (part != NULL && (real = realpath(part, NULL)) == NULL) {
		char *slash = strrchr(part, '/');

		if (slash == NULL || slash == part)
			break;
		*slash = '\0';
	}
	free(part);
	return real != NULL ? real : realpath(path[0] == '/' ? "/" : ".", NULL);
}

/* Links into the mirror, or the export inside it, would mix the two. */
static enum sl_status
check_place(const char *path, const struct sl_export_options *options,
    struct sl_error *err)
{
	char *mirror = realpath(options->dir, NULL);
	char *real = real_part(path);
	size_t len = mirror == NULL ? 0 : strlen(mirror);
	bool is_inside = mirror != NULL && real != NULL &&
	    strncmp(real, mirror, len) == 0 &&
	    (real[len] == '/' || real[len] == '\0');

	free(mirror);
	free(real);
	return is_inside
	    ? sl_error_code(err, SL_ERR_INVALID, "export_in_mirror",
	          "%s lies in the mirror: choose a place outside", path)
	    : SL_OK;
}

enum sl_status
export_folder_open(struct export_folder *folder,
    const struct sl_export_options *options, struct sl_export_result *result,
    struct sl_error *err)
{
	enum sl_status status;

	*folder = (struct export_folder){.layout = options->layout,
	    .result = result,
	    .may_copy = options->may_copy,
	    .path = strdup(options->out),
	    .now = json_object()};
	if (folder->path == NULL || folder->now == NULL)
		return SL_ERR_NOMEM;
	status = check_place(folder->path, options, err);
	if (status == SL_OK)
		status = read_before(folder, err);
	if (status == SL_OK && !json_is_object(folder->before)) {
		json_decref(folder->before);
		folder->before = json_object();
	}
	if (status == SL_OK)
		status = sl_file_make_dirs(folder->path, err);
	return status;
}

void
export_folder_clear(struct export_folder *folder)
{
	json_decref(folder->before);
	json_decref(folder->now);
	free(folder->path);
	free(folder->pending);
	free(folder->temporary);
	*folder = (struct export_folder){0};
}

static enum sl_status
write_notes(struct export_folder *folder, json_t *files, struct sl_error *err)
{
	json_t *notes = json_pack("{s:i, s:s, s:s, s:O}", "version", 1,
	    "layout", folder->layout, "dataset", folder->result->dataset,
	    "files", files);
	char *text = notes == NULL ? NULL : json_dumps(notes, JSON_COMPACT);
	char *name = NULL;
	enum sl_status status = text == NULL ? SL_ERR_NOMEM : SL_OK;

	if (status == SL_OK)
		status = join(&name, folder, NOTES);
	if (status == SL_OK)
		status = sl_file_replace(name, sl_slice_text(text), 0644, err);
	free(name);
	free(text);
	json_decref(notes);
	return status;
}

/* From here on what is in the folder is not what the notes say. */
static enum sl_status
begin_change(struct export_folder *folder, struct sl_error *err)
{
	json_t *forgotten;
	const char *path;
	json_t *entry;
	char *info;
	enum sl_status status;

	if (folder->is_changing)
		return SL_OK;
	forgotten = json_object();
	json_object_foreach (folder->before, path, entry) {
		if (json_object_set_new(forgotten, path, json_object()) != 0) {
			json_decref(forgotten);
			return SL_ERR_NOMEM;
		}
	}
	status = write_notes(folder, forgotten, err);
	json_decref(forgotten);
	if (status == SL_OK)
		status = join(&info, folder, "meta/info.json");
	if (status != SL_OK)
		return status;
	(void)unlink(info);
	free(info);
	folder->is_changing = true;
	return SL_OK;
}

static enum sl_status
make_parent(const char *name, struct sl_error *err)
{
	char *parent = strdup(name);
	enum sl_status status;

	if (parent == NULL)
		return SL_ERR_NOMEM;
	*strrchr(parent, '/') = '\0';
	status = sl_file_make_dirs(parent, err);
	free(parent);
	return status;
}

static enum sl_status
note(struct export_folder *folder, const char *path, const char *key,
    json_t *more)
{
	json_t *entry = more == NULL ? json_object() : more;

	if (entry == NULL ||
	    json_object_set_new(entry, "key", json_string(key)) != 0) {
		json_decref(entry);
		return SL_ERR_NOMEM;
	}
	return json_object_set_new(folder->now, path, entry) == 0
	    ? SL_OK
	    : SL_ERR_NOMEM;
}

json_t *
export_folder_keep(
    struct export_folder *folder, const char *path, const char *key)
{
	json_t *entry = json_object_get(folder->before, path);
	const char *old = json_string_value(json_object_get(entry, "key"));
	struct stat info;
	char *name;

	if (old == NULL || strcmp(old, key) != 0 ||
	    join(&name, folder, path) != SL_OK)
		return NULL;
	if (lstat(name, &info) != 0 || !S_ISREG(info.st_mode) ||
	    (json_int_t)info.st_size !=
	        json_integer_value(json_object_get(entry, "bytes")))
		entry = NULL;
	free(name);
	if (entry == NULL || json_object_set(folder->now, path, entry) != 0)
		return NULL;
	folder->result->kept++;
	return entry;
}

enum sl_status
export_folder_begin(struct export_folder *folder, const char *path, int *fd,
    struct sl_error *err)
{
	enum sl_status status = begin_change(folder, err);

	*fd = -1;
	if (status == SL_OK)
		status = join(&folder->temporary, folder, TEMPORARY);
	if (status == SL_OK && (folder->pending = strdup(path)) == NULL)
		status = SL_ERR_NOMEM;
	if (status != SL_OK)
		return status;
	*fd = open(folder->temporary,
	    O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	return *fd < 0 ? sl_error_errno(err, "%s", folder->temporary) : SL_OK;
}

static void
forget_pending(struct export_folder *folder)
{
	free(folder->pending);
	free(folder->temporary);
	folder->pending = NULL;
	folder->temporary = NULL;
}

void
export_folder_abandon(struct export_folder *folder, int fd)
{
	if (fd >= 0)
		close(fd);
	if (folder->temporary != NULL)
		(void)unlink(folder->temporary);
	forget_pending(folder);
}

/* Rename what is at `temporary`. */
static enum sl_status
settle(struct export_folder *folder, const char *path, struct sl_error *err)
{
	char *name;
	enum sl_status status = join(&name, folder, path);

	if (status != SL_OK)
		return status;
	status = make_parent(name, err);
	if (status == SL_OK && rename(folder->temporary, name) != 0)
		status = sl_error_errno(err, "%s", name);
	free(name);
	return status;
}

enum sl_status
export_folder_commit(struct export_folder *folder, int fd, const char *key,
    json_t *more, struct sl_error *err)
{
	json_t *entry = more == NULL ? json_object() : more;
	struct stat info;
	enum sl_status status = SL_OK;

	if (fsync(fd) != 0 || fstat(fd, &info) != 0)
		status = sl_error_errno(err, "%s", folder->temporary);
	else if (json_object_set_new(entry, "bytes",
	             json_integer((json_int_t)info.st_size)) != 0)
		status = SL_ERR_NOMEM;
	if (status == SL_OK)
		status = settle(folder, folder->pending, err);
	if (status == SL_OK)
		status = note(folder, folder->pending, key, entry);
	else
		json_decref(entry);
	folder->result->written += status == SL_OK;
	export_folder_abandon(folder, fd);
	return status;
}

static bool
is_same(const char *name, struct sl_slice bytes)
{
	struct sl_buf old;
	bool same;

	sl_buf_init(&old, bytes.len + 1);
	same = sl_file_read(&old, name, NULL) == SL_OK &&
	    sl_slice_is(sl_buf_slice(&old), bytes);
	sl_buf_clear(&old);
	return same;
}

enum sl_status
export_folder_put(struct export_folder *folder, const char *path,
    struct sl_slice bytes, struct sl_error *err)
{
	char *name;
	enum sl_status status = join(&name, folder, path);

	if (status != SL_OK)
		return status;
	if (is_same(name, bytes)) {
		folder->result->kept++;
	} else {
		status = begin_change(folder, err);
		if (status == SL_OK)
			status = make_parent(name, err);
		if (status == SL_OK)
			status = sl_file_replace(name, bytes, 0644, err);
		folder->result->written++;
	}
	free(name);
	return status == SL_OK ? note(folder, path, "", NULL) : status;
}

static enum sl_status
copy_file(struct export_run *run, const struct sl_contents_file *file,
    const char *path, const char *key, struct sl_error *err)
{
	struct export_folder *folder = &run->folder;
	enum sl_status status;
	int to;

	status = export_folder_begin(folder, path, &to, err);
	if (status == SL_OK)
		status = mirror_file_copy(run, file, to, err);
	if (status != SL_OK) {
		export_folder_abandon(folder, to);
		return status;
	}
	status = export_folder_commit(folder, to, key, NULL, err);
	if (status == SL_OK) {
		folder->result->written--;
		folder->result->linked++;
	}
	return status;
}

static enum sl_status
link_failed(const struct export_folder *folder, struct sl_error *err)
{
	if (errno == EXDEV || errno == EMLINK || errno == EPERM ||
	    errno == EOPNOTSUPP)
		return sl_error_code(err, SL_ERR_IO, "no_hard_links",
		    "%s cannot have hard links to files of the mirror: copy "
		    "them with --copy",
		    folder->path);
	return sl_error_errno(err, "link");
}

/* The open file under a new name, by way of /proc, so that what was judged is
 * what is linked. */
static enum sl_status
link_file(struct export_folder *folder, int from, const char *path,
    struct sl_error *err)
{
	char proc[64];
	enum sl_status status = begin_change(folder, err);

	if (status == SL_OK)
		status = join(&folder->temporary, folder, TEMPORARY);
	if (status != SL_OK)
		return status;
	(void)unlink(folder->temporary);
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", from);
	if (linkat(AT_FDCWD, proc, AT_FDCWD, folder->temporary,
	        AT_SYMLINK_FOLLOW) != 0)
		status = link_failed(folder, err);
	if (status == SL_OK)
		status = settle(folder, path, err);
	forget_pending(folder);
	folder->result->linked += status == SL_OK;
	return status;
}

static bool
is_linked(const struct export_folder *folder, const char *path, int from)
{
	struct stat there;
	struct stat info;
	char *name;
	bool same;

	if (join(&name, folder, path) != SL_OK)
		return false;
	same = lstat(name, &there) == 0 && fstat(from, &info) == 0 &&
	    there.st_ino == info.st_ino && there.st_dev == info.st_dev;
	free(name);
	return same;
}

/* The whole is not read for a link, but one that was cut shows. */
static enum sl_status
open_to_link(int *fd, const struct export_run *run,
    const struct sl_contents_file *file, struct sl_error *err)
{
	struct stat info;
	enum sl_status status =
	    sl_contents_open_file(fd, run->contents, file->path, err);

	if (status != SL_OK)
		return status;
	if (fstat(*fd, &info) != 0)
		status = sl_error_errno(err, "%s", file->path);
	else if ((uint64_t)info.st_size != file->bytes)
		status = sl_contents_check_file(run->contents, file, err);
	if (status != SL_OK)
		close(*fd);
	return status;
}

enum sl_status
export_folder_link(struct export_run *run, const struct sl_contents_file *file,
    const char *path, struct sl_error *err)
{
	struct export_folder *folder = &run->folder;
	char key[65];
	enum sl_status status;
	int from;

	sl_hex_encode(key, file->sha256, 32);
	if (folder->may_copy)
		return export_folder_keep(folder, path, key) != NULL
		    ? SL_OK
		    : copy_file(run, file, path, key, err);
	status = open_to_link(&from, run, file, err);
	if (status != SL_OK)
		return status;
	if (is_linked(folder, path, from))
		folder->result->kept++;
	else
		status = link_file(folder, from, path, err);
	close(from);
	return status == SL_OK ? note(folder, path, key, NULL) : status;
}

/* The file, then the folders that it leaves empty. */
static enum sl_status
remove_file(
    struct export_folder *folder, const char *path, struct sl_error *err)
{
	size_t root = strlen(folder->path);
	char *name;
	enum sl_status status = join(&name, folder, path);

	if (status != SL_OK)
		return status;
	if (unlink(name) != 0 && errno != ENOENT)
		status = sl_error_errno(err, "%s", name);
	for (char *slash = strrchr(name, '/');
	     status == SL_OK && slash > name + root;
	     slash = strrchr(name, '/')) {
		*slash = '\0';
		if (rmdir(name) != 0)
			break;
	}
	free(name);
	return status;
}

enum sl_status
export_folder_finish(struct export_folder *folder, struct sl_error *err)
{
	const char *path;
	json_t *entry;
	enum sl_status status = SL_OK;

	json_object_foreach (folder->before, path, entry) {
		if (json_object_get(folder->now, path) != NULL)
			continue;
		/* Only files below, whatever the notes say. */
		if (path[0] == '/' || strstr(path, "..") != NULL)
			continue;
		status = remove_file(folder, path, err);
		if (status != SL_OK)
			return status;
		folder->result->removed++;
	}
	return write_notes(folder, folder->now, err);
}
