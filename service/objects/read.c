#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

enum sl_status
sl_objects_open(struct sl_objects **out, const char *root, struct sl_error *err)
{
	struct sl_objects *objects;

	*out = NULL;
	objects = calloc(1, sizeof(*objects));
	if (objects == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	objects->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (objects->root_fd < 0) {
		free(objects);
		return sl_error_errno(err, "cannot open objects root %s", root);
	}
	*out = objects;
	return SL_OK;
}

void
sl_objects_close(struct sl_objects *objects)
{
	if (objects == NULL)
		return;
	close(objects->root_fd);
	free(objects);
}

enum sl_status
sl_objects_open_file(struct sl_objects *objects, const char *path, int *out_fd,
    uint64_t *out_bytes, struct sl_error *err)
{
	enum sl_status status;
	struct stat info;
	int fd;

	*out_fd = -1;
	*out_bytes = 0;
	/* O_NONBLOCK: a planted FIFO must not hang the open. */
	fd = sl_objects_openat(objects->root_fd, path, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return sl_error_errno(err, "cannot open object %s", path);
	if (fstat(fd, &info) != 0) {
		status = sl_error_errno(err, "cannot stat object %s", path);
		close(fd);
		return status;
	}
	if (!S_ISREG(info.st_mode)) {
		close(fd);
		return sl_error_set(
		    err, SL_ERR_IO, "object %s is not a file", path);
	}
	*out_fd = fd;
	*out_bytes = (uint64_t)info.st_size;
	return SL_OK;
}

enum sl_status
sl_objects_get(struct sl_objects *objects, const struct sl_object_name *name,
    int *out_fd, uint64_t *out_bytes, struct sl_error *err)
{
	char path[SL_OBJECTS_PATH_MAX];
	enum sl_status status;

	*out_fd = -1;
	*out_bytes = 0;
	status = sl_objects_path(
	    path, name->dataset, &name->publication, name->name, err);
	if (status != SL_OK)
		return status;
	return sl_objects_open_file(objects, path, out_fd, out_bytes, err);
}
