#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "sluice/base/file.h"

/* "tile/entries/x000/x000/x000/x000/000.p/255" has eight, behind dataset, "log"
 * and epoch. */
#define PLACE_MAX      12
#define COMPONENT_MAX  16
#define PATH_MAX_BYTES 64

/* Folders, then the file. */
struct place {
	size_t count;
	char components[PLACE_MAX][SL_OBJECTS_PATH_MAX / 4];
};

static bool
is_component(const char *text, size_t len)
{
	if (len == 0 || len > COMPONENT_MAX || text[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!(text[i] >= 'a' && text[i] <= 'z') &&
		    !(text[i] >= '0' && text[i] <= '9') && text[i] != '.')
			return false;
	return true;
}

static bool
add(struct place *place, const char *text, size_t len)
{
	char *out;

	if (place->count == PLACE_MAX)
		return false;
	out = place->components[place->count++];
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

static bool
split(struct place *place, const struct sl_log_object *name)
{
	const char *at = name->path;
	char epoch[12];

	place->count = 0;
	if (!sl_objects_is_dataset(name->dataset) || name->epoch == 0 ||
	    strncmp(at, "tile/", 5) != 0 ||
	    strnlen(at, PATH_MAX_BYTES) == PATH_MAX_BYTES)
		return false;
	snprintf(epoch, sizeof(epoch), "%u", name->epoch);
	if (!add(place, name->dataset, strlen(name->dataset)) ||
	    !add(place, "log", 3) || !add(place, epoch, strlen(epoch)))
		return false;
	for (;;) {
		size_t len = strcspn(at, "/");

		if (!is_component(at, len) || !add(place, at, len))
			return false;
		if (at[len] == '\0')
			return true;
		at += len + 1;
	}
}

static enum sl_status
bad_name(struct sl_error *err)
{
	return sl_error_set(
	    err, SL_ERR_INVALID, "not a name of a file of a log");
}

enum sl_status
sl_objects_log_get(struct sl_objects *objects, const struct sl_log_object *name,
    int *out_fd, uint64_t *out_bytes, struct sl_error *err)
{
	char path[SL_OBJECTS_PATH_MAX];
	struct place place;

	*out_fd = -1;
	*out_bytes = 0;
	if (!split(&place, name))
		return bad_name(err);
	snprintf(path, sizeof(path), "%s/log/%u/%s", name->dataset, name->epoch,
	    name->path);
	return sl_objects_open_file(objects, path, out_fd, out_bytes, err);
}

/* SL_OK for the same bytes, SL_ERR_EXISTS for others, SL_ERR_NOT_FOUND. */
static enum sl_status
compare(struct sl_objects *objects, const struct sl_log_object *name,
    struct sl_slice bytes, struct sl_error *err)
{
	unsigned char *there;
	uint64_t len;
	int fd;
	enum sl_status status =
	    sl_objects_log_get(objects, name, &fd, &len, err);

	if (status != SL_OK)
		return status;
	there = malloc(bytes.len + 1);
	if (there == NULL)
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	else if (len == bytes.len)
		status = sl_file_read_at(fd, there, bytes.len, 0, err);
	if (status == SL_OK &&
	    (len != bytes.len || memcmp(there, bytes.data, bytes.len) != 0))
		status = sl_error_set(err, SL_ERR_EXISTS,
		    "%s of the log of %s is there with other bytes", name->path,
		    name->dataset);
	free(there);
	close(fd);
	return status;
}

/* The folder of the file, made as far as it is missing. */
static enum sl_status
enter(const struct sl_objects *objects, const struct place *place, int *out_fd,
    struct sl_error *err)
{
	int parent = objects->root_fd;
	enum sl_status status = SL_OK;

	*out_fd = -1;
	for (size_t i = 0; status == SL_OK && i + 1 < place->count; i++) {
		status =
		    sl_objects_enter(parent, place->components[i], out_fd, err);
		if (parent != objects->root_fd)
			close(parent);
		parent = *out_fd;
	}
	return status;
}

enum sl_status
sl_objects_log_put(struct sl_objects *objects, const struct sl_log_object *name,
    struct sl_slice bytes, struct sl_error *err)
{
	struct sl_object_writer *writer;
	struct place place;
	enum sl_status status;
	bool is_there;
	int dir_fd;

	if (bytes.len == 0 || !split(&place, name))
		return bad_name(err);
	status = compare(objects, name, bytes, err);
	if (status != SL_OK && status != SL_ERR_NOT_FOUND)
		return status;
	is_there = status == SL_OK;
	status = enter(objects, &place, &dir_fd, err);
	if (status == SL_OK && is_there) {
		/* Who put it may have ended before this. */
		if (fsync(dir_fd) != 0)
			status =
			    sl_error_errno(err, "cannot sync %s", name->path);
		close(dir_fd);
		return status;
	}
	if (status == SL_OK)
		status = sl_object_writer_at(
		    &writer, dir_fd, place.components[place.count - 1], err);
	if (status != SL_OK)
		return status;
	return sl_object_writer_finish(writer, bytes, err);
}
