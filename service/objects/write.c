#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"

#define DIR_MODE    0755
#define OBJECT_MODE 0644
#define NONCE_BYTES 8

struct sl_object_writer {
	int dir_fd;
	int fd;
	char temp[sizeof(".tmp-") + (size_t)NONCE_BYTES * 2];
	char name[SL_OBJECTS_PATH_MAX];
};

enum sl_status
sl_objects_enter(
    int parent, const char *name, int *out_fd, struct sl_error *err)
{
	bool is_new = mkdirat(parent, name, DIR_MODE) == 0;

	if (!is_new && errno != EEXIST)
		return sl_error_errno(err, "cannot make folder %s", name);
	if (is_new && fsync(parent) != 0)
		return sl_error_errno(err, "cannot sync folder of %s", name);
	*out_fd = sl_objects_openat(parent, name, O_RDONLY | O_DIRECTORY);
	if (*out_fd < 0)
		return sl_error_errno(err, "cannot open folder %s", name);
	return SL_OK;
}

static enum sl_status
open_publication(struct sl_objects *objects, const struct sl_object_name *name,
    int *out_fd, struct sl_error *err)
{
	char uuid[SL_UUID_TEXT_LEN + 1];
	enum sl_status status;
	int dataset_fd;

	status =
	    sl_objects_enter(objects->root_fd, name->dataset, &dataset_fd, err);
	if (status != SL_OK)
		return status;
	sl_uuid_format(uuid, &name->publication);
	status = sl_objects_enter(dataset_fd, uuid, out_fd, err);
	close(dataset_fd);
	return status;
}

static enum sl_status
create_temp(struct sl_object_writer *writer, struct sl_error *err)
{
	unsigned char nonce[NONCE_BYTES];
	char hex[NONCE_BYTES * 2 + 1];

	if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		return sl_error_errno(err, "cannot get random bytes");
	sl_hex_encode(hex, nonce, sizeof(nonce));
	snprintf(writer->temp, sizeof(writer->temp), ".tmp-%s", hex);
	writer->fd = openat(writer->dir_fd, writer->temp,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, OBJECT_MODE);
	if (writer->fd < 0)
		return sl_error_errno(err, "cannot create object");
	return SL_OK;
}

enum sl_status
sl_object_writer_at(struct sl_object_writer **out, int dir_fd, const char *name,
    struct sl_error *err)
{
	struct sl_object_writer *writer = calloc(1, sizeof(*writer));
	enum sl_status status;

	*out = NULL;
	if (writer == NULL) {
		close(dir_fd);
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	writer->fd = -1;
	writer->dir_fd = dir_fd;
	snprintf(writer->name, sizeof(writer->name), "%s", name);
	status = create_temp(writer, err);
	if (status != SL_OK) {
		sl_object_writer_cancel(writer);
		return status;
	}
	*out = writer;
	return SL_OK;
}

enum sl_status
sl_object_writer_new(struct sl_object_writer **out, struct sl_objects *objects,
    const struct sl_object_name *name, struct sl_error *err)
{
	char path[SL_OBJECTS_PATH_MAX];
	enum sl_status status;
	int dir_fd;

	*out = NULL;
	status = sl_objects_path(
	    path, name->dataset, &name->publication, name->name, err);
	if (status == SL_OK)
		status = open_publication(objects, name, &dir_fd, err);
	if (status != SL_OK)
		return status;
	return sl_object_writer_at(out, dir_fd, name->name, err);
}

int
sl_object_writer_fd(const struct sl_object_writer *writer)
{
	return writer->fd;
}

enum sl_status
sl_object_writer_commit(struct sl_object_writer *writer, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	if (fsync(writer->fd) != 0)
		status =
		    sl_error_errno(err, "cannot sync object %s", writer->name);
	else if (renameat(writer->dir_fd, writer->temp, writer->dir_fd,
	             writer->name) != 0)
		status = sl_error_errno(
		    err, "cannot rename object %s", writer->name);
	else
		writer->temp[0] = '\0';
	if (status == SL_OK && fsync(writer->dir_fd) != 0)
		status = sl_error_errno(
		    err, "cannot sync folder of object %s", writer->name);
	sl_object_writer_cancel(writer);
	return status;
}

void
sl_object_writer_cancel(struct sl_object_writer *writer)
{
	if (writer == NULL)
		return;
	if (writer->fd >= 0) {
		if (writer->temp[0] != '\0')
			unlinkat(writer->dir_fd, writer->temp, 0);
		close(writer->fd);
	}
	if (writer->dir_fd >= 0)
		close(writer->dir_fd);
	free(writer);
}

enum sl_status
sl_object_writer_finish(struct sl_object_writer *writer, struct sl_slice bytes,
    struct sl_error *err)
{
	enum sl_status status =
	    sl_file_write_all(writer->fd, bytes.data, bytes.len, err);

	if (status == SL_OK)
		return sl_object_writer_commit(writer, err);
	sl_object_writer_cancel(writer);
	return status;
}

enum sl_status
sl_objects_put(struct sl_objects *objects, const struct sl_object_name *name,
    struct sl_slice bytes, struct sl_error *err)
{
	struct sl_object_writer *writer;
	enum sl_status status;

	status = sl_object_writer_new(&writer, objects, name, err);
	if (status != SL_OK)
		return status;
	return sl_object_writer_finish(writer, bytes, err);
}
