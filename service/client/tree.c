#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sluice/catalog/path.h"

#define WALK_DEPTH_MAX 128

/* glibc has no wrapper for openat2(2). */
static int
open_beneath(int root, const char *path, uint64_t flags)
{
	struct open_how how = {
	    .flags = flags | O_CLOEXEC,
	    .resolve =
	        RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	do
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	return (int)fd;
}

static bool
is_planted(int error)
{
	return error == ELOOP || error == ENOTDIR || error == EXDEV ||
	    error == EISDIR;
}

static enum sl_status
open_failed(struct sl_error *err, const char *path)
{
	if (is_planted(errno))
		return sl_error_code(err, SL_ERR_INTEGRITY, "planted",
		    "%s: expected plain folders and a file, found a link or "
		    "something else on the way; it was not touched: move it "
		    "away and run the command again",
		    path);
	return sl_error_errno(err, "%s", path);
}

static enum sl_tree_kind
kind_of(mode_t mode)
{
	if (S_ISREG(mode))
		return SL_TREE_FILE;
	return S_ISDIR(mode) ? SL_TREE_FOLDER : SL_TREE_ODD;
}

enum sl_status
sl_tree_look(int root, const char *path, enum sl_tree_kind *out,
    struct stat *info, struct sl_error *err)
{
	struct stat here;
	int fd;

	*out = SL_TREE_ODD;
	fd = open_beneath(root, path, O_PATH | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT) {
		*out = SL_TREE_NOTHING;
		return SL_OK;
	}
	if (fd < 0 && is_planted(errno))
		return SL_OK;
	if (fd < 0)
		return sl_error_errno(err, "%s", path);
	if (fstat(fd, &here) != 0) {
		close(fd);
		return sl_error_errno(err, "%s", path);
	}
	close(fd);
	*out = kind_of(here.st_mode);
	if (info != NULL)
		*info = here;
	return SL_OK;
}

enum sl_status
sl_tree_open(int root, const char *path, int *out_fd, struct sl_error *err)
{
	struct stat info;
	int fd;

	*out_fd = -1;
	fd = open_beneath(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return open_failed(err, path);
	if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
		close(fd);
		errno = ELOOP;
		return open_failed(err, path);
	}
	*out_fd = fd;
	return SL_OK;
}

/* Make every folder of `path` (its first `len` bytes) beneath root. */
static enum sl_status
make_folders(int root, const char *path, size_t len, struct sl_error *err)
{
	char copy[SL_PATH_MAX + 1];

	if (len > SL_PATH_MAX)
		return sl_error_set(err, SL_ERR_INVALID, "path too long");
	for (size_t at = 1; at <= len; at++) {
		int parent;
		char *slash;

		if (at < len && path[at] != '/')
			continue;
		memcpy(copy, path, at);
		copy[at] = '\0';
		slash = strrchr(copy, '/');
		if (slash != NULL)
			*slash = '\0';
		parent = slash == NULL
		    ? dup(root)
		    : open_beneath(root, copy, O_PATH | O_DIRECTORY);
		if (parent < 0)
			return open_failed(err, copy);
		if (mkdirat(parent, slash == NULL ? copy : slash + 1, 0777) !=
		        0 &&
		    errno != EEXIST) {
			close(parent);
			return sl_error_errno(err, "%s", path);
		}
		close(parent);
	}
	return SL_OK;
}

enum sl_status
sl_tree_open_parent(int root, const char *path, bool make, int *out_fd,
    const char **name, struct sl_error *err)
{
	const char *slash = strrchr(path, '/');
	char folder[SL_PATH_MAX + 1] = ".";
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);
	enum sl_status status;

	*out_fd = -1;
	*name = slash == NULL ? path : slash + 1;
	if (len > SL_PATH_MAX)
		return sl_error_set(err, SL_ERR_INVALID, "path too long");
	if (slash != NULL) {
		memcpy(folder, path, len);
		folder[len] = '\0';
	}
	*out_fd = open_beneath(root, folder, O_RDONLY | O_DIRECTORY);
	if (*out_fd < 0 && errno == ENOENT && make && slash != NULL) {
		status = make_folders(root, path, len, err);
		if (status != SL_OK)
			return status;
		*out_fd = open_beneath(root, folder, O_RDONLY | O_DIRECTORY);
	}
	return *out_fd < 0 ? open_failed(err, path) : SL_OK;
}

/* Remove the empty folders above `path`. */
static void
prune(int root, const char *path)
{
	char copy[SL_PATH_MAX + 1];
	size_t len = strlen(path);

	if (len > SL_PATH_MAX)
		return;
	memcpy(copy, path, len + 1);
	for (char *slash; (slash = strrchr(copy, '/')) != NULL;) {
		struct sl_error ignored = {0};
		const char *name;
		int parent, gone;

		*slash = '\0';
		if (sl_tree_open_parent(
		        root, copy, false, &parent, &name, &ignored) != SL_OK)
			return;
		gone = unlinkat(parent, name, AT_REMOVEDIR);
		close(parent);
		if (gone != 0)
			return;
	}
}

enum sl_status
sl_tree_remove(int root, const char *path, struct sl_error *err)
{
	const char *name;
	enum sl_status status;
	int parent, failure = 0;

	status = sl_tree_open_parent(root, path, false, &parent, &name, err);
	if (status == SL_ERR_NOT_FOUND)
		return sl_error_clear(err);
	if (status != SL_OK)
		return status;
	if (unlinkat(parent, name, 0) != 0)
		failure = errno;
	close(parent);
	errno = failure;
	if (failure != 0 && failure != ENOENT)
		return open_failed(err, path);
	prune(root, path);
	return SL_OK;
}

enum sl_status
sl_tree_place(int root, const char *path, int from_fd, const char *from,
    struct sl_error *err)
{
	const char *name;
	enum sl_status status;
	int parent;

	status = sl_tree_open_parent(root, path, true, &parent, &name, err);
	if (status != SL_OK)
		return status;
	if (renameat(from_fd, from, parent, name) != 0)
		status = open_failed(err, path);
	close(parent);
	return status;
}

enum sl_status
sl_tree_make_folder(
    int parent, const char *name, int *out_fd, struct sl_error *err)
{
	if (mkdirat(parent, name, 0777) != 0 && errno != EEXIST) {
		*out_fd = -1;
		return sl_error_errno(err, "%s", name);
	}
	*out_fd = openat(
	    parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*out_fd < 0 && is_planted(errno))
		return sl_error_code(err, SL_ERR_INTEGRITY, "planted",
		    "%s, in the mirror's .sluice: expected a folder, found a "
		    "link or something else; it was not touched: move it away "
		    "and run the command again",
		    name);
	return *out_fd < 0 ? open_failed(err, name) : SL_OK;
}

/* Takes `fd`, which is open on the folder. */
static enum sl_status
empty_folder(int fd, unsigned depth, struct sl_error *err)
{
	DIR *folder = fdopendir(fd);
	enum sl_status status = SL_OK;
	const struct dirent *entry;

	if (folder == NULL) {
		close(fd);
		return sl_error_errno(err, "opendir");
	}
	while (status == SL_OK && (entry = readdir(folder)) != NULL) {
		const char *name = entry->d_name;
		int inner;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (unlinkat(dirfd(folder), name, 0) == 0)
			continue;
		inner = openat(dirfd(folder), name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (inner < 0 || depth >= WALK_DEPTH_MAX) {
			status = sl_error_errno(err, "%s", name);
			if (inner >= 0)
				close(inner);
			break;
		}
		status = empty_folder(inner, depth + 1, err);
		if (status == SL_OK &&
		    unlinkat(dirfd(folder), name, AT_REMOVEDIR) != 0)
			status = sl_error_errno(err, "%s", name);
	}
	closedir(folder);
	return status;
}

enum sl_status
sl_tree_remove_all(int parent, const char *name, struct sl_error *err)
{
	enum sl_status status;
	int fd;

	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return SL_OK;
	fd = openat(
	    parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return sl_error_errno(err, "%s", name);
	status = empty_folder(fd, 0, err);
	if (status == SL_OK && unlinkat(parent, name, AT_REMOVEDIR) != 0)
		status = sl_error_errno(err, "%s", name);
	return status;
}

struct walk {
	const char *skip;
	sl_tree_walk_fn *on_entry;
	void *ctx;
	struct sl_error *err;
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in the folder, sorted; the caller frees. */
static enum sl_status
list_folder(int fd, char ***out, size_t *count)
{
	DIR *folder = fdopendir(fd);
	const struct dirent *entry;
	size_t capacity = 0;

	*out = NULL;
	*count = 0;
	if (folder == NULL) {
		close(fd);
		return SL_ERR_IO;
	}
	while ((entry = readdir(folder)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (*count == capacity) {
			char **more;

			capacity = capacity == 0 ? 64 : capacity * 2;
			more = reallocarray(*out, capacity, sizeof(*more));
			if (more == NULL)
				break;
			*out = more;
		}
		(*out)[*count] = strdup(entry->d_name);
		if ((*out)[*count] == NULL)
			break;
		++*count;
	}
	closedir(folder);
	if (*count > 0)
		qsort(*out, *count, sizeof(**out), by_name);
	return entry == NULL ? SL_OK : SL_ERR_NOMEM;
}

static enum sl_status walk_folder(
    const struct walk *walk, int fd, const char *prefix, unsigned depth);

static enum sl_status
walk_entry(const struct walk *walk, int fd, const char *prefix,
    const char *name, unsigned depth)
{
	char path[PATH_MAX];
	struct stat info;
	int inner;

	snprintf(path, sizeof(path), "%s%s%s", prefix,
	    prefix[0] == '\0' ? "" : "/", name);
	if (fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? SL_OK
		                       : sl_error_errno(walk->err, "%s", path);
	if (!S_ISDIR(info.st_mode))
		return walk->on_entry(
		    walk->ctx, path, kind_of(info.st_mode), walk->err);
	inner =
	    openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (inner < 0)
		return sl_error_errno(walk->err, "%s", path);
	return walk_folder(walk, inner, path, depth + 1);
}

/* Takes `fd`. */
static enum sl_status
walk_folder(const struct walk *walk, int fd, const char *prefix, unsigned depth)
{
	enum sl_status status;
	size_t count;
	char **names;
	int again = dup(fd);

	if (again < 0 || depth > WALK_DEPTH_MAX) {
		close(fd);
		if (again >= 0)
			close(again);
		return sl_error_set(
		    walk->err, SL_ERR_LIMIT, "%s: too deep", prefix);
	}
	status = list_folder(again, &names, &count);
	if (status != SL_OK)
		sl_error_set(walk->err, status, "%s: cannot be read", prefix);
	for (size_t i = 0; i < count; i++) {
		if (status == SL_OK &&
		    !(depth == 0 && strcmp(names[i], walk->skip) == 0))
			status = walk_entry(walk, fd, prefix, names[i], depth);
		free(names[i]);
	}
	free(names);
	close(fd);
	return status;
}

enum sl_status
sl_tree_walk(int root, const char *skip, sl_tree_walk_fn *on_entry, void *ctx,
    struct sl_error *err)
{
	struct walk walk = {skip, on_entry, ctx, err};
	int fd = open_beneath(root, ".", O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return sl_error_errno(err, "opendir");
	return walk_folder(&walk, fd, "", 0);
}
