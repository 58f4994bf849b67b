#include "folders.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tree.h"

/* With more folders than this one syncfs(2) is cheaper. */
#define SYNC_EACH_MAX 128

void
sl_folders_clear(struct sl_folders *folders)
{
	for (size_t i = 0; i < folders->count; i++)
		free(folders->paths[i]);
	free(folders->paths);
	memset(folders, 0, sizeof(*folders));
}

static enum sl_status
add(struct sl_folders *folders, const char *path, size_t len)
{
	char *copy;

	/* Files come by folder, so most are the one that was added last. */
	for (size_t i = folders->count; i-- > 0 && i + 8 > folders->count;) {
		if (strlen(folders->paths[i]) == len &&
		    memcmp(folders->paths[i], path, len) == 0)
			return SL_OK;
	}
	if (folders->count == folders->capacity) {
		size_t capacity =
		    folders->capacity == 0 ? 64 : folders->capacity * 2;
		char **more =
		    reallocarray(folders->paths, capacity, sizeof(*more));

		if (more == NULL)
			return SL_ERR_NOMEM;
		folders->paths = more;
		folders->capacity = capacity;
	}
	copy = strndup(path, len);
	if (copy == NULL)
		return SL_ERR_NOMEM;
	folders->paths[folders->count++] = copy;
	return SL_OK;
}

enum sl_status
sl_folders_note(struct sl_folders *folders, const char *path)
{
	enum sl_status status = SL_OK;
	const char *at = path;

	while (status == SL_OK && (at = strchr(at, '/')) != NULL) {
		status = add(folders, path, (size_t)(at - path));
		at++;
	}
	return status;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum sl_status
sync_folder(int root, const char *path, struct sl_error *err)
{
	char inside[512];
	const char *name;
	enum sl_status status;
	int fd;

	if (strlen(path) > sizeof(inside) - 3)
		return sl_error_set(err, SL_ERR_INVALID, "path too long");
	/* The parent of "path/x" is the folder itself. */
	memcpy(inside, path, strlen(path));
	memcpy(inside + strlen(path), "/x", 3);
	status = sl_tree_open_parent(root, inside, false, &fd, &name, err);
	if (status == SL_ERR_NOT_FOUND)
		return sl_error_clear(err); /* pruned */
	if (status != SL_OK)
		return status;
	if (fsync(fd) != 0)
		status = sl_error_errno(err, "%s: fsync", path);
	close(fd);
	return status;
}

enum sl_status
sl_folders_sync(struct sl_folders *folders, int root, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	if (folders->count > 0)
		qsort(folders->paths, folders->count, sizeof(char *), by_text);
	if (folders->count > SYNC_EACH_MAX) {
		if (syncfs(root) != 0)
			return sl_error_errno(err, "syncfs");
		return SL_OK;
	}
	for (size_t i = 0; status == SL_OK && i < folders->count; i++) {
		if (i == 0 ||
		    strcmp(folders->paths[i], folders->paths[i - 1]) != 0)
			status = sync_folder(root, folders->paths[i], err);
	}
	if (status == SL_OK && fsync(root) != 0)
		status = sl_error_errno(err, "fsync of the mirror");
	return status;
}
