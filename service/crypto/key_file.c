#include "key_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/file.h"

bool
sl_key_take_line(struct sl_slice *rest, struct sl_slice *line)
{
	const unsigned char *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->data, '\n', rest->len);
	if (end == NULL)
		return false;
	*line = sl_slice_of(rest->data, (size_t)(end - rest->data));
	rest->data += line->len + 1;
	rest->len -= line->len + 1;
	return true;
}

enum sl_status
sl_key_file_line(struct sl_slice *out, struct sl_slice file)
{
	size_t prefix_len = strlen(KEY_COMMENT);
	struct sl_slice comment;
	struct sl_slice rest = file;

	if (!sl_key_take_line(&rest, &comment))
		return SL_ERR_INVALID;
	if (comment.len < prefix_len ||
	    memcmp(comment.data, KEY_COMMENT, prefix_len) != 0)
		return SL_ERR_INVALID;
	if (!sl_key_take_line(&rest, out)) {
		*out = rest;
		return SL_OK;
	}
	return rest.len == 0 ? SL_OK : SL_ERR_INVALID;
}

static enum sl_status
sync_folder_of(const char *path, struct sl_error *err)
{
	const char *slash = strrchr(path, '/');
	enum sl_status status;
	char *folder;

	if (slash == NULL)
		return sl_file_sync_dir(".", err);
	folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (folder == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_file_sync_dir(folder, err);
	free(folder);
	return status;
}

enum sl_status
sl_key_file_create(
    const char *path, struct sl_slice bytes, struct sl_error *err)
{
	enum sl_status status;
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return sl_error_errno(err, "%s", path);
	status = sl_file_write_all(fd, bytes.data, bytes.len, err);
	if (status != SL_OK)
		(void)sl_error_prefix(err, status, "%s", path);
	else if (fsync(fd) != 0)
		status = sl_error_errno(err, "%s: fsync", path);
	close(fd);
	if (status != SL_OK) {
		unlink(path);
		return status;
	}
	return sync_folder_of(path, err);
}
