#include "frozen.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "tree.h"

#define THREADS    4
#define COPY_BYTES ((size_t)1 << 20)
#define NEW        ".sluice-new"

struct freezing {
	const struct sl_frozen_order *order;
	struct sl_file_list files;
	int root; /* of the new tree */
};

/* -- comparing -- */

enum sl_status
sl_frozen_compare(struct sl_findings *findings, const struct sl_heads *heads,
    const struct sl_holdings *segments, const char *path,
    bool (*is_cancelled)(void), struct sl_error *err)
{
	/* A tree is looked at as a mirror that holds just these. */
	const struct sl_verify_options options = {
	    .dir = path, .is_cancelled = is_cancelled};
	struct sl_mirror tree = {.meta = -1, .lock = -1};
	struct sl_file_list files = {0};
	enum sl_status status;

	memset(findings, 0, sizeof(*findings));
	tree.state.held = *segments; /* borrowed */
	tree.root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tree.root < 0)
		return sl_error_errno(err, "%s", path);
	status = sl_file_list_build(&files, heads, segments, err);
	if (status == SL_OK)
		status = sl_findings_make(
		    findings, &tree, heads, &files, &options, err);
	sl_file_list_clear(&files);
	close(tree.root);
	return status;
}

/* -- one file -- */

/* copy_file_range(2) does not go between all file systems. */
static enum sl_status
copy_bytes(int to, int from, uint64_t bytes, struct sl_error *err)
{
	unsigned char *buffer = malloc(COPY_BYTES);
	enum sl_status status = SL_OK;

	if (buffer == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (uint64_t at = 0; status == SL_OK && at < bytes;) {
		size_t len =
		    bytes - at < COPY_BYTES ? (size_t)(bytes - at) : COPY_BYTES;

		status = sl_file_read_at(from, buffer, len, at, err);
		if (status == SL_OK)
			status = sl_file_write_all(to, buffer, len, err);
		at += len;
	}
	free(buffer);
	return status;
}

static enum sl_status
copy_open(int to, int from, const char *path, struct sl_error *err)
{
	struct timespec times[2];
	enum sl_status status;
	struct stat info;

	if (fstat(from, &info) != 0)
		return sl_error_errno(err, "%s", path);
	status = copy_bytes(to, from, (uint64_t)info.st_size, err);
	if (status != SL_OK)
		return status;
	times[0] = times[1] = info.st_mtim;
	if (futimens(to, times) != 0)
		return sl_error_errno(err, "%s", path);
	return SL_OK;
}

static enum sl_status
copy_file(const struct freezing *freezing, const char *path, int folder,
    const char *name, struct sl_error *err)
{
	enum sl_status status;
	int from, to;

	status = sl_tree_open(freezing->order->mirror->root, path, &from, err);
	if (status != SL_OK)
		return status;
	to = openat(folder, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (to < 0) {
		status = sl_error_errno(err, "%s", path);
	} else {
		status = copy_open(to, from, path, err);
		close(to);
	}
	close(from);
	return status;
}

static enum sl_status
link_failed(
    const struct freezing *freezing, const char *path, struct sl_error *err)
{
	const char *tree = freezing->order->path;

	if (errno == EXDEV)
		return sl_error_code(err, SL_ERR_IO, "other_file_system",
		    "%s is on another file system than %s, and hard links "
		    "cannot cross: choose another place, or copy the files "
		    "with --copy",
		    tree, freezing->order->mirror->dir);
	if (errno == EMLINK || errno == EPERM || errno == EOPNOTSUPP)
		return sl_error_code(err, SL_ERR_IO, "no_hard_links",
		    "%s: this file system makes no hard link of it: copy the "
		    "files with --copy",
		    path);
	if (errno == ENOENT)
		return sl_error_code(err, SL_ERR_INTEGRITY, "damaged",
		    "%s is missing in %s: `sluice repair` fetches it", path,
		    freezing->order->mirror->dir);
	return sl_error_errno(err, "%s", path);
}

/* A link that was planted is linked as it is, and found when all is hashed. */
static enum sl_status
link_file(const struct freezing *freezing, const char *path, int folder,
    const char *name, struct sl_error *err)
{
	const char *from_name;
	enum sl_status status;
	int from;

	status = sl_tree_open_parent(
	    freezing->order->mirror->root, path, false, &from, &from_name, err);
	if (status != SL_OK)
		return status;
	if (linkat(from, from_name, folder, name, 0) != 0)
		status = link_failed(freezing, path, err);
	close(from);
	return status;
}

static enum sl_status
freeze_file(void *ctx, size_t item, struct sl_error *err)
{
	const struct freezing *freezing = ctx;
	const char *path = freezing->files.items[item].info->path;
	const char *name;
	enum sl_status status;
	int folder;

	if (freezing->order->is_cancelled != NULL &&
	    freezing->order->is_cancelled())
		return sl_error_set(err, SL_ERR_CANCELLED, "interrupted");
	status = sl_tree_open_parent(
	    freezing->root, path, true, &folder, &name, err);
	if (status != SL_OK)
		return status;
	if (freezing->order->may_copy)
		status = copy_file(freezing, path, folder, name, err);
	else
		status = link_file(freezing, path, folder, name, err);
	close(folder);
	return status;
}

/* -- the tree -- */

static enum sl_status
check_copy(
    const struct sl_frozen_order *order, const char *path, struct sl_error *err)
{
	struct sl_findings findings;
	enum sl_status status = sl_frozen_compare(&findings, order->heads,
	    order->segments, path, order->is_cancelled, err);

	if (status == SL_OK && findings.count > 0)
		status = sl_error_code(err, SL_ERR_INTEGRITY, "damaged",
		    "%s of %s is %s: `sluice verify` and `sluice repair` the "
		    "mirror first (%zu in all)",
		    findings.items[0].path, order->mirror->dir,
		    sl_damage_name(findings.items[0].damage), findings.count);
	sl_findings_clear(&findings);
	return status;
}

static enum sl_status
write_bill(
    const struct sl_frozen_order *order, const char *path, struct sl_error *err)
{
	const struct {
		const char *name;
		struct sl_slice bytes;
	} files[] = {{"pin", order->pin}, {"pin.minisig", order->minisig},
	    {"SHA256SUMS", order->sums}};
	enum sl_status status = SL_OK;
	char *folder = NULL, *file;

	if (asprintf(&folder, "%s/.sluice", path) < 0)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	if (mkdir(folder, 0777) != 0)
		status = sl_error_errno(err, "%s", folder);
	for (size_t i = 0;
	     status == SL_OK && i < sizeof(files) / sizeof(files[0]); i++) {
		if (asprintf(&file, "%s/%s", folder, files[i].name) < 0) {
			status =
			    sl_error_set(err, SL_ERR_NOMEM, "out of memory");
			break;
		}
		status = sl_file_replace(file, files[i].bytes, 0644, err);
		free(file);
	}
	free(folder);
	return status;
}

static enum sl_status
fill(
    const struct sl_frozen_order *order, const char *path, struct sl_error *err)
{
	struct freezing freezing = {.order = order, .root = -1};
	enum sl_status status;

	if (mkdir(path, 0777) != 0)
		return sl_error_errno(err, "%s", path);
	freezing.root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (freezing.root < 0)
		return sl_error_errno(err, "%s", path);
	status = sl_file_list_build(
	    &freezing.files, order->heads, order->segments, err);
	if (status == SL_OK)
		status = sl_file_list_each(
		    &freezing.files, THREADS, freeze_file, &freezing, err);
	if (status == SL_OK)
		status = check_copy(order, path, err);
	if (status == SL_OK)
		status = write_bill(order, path, err);
	if (status == SL_OK && syncfs(freezing.root) != 0)
		status = sl_error_errno(err, "%s", path);
	sl_file_list_clear(&freezing.files);
	close(freezing.root);
	return status;
}

/* Nothing, or an empty folder? */
static bool
is_free(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	bool is_empty = true;

	if (folder == NULL)
		return errno == ENOENT;
	while (is_empty && (entry = readdir(folder)) != NULL)
		is_empty = strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0;
	closedir(folder);
	return is_empty;
}

/* A tree in the mirror would be taken for files that are not the dataset's. */
static enum sl_status
check_place(const struct sl_frozen_order *order, const char *parent,
    struct sl_error *err)
{
	char *mirror = realpath(order->mirror->dir, NULL);
	char *folder = realpath(parent, NULL);
	enum sl_status status = SL_OK;
	size_t len;

	if (mirror == NULL || folder == NULL) {
		status = sl_error_errno(err, "%s", parent);
	} else {
		len = strlen(mirror);
		if (strncmp(folder, mirror, len) == 0 &&
		    (folder[len] == '\0' || folder[len] == '/'))
			status = sl_error_code(err, SL_ERR_INVALID,
			    "tree_in_mirror",
			    "%s lies in the mirror %s: name a place beside it",
			    order->path, order->mirror->dir);
	}
	if (status == SL_OK && !is_free(order->path))
		status = sl_error_code(err, SL_ERR_EXISTS, "tree_exists",
		    "%s is there already: name a new or empty folder",
		    order->path);
	free(mirror);
	free(folder);
	return status;
}

/* The folder that holds `path`, which ends in a name. */
static enum sl_status
split(const char *path, char folder[PATH_MAX], char name[NAME_MAX + 1],
    struct sl_error *err)
{
	size_t len = strlen(path);
	const char *slash, *start;

	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len == 0 || len >= PATH_MAX - sizeof(NEW))
		return sl_error_set(
		    err, SL_ERR_INVALID, "'%s' is no folder", path);
	memcpy(folder, path, len);
	folder[len] = '\0';
	slash = strrchr(folder, '/');
	start = slash == NULL ? folder : slash + 1;
	if (strlen(start) > NAME_MAX - sizeof(NEW))
		return sl_error_set(
		    err, SL_ERR_INVALID, "'%s' is too long a name", path);
	memcpy(name, start, strlen(start) + 1);
	if (slash == NULL)
		snprintf(folder, PATH_MAX, ".");
	else
		folder[slash == folder ? 1 : slash - folder] = '\0';
	if (name[0] == '\0' || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "'%s' does not name a new folder", path);
	return SL_OK;
}

/* What an earlier run left under the other name goes first. */
static enum sl_status
make_in(const struct sl_frozen_order *order, int parent, const char *folder,
    const char *name, struct sl_error *err)
{
	char other[NAME_MAX + 1 + sizeof(NEW)];
	char path[PATH_MAX + sizeof(other)];
	enum sl_status status;

	snprintf(other, sizeof(other), "%s" NEW, name);
	snprintf(path, sizeof(path), "%s/%s", folder, other);
	status = sl_tree_remove_all(parent, other, err);
	if (status == SL_OK)
		status = fill(order, path, err);
	if (status == SL_OK &&
	    (renameat(parent, other, parent, name) != 0 || fsync(parent) != 0))
		status = sl_error_errno(err, "%s", order->path);
	if (status != SL_OK) {
		struct sl_error ignored = {0};

		if (sl_tree_remove_all(parent, other, &ignored) != SL_OK)
			return status;
	}
	return status;
}

enum sl_status
sl_frozen_make(const struct sl_frozen_order *order, struct sl_error *err)
{
	char folder[PATH_MAX], name[NAME_MAX + 1];
	enum sl_status status = split(order->path, folder, name, err);
	int parent;

	if (status == SL_OK)
		status = sl_file_make_dirs(folder, err);
	if (status == SL_OK)
		status = check_place(order, folder, err);
	if (status != SL_OK)
		return status;
	parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return sl_error_errno(err, "%s", folder);
	status = make_in(order, parent, folder, name, err);
	close(parent);
	return status;
}
