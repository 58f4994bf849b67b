#include "cabinet.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "tree.h"

/* What is being made; one writer holds the mirror's lock. */
#define NEW "new"

static enum sl_status
write_file(int folder, const struct sl_cabinet_file *file, struct sl_error *err)
{
	enum sl_status status;
	int fd = openat(folder, file->name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0)
		return sl_error_errno(err, "%s", file->name);
	status = sl_file_write_all(fd, file->bytes.data, file->bytes.len, err);
	if (status == SL_OK && fsync(fd) != 0)
		status = sl_error_errno(err, "%s", file->name);
	close(fd);
	return status;
}

static enum sl_status
fill(int parent, const struct sl_cabinet_file *files, size_t count,
    struct sl_error *err)
{
	enum sl_status status;
	int folder;

	status = sl_tree_remove_all(parent, NEW, err);
	if (status == SL_OK)
		status = sl_tree_make_folder(parent, NEW, &folder, err);
	if (status != SL_OK)
		return status;
	for (size_t i = 0; status == SL_OK && i < count; i++)
		status = write_file(folder, &files[i], err);
	if (status == SL_OK && fsync(folder) != 0)
		status = sl_error_errno(err, NEW);
	close(folder);
	return status;
}

enum sl_status
sl_cabinet_put(int parent, const char *name,
    const struct sl_cabinet_file *files, size_t count, struct sl_error *err)
{
	enum sl_status status = fill(parent, files, count, err);

	if (status == SL_OK)
		status = sl_tree_remove_all(parent, name, err);
	if (status == SL_OK &&
	    (renameat(parent, NEW, parent, name) != 0 || fsync(parent) != 0))
		status = sl_error_errno(err, "%s", name);
	return status;
}

enum sl_status
sl_cabinet_replace(
    int folder, const struct sl_cabinet_file *file, struct sl_error *err)
{
	const struct sl_cabinet_file fresh = {NEW, file->bytes};
	enum sl_status status = sl_tree_remove_all(folder, NEW, err);

	if (status == SL_OK)
		status = write_file(folder, &fresh, err);
	if (status == SL_OK &&
	    (renameat(folder, NEW, folder, file->name) != 0 ||
	        fsync(folder) != 0))
		status = sl_error_errno(err, "%s", file->name);
	return status;
}

/* Read `bytes` bytes of an open file. */
static enum sl_status
read_file(int fd, off_t bytes, struct sl_buf *buf, struct sl_error *err)
{
	enum sl_status status = sl_buf_reserve(buf, (size_t)bytes);

	if (status != SL_OK)
		return sl_error_set(err, status, "too large");
	status =
	    sl_file_read_at(fd, buf->data + buf->len, (size_t)bytes, 0, err);
	if (status == SL_OK)
		buf->len += (size_t)bytes;
	return status;
}

enum sl_status
sl_cabinet_read(
    int folder, const char *name, struct sl_buf *buf, struct sl_error *err)
{
	enum sl_status status;
	struct stat info;
	int fd;

	status = sl_tree_open(folder, name, &fd, err);
	if (status == SL_ERR_NOT_FOUND)
		return sl_error_set(err, status, "not there");
	if (status == SL_ERR_INTEGRITY)
		return sl_error_set(err, status, "not a file");
	if (status != SL_OK)
		return status;
	if (fstat(fd, &info) != 0)
		status = sl_error_errno(err, "%s", name);
	else
		status = read_file(fd, info.st_size, buf, err);
	close(fd);
	return status;
}
