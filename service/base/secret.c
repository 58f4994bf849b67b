#include "sluice/base/secret.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/file.h"

enum sl_status
sl_secret_copy(struct sl_secret *out, struct sl_slice bytes)
{
	*out = (struct sl_secret){0};
	out->data = malloc(bytes.len + 1);
	if (out->data == NULL)
		return SL_ERR_NOMEM;
	if (bytes.len > 0)
		memcpy(out->data, bytes.data, bytes.len);
	out->data[bytes.len] = '\0';
	out->len = bytes.len;
	return SL_OK;
}

static enum sl_status
read_private(struct sl_secret *out, int fd, const char *path, size_t max,
    struct sl_error *err)
{
	struct stat info;
	enum sl_status status;

	if (fstat(fd, &info) != 0)
		return sl_error_errno(err, "%s", path);
	if (!S_ISREG(info.st_mode))
		return sl_error_set(
		    err, SL_ERR_INVALID, "%s: not a regular file", path);
	if ((info.st_mode & 077) != 0)
		return sl_error_code(err, SL_ERR_AUTH, "secret_readable",
		    "%s: others can read this file; run chmod 600 on it", path);
	if ((uint64_t)info.st_size > max)
		return sl_error_set(
		    err, SL_ERR_LIMIT, "%s: larger than %zu bytes", path, max);
	out->len = (size_t)info.st_size;
	out->data = malloc(out->len + 1);
	if (out->data == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_file_read_at(fd, out->data, out->len, 0, err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "%s", path);
	if (out->len > 0 && out->data[out->len - 1] == '\n')
		out->len--;
	out->data[out->len] = '\0';
	return SL_OK;
}

enum sl_status
sl_secret_read_file(
    struct sl_secret *out, const char *path, size_t max, struct sl_error *err)
{
	enum sl_status status;
	int fd;

	*out = (struct sl_secret){0};
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return sl_error_errno(err, "%s", path);
	status = read_private(out, fd, path, max, err);
	close(fd);
	if (status != SL_OK)
		sl_secret_clear(out);
	return status;
}

void
sl_secret_clear(struct sl_secret *secret)
{
	if (secret->data != NULL)
		explicit_bzero(secret->data, secret->len);
	free(secret->data);
	*secret = (struct sl_secret){0};
}

struct sl_slice
sl_secret_slice(const struct sl_secret *secret)
{
	return sl_slice_of(secret->data, secret->len);
}
