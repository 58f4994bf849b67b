#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "sluice/base/file.h"

#define ZERO_STEP (64u * 1024)

/* A folder's entries; NULL with errno.  Takes the fd. */
static DIR *
open_dir(int parent, const char *path)
{
	DIR *dir;
	int fd = sl_objects_openat(parent, path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return NULL;
	dir = fdopendir(fd);
	if (dir == NULL)
		close(fd);
	return dir;
}

enum sl_status
sl_objects_remove(struct sl_objects *objects, const char *dataset,
    const struct sl_uuid *publication, struct sl_error *err)
{
	char path[SL_OBJECTS_PATH_MAX];
	const struct dirent *entry;
	enum sl_status status;
	DIR *dir;

	status = sl_objects_path(path, dataset, publication, NULL, err);
	if (status != SL_OK)
		return status;
	dir = open_dir(objects->root_fd, path);
	if (dir == NULL && errno == ENOENT)
		return SL_OK;
	if (dir == NULL)
		return sl_error_errno(err, "cannot open %s", path);
	while (status == SL_OK && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(dir), entry->d_name, 0) != 0 &&
		    errno != ENOENT)
			status = sl_error_errno(
			    err, "cannot remove %s/%s", path, entry->d_name);
	}
	closedir(dir);
	if (status == SL_OK &&
	    unlinkat(objects->root_fd, path, AT_REMOVEDIR) != 0 &&
	    errno != ENOENT)
		return sl_error_errno(err, "cannot remove %s", path);
	return status;
}

static enum sl_status
write_zeros(int fd, uint64_t offset, uint64_t len, struct sl_error *err)
{
	static const unsigned char zeros[ZERO_STEP];

	while (len > 0) {
		size_t step = len < ZERO_STEP ? (size_t)len : ZERO_STEP;
		ssize_t wrote = pwrite(fd, zeros, step, (off_t)offset);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return sl_error_errno(err, "cannot overwrite object");
		offset += (uint64_t)wrote;
		len -= (uint64_t)wrote;
	}
	if (fsync(fd) != 0)
		return sl_error_errno(err, "cannot sync object");
	return SL_OK;
}

enum sl_status
sl_objects_zero(struct sl_objects *objects, const struct sl_object_name *name,
    uint64_t offset, uint64_t len, struct sl_error *err)
{
	char path[SL_OBJECTS_PATH_MAX];
	enum sl_status status;
	struct stat info;
	int fd;

	status = sl_objects_path(
	    path, name->dataset, &name->publication, name->name, err);
	if (status != SL_OK)
		return status;
	fd = sl_objects_openat(objects->root_fd, path, O_RDWR | O_NONBLOCK);
	if (fd < 0)
		return sl_error_errno(err, "cannot open object %s", path);
	if (fstat(fd, &info) != 0)
		status = sl_error_errno(err, "cannot stat object %s", path);
	else if (!S_ISREG(info.st_mode))
		status = sl_error_set(
		    err, SL_ERR_IO, "object %s is not a file", path);
	else if (offset > (uint64_t)info.st_size ||
	    len > (uint64_t)info.st_size - offset)
		status = sl_error_set(err, SL_ERR_LIMIT,
		    "the range lies outside of object %s", path);
	else
		status = write_zeros(fd, offset, len, err);
	close(fd);
	return status;
}
