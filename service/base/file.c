#include "sluice/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum sl_status
sl_file_read_at(
    int fd, void *data, size_t len, uint64_t offset, struct sl_error *err)
{
	unsigned char *bytes = data;

	while (len > 0) {
		ssize_t got = pread(fd, bytes, len, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return sl_error_errno(err, "read");
		if (got == 0)
			return sl_error_set(
			    err, SL_ERR_IO, "read: unexpected end of file");
		bytes += got;
		len -= (size_t)got;
		offset += (uint64_t)got;
	}
	return SL_OK;
}

enum sl_status
sl_file_write_all(int fd, const void *data, size_t len, struct sl_error *err)
{
	const unsigned char *bytes = data;

	while (len > 0) {
		ssize_t put = write(fd, bytes, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return sl_error_errno(err, "write");
		bytes += put;
		len -= (size_t)put;
	}
	return SL_OK;
}

static enum sl_status
read_open_file(
    struct sl_buf *buf, int fd, const char *path, struct sl_error *err)
{
	struct stat info;
	enum sl_status status;

	if (fstat(fd, &info) != 0)
		return sl_error_errno(err, "%s", path);
	if (!S_ISREG(info.st_mode))
		return sl_error_set(
		    err, SL_ERR_INVALID, "%s: not a regular file", path);
	status = sl_buf_reserve(buf, (size_t)info.st_size);
	if (status != SL_OK)
		return sl_error_set(
		    err, status, "%s: larger than %zu bytes", path, buf->max);
	status = sl_file_read_at(
	    fd, buf->data + buf->len, (size_t)info.st_size, 0, err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "%s", path);
	buf->len += (size_t)info.st_size;
	return SL_OK;
}

enum sl_status
sl_file_read(struct sl_buf *buf, const char *path, struct sl_error *err)
{
	enum sl_status status;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return sl_error_errno(err, "%s", path);
	status = read_open_file(buf, fd, path, err);
	close(fd);
	return status;
}

enum sl_status
sl_file_sync_dir(const char *path, struct sl_error *err)
{
	enum sl_status status = SL_OK;
	int fd;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return sl_error_errno(err, "%s", path);
	if (fsync(fd) != 0)
		status = sl_error_errno(err, "%s: fsync", path);
	close(fd);
	return status;
}

static enum sl_status
sync_parent(const char *path, struct sl_error *err)
{
	const char *slash = strrchr(path, '/');
	enum sl_status status;
	char *parent;

	if (slash == NULL)
		return sl_file_sync_dir(".", err);
	if (slash == path)
		return sl_file_sync_dir("/", err);
	parent = strndup(path, (size_t)(slash - path));
	if (parent == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_file_sync_dir(parent, err);
	free(parent);
	return status;
}

static enum sl_status
write_temporary(int fd, const char *path, struct sl_slice bytes, mode_t mode,
    struct sl_error *err)
{
	enum sl_status status;

	status = sl_file_write_all(fd, bytes.data, bytes.len, err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "%s", path);
	if (fchmod(fd, mode) != 0 || fsync(fd) != 0)
		return sl_error_errno(err, "%s", path);
	return SL_OK;
}

enum sl_status
sl_file_replace(
    const char *path, struct sl_slice bytes, mode_t mode, struct sl_error *err)
{
	enum sl_status status;
	char *temporary;
	int fd;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		status = sl_error_errno(err, "%s", path);
		free(temporary);
		return status;
	}
	status = write_temporary(fd, path, bytes, mode, err);
	close(fd);
	if (status == SL_OK && rename(temporary, path) != 0)
		status = sl_error_errno(err, "%s", path);
	if (status != SL_OK)
		unlink(temporary);
	free(temporary);
	return status != SL_OK ? status : sync_parent(path, err);
}

/* A folder that exists is as good as a new one; a file is not. */
static enum sl_status
make_dir(const char *path, struct sl_error *err)
{
	struct stat info;

	if (mkdir(path, 0777) == 0)
		return SL_OK;
	if (errno != EEXIST)
		return sl_error_errno(err, "%s", path);
	if (stat(path, &info) != 0)
		return sl_error_errno(err, "%s", path);
	if (!S_ISDIR(info.st_mode))
		return sl_error_set(
		    err, SL_ERR_EXISTS, "%s: exists and is no folder", path);
	return SL_OK;
}

enum sl_status
sl_file_make_dirs(const char *path, struct sl_error *err)
{
	enum sl_status status = SL_OK;
	char *copy;

	if (*path == '\0')
		return sl_error_set(err, SL_ERR_INVALID, "empty path");
	copy = strdup(path);
	if (copy == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (char *at = copy + 1; status == SL_OK; at++) {
		char end = *at;

		if (end != '/' && end != '\0')
			continue;
		*at = '\0';
		status = make_dir(copy, err);
		*at = end;
		if (end == '\0')
			break;
	}
	free(copy);
	return status;
}
