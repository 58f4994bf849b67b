#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/array.h"

#include "source_build.h"

/* Folders in folders; LeRobot needs four. */
#define DEPTH_MAX 16
/* Longer paths are refused later anyway; this bounds the walk. */
#define PATH_MAX_HERE 1024

struct walk {
	struct source_tree *tree;
	char path[PATH_MAX_HERE];
	struct sl_error *err;
};

static enum sl_status walk_dir(
    struct walk *walk, int fd, size_t path_len, unsigned depth);

static enum sl_status
add_path(struct source_tree *tree, const char *path)
{
	size_t count = tree->count;
	char **paths = sl_array_room(tree->paths, count, sizeof(*paths));

	if (paths == NULL)
		return SL_ERR_NOMEM;
	tree->paths = paths;
	tree->paths[count] = strdup(path);
	if (tree->paths[count] == NULL)
		return SL_ERR_NOMEM;
	tree->count++;
	return SL_OK;
}

static enum sl_status
walk_entry(struct walk *walk, int fd, const char *name, size_t path_len,
    unsigned depth)
{
	size_t name_len = strlen(name);
	struct stat info;
	int child;

	if (path_len + name_len + 2 > sizeof(walk->path))
		return sl_error_set(
		    walk->err, SL_ERR_INVALID, "%s: path is too long", name);
	memcpy(walk->path + path_len, name, name_len + 1);
	if (fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
		return sl_error_errno(walk->err, "%s", walk->path);
	if (S_ISREG(info.st_mode)) {
		if (walk->tree->count >= SL_SOURCE_FILES_MAX)
			return sl_error_set(
			    walk->err, SL_ERR_LIMIT, "too many files");
		return add_path(walk->tree, walk->path);
	}
	if (!S_ISDIR(info.st_mode))
		return sl_error_set(walk->err, SL_ERR_INVALID,
		    "%s: %s; a source holds plain files and folders only",
		    walk->path,
		    S_ISLNK(info.st_mode) ? "a symbolic link"
		                          : "a special file");
	child =
	    openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (child < 0)
		return sl_error_errno(walk->err, "%s", walk->path);
	walk->path[path_len + name_len] = '/';
	walk->path[path_len + name_len + 1] = '\0';
	return walk_dir(walk, child, path_len + name_len + 1, depth + 1);
}

/* Takes fd. */
static enum sl_status
walk_dir(struct walk *walk, int fd, size_t path_len, unsigned depth)
{
	enum sl_status status = SL_OK;
	struct dirent *entry;
	DIR *dir;

	if (depth > DEPTH_MAX) {
		close(fd);
		return sl_error_set(walk->err, SL_ERR_INVALID,
		    "%s: folders nest too deeply", walk->path);
	}
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return sl_error_errno(walk->err, "%s", walk->path);
	}
	while (status == SL_OK) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL) {
			if (errno != 0)
				status = sl_error_errno(walk->err, "readdir");
			break;
		}
		if (entry->d_name[0] != '.')
			status = walk_entry(
			    walk, dirfd(dir), entry->d_name, path_len, depth);
	}
	closedir(dir);
	return status;
}

static int
compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

enum sl_status
source_tree_read(struct source_tree *out, int dir_fd, struct sl_error *err)
{
	struct walk walk = {.tree = out, .err = err};
	enum sl_status status;
	int fd;

	*out = (struct source_tree){0};
	fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return sl_error_errno(err, "open");
	status = walk_dir(&walk, fd, 0, 0);
	if (status != SL_OK) {
		source_tree_clear(out);
		return status;
	}
	if (out->count > 0)
		qsort(
		    out->paths, out->count, sizeof(*out->paths), compare_paths);
	return SL_OK;
}

void
source_tree_clear(struct source_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++)
		free(tree->paths[i]);
	free(tree->paths);
	*tree = (struct source_tree){0};
}

ptrdiff_t
source_tree_find(const struct source_tree *tree, const char *path)
{
	char **found;

	if (tree->count == 0)
		return -1;
	found = bsearch(&path, tree->paths, tree->count, sizeof(*tree->paths),
	    compare_paths);
	return found == NULL ? -1 : found - tree->paths;
}
