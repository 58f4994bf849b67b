#include "sluice/formats/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/array.h"
#include "sluice/base/file.h"
#include "sluice/catalog/json.h"

#include "mcap_source.h"
#include "source_build.h"

/* One line of a JSON Lines file: stats of every feature of one episode. */
#define LINE_MAX_BYTES (16u << 20)

enum sl_status
source_new(struct sl_source **out, const char *format, const char *dir,
    struct sl_error *err)
{
	struct sl_source *source;

	*out = NULL;
	source = calloc(1, sizeof(*source));
	if (source == NULL)
		return SL_ERR_NOMEM;
	source->format = format;
	source->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (source->dir_fd < 0) {
		free(source);
		return sl_error_errno(err, "%s", dir);
	}
	*out = source;
	return SL_OK;
}

static void
clear_files(struct sl_source_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(files[i].layer);
		free(files[i].path);
		free(files[i].generated);
		free(files[i].from);
	}
	free(files);
}

void
sl_source_free(struct sl_source *source)
{
	if (source == NULL)
		return;
	for (size_t i = 0; i < source->episode_count; i++) {
		struct sl_source_episode *episode = &source->episodes[i];

		free(episode->key);
		free(episode->defect);
		json_decref(episode->metadata);
		clear_files(episode->files, episode->file_count);
	}
	free(source->episodes);
	clear_files(source->dataset_files, source->dataset_file_count);
	for (size_t i = 0; i < source->warning_count; i++)
		free(source->warnings[i]);
	free(source->warnings);
	for (size_t i = 0; i < source->unit_count; i++) {
		free(source->units[i]->path);
		mcap_unit_free(source->units[i]->mcap);
		free(source->units[i]);
	}
	free(source->units);
	mcap_source_free(source->mcap);
	close(source->dir_fd);
	free(source);
}

enum sl_status
source_add_episode(struct sl_source *source, const char *key,
    struct sl_source_episode **out, struct sl_error *err)
{
	struct sl_source_episode *episodes;
	struct sl_source_episode *episode;

	if (source->episode_count >= SL_SOURCE_EPISODES_MAX)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "a source may hold at most %d episodes",
		    SL_SOURCE_EPISODES_MAX);
	episodes = sl_array_room(
	    source->episodes, source->episode_count, sizeof(*episodes));
	if (episodes == NULL)
		return SL_ERR_NOMEM;
	source->episodes = episodes;
	episode = &episodes[source->episode_count];
	*episode = (struct sl_source_episode){
	    .key = strdup(key), .metadata = json_object()};
	source->episode_count++;
	if (episode->key == NULL || episode->metadata == NULL)
		return SL_ERR_NOMEM;
	*out = episode;
	return SL_OK;
}

static enum sl_status
add_file(struct sl_source_file **files, size_t *count, const char *layer,
    const char *path, struct sl_error *err)
{
	struct sl_source_file *room;
	struct sl_source_file *file;

	if (*count >= SL_SOURCE_FILES_MAX)
		return sl_error_set(err, SL_ERR_LIMIT, "too many files");
	room = sl_array_room(*files, *count, sizeof(*room));
	if (room == NULL)
		return SL_ERR_NOMEM;
	*files = room;
	file = &room[*count];
	*file = (struct sl_source_file){
	    .layer = layer == NULL ? NULL : strdup(layer),
	    .path = strdup(path)};
	(*count)++;
	if (file->path == NULL || (layer != NULL && file->layer == NULL))
		return SL_ERR_NOMEM;
	return SL_OK;
}

enum sl_status
source_add_file(struct sl_source_episode *episode, const char *layer,
    const char *path, struct sl_error *err)
{
	return add_file(
	    &episode->files, &episode->file_count, layer, path, err);
}

enum sl_status
source_add_metadata(struct sl_source_episode *episode, const char *path,
    const json_t *value, struct sl_error *err)
{
	struct sl_source_file *file;
	enum sl_status status;
	char *text;

	status = source_add_file(episode, "meta", path, err);
	if (status != SL_OK)
		return status;
	file = &episode->files[episode->file_count - 1];
	file->is_metadata = true;
	if (value == NULL)
		return SL_OK;
	text = json_dumps(value, JSON_INDENT(2) | JSON_SORT_KEYS);
	if (text == NULL || asprintf(&file->generated, "%s\n", text) < 0) {
		file->generated = NULL;
		status = SL_ERR_NOMEM;
	}
	free(text);
	return status;
}

enum sl_status
source_add_dataset_file(
    struct sl_source *source, const char *path, struct sl_error *err)
{
	return add_file(&source->dataset_files, &source->dataset_file_count,
	    NULL, path, err);
}

enum sl_status
source_set_part(struct sl_source_episode *episode, enum sl_source_part part,
    const char *from, uint64_t first, uint64_t count)
{
	struct sl_source_file *file = &episode->files[episode->file_count - 1];

	file->part = part;
	file->first = first;
	file->count = count;
	file->from = strdup(from);
	return file->from == NULL ? SL_ERR_NOMEM : SL_OK;
}

enum sl_status
source_add_generated(struct sl_source *source, const char *path, char *text,
    struct sl_error *err)
{
	enum sl_status status = text == NULL
	    ? SL_ERR_NOMEM
	    : source_add_dataset_file(source, path, err);

	if (status == SL_OK)
		source->dataset_files[source->dataset_file_count - 1]
		    .generated = text;
	else
		free(text);
	return status;
}

enum sl_status
source_warn(struct sl_source *source, const char *fmt, ...)
{
	char **warnings = sl_array_room(
	    source->warnings, source->warning_count, sizeof(*warnings));
	va_list args;
	char *text = NULL;
	int len;

	if (warnings == NULL)
		return SL_ERR_NOMEM;
	source->warnings = warnings;
	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0)
		return SL_ERR_NOMEM;
	source->warnings[source->warning_count++] = text;
	return SL_OK;
}

/* One component of a path, opened without following a link. */
static enum sl_status
open_component(int *fd, const char *path, const char *name, size_t len,
    bool is_last, struct sl_error *err)
{
	char part[256];
	int next;

	if (len == 0 || len >= sizeof(part) ||
	    (len <= 2 && strncmp(name, "..", len) == 0))
		return sl_error_set(err, SL_ERR_INVALID,
		    "%s: not a relative path of plain names", path);
	memcpy(part, name, len);
	part[len] = '\0';
	next = openat(*fd, part,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK |
	        (is_last ? 0 : O_DIRECTORY));
	if (next >= 0) {
		*fd = next;
		return SL_OK;
	}
	if (errno == ELOOP || errno == ENOTDIR)
		return sl_error_set(err, SL_ERR_INVALID,
		    "%s: symbolic links are not followed", path);
	return sl_error_errno(err, "%s", path);
}

enum sl_status
sl_source_open_file(
    int *out_fd, int dir_fd, const char *path, struct sl_error *err)
{
	const char *at = path;
	int fd = dir_fd;
	enum sl_status status;
	struct stat info;

	*out_fd = -1;
	for (;;) {
		size_t len = strcspn(at, "/");
		int parent = fd;

		status =
		    open_component(&fd, path, at, len, at[len] == '\0', err);
		if (parent != dir_fd)
			close(parent);
		if (status != SL_OK)
			return status;
		if (at[len] == '\0')
			break;
		at += len + 1;
	}
	if (fstat(fd, &info) != 0) {
		status = sl_error_errno(err, "%s", path);
		close(fd);
		return status;
	}
	if (!S_ISREG(info.st_mode)) {
		close(fd);
		return sl_error_set(
		    err, SL_ERR_INVALID, "%s: not a regular file", path);
	}
	*out_fd = fd;
	return SL_OK;
}

static enum sl_status
read_meta(struct sl_source *source, const char *path, struct sl_buf *buf,
    struct sl_error *err)
{
	struct stat info;
	enum sl_status status;
	int fd;

	status = sl_source_open_file(&fd, source->dir_fd, path, err);
	if (status != SL_OK)
		return status;
	if (fstat(fd, &info) != 0)
		status = sl_error_errno(err, "%s", path);
	else if (info.st_size > (off_t)buf->max ||
	    sl_buf_reserve(buf, (size_t)info.st_size) != SL_OK)
		status = sl_error_set(err, SL_ERR_LIMIT,
		    "%s: larger than %zu bytes", path, buf->max);
	else
		status = sl_file_read_at(
		    fd, buf->data, (size_t)info.st_size, 0, err);
	if (status == SL_OK)
		buf->len = (size_t)info.st_size;
	close(fd);
	return status;
}

enum sl_status
source_read_json(struct sl_source *source, const char *path, json_t **out,
    struct sl_error *err)
{
	struct sl_buf buf;
	enum sl_status status;

	*out = NULL;
	sl_buf_init(&buf, SOURCE_META_MAX);
	status = read_meta(source, path, &buf, err);
	if (status == SL_OK) {
		status = sl_json_parse(
		    out, sl_buf_slice(&buf), SOURCE_META_MAX, err);
		if (status != SL_OK)
			status = sl_error_prefix(err, status, "%s", path);
	}
	sl_buf_clear(&buf);
	return status;
}

static enum sl_status
read_line(const char *path, const char *text, size_t len, size_t number,
    source_line_fn *on_line, void *ctx, struct sl_error *err)
{
	json_t *line;
	enum sl_status status;

	status =
	    sl_json_parse(&line, sl_slice_of(text, len), LINE_MAX_BYTES, err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "%s:%zu", path, number);
	if (json_is_object(line))
		status = on_line(ctx, line, number, err);
	else
		status = sl_error_set(err, SL_ERR_INVALID, "not a JSON object");
	if (status != SL_OK)
		status = sl_error_prefix(err, status, "%s:%zu", path, number);
	json_decref(line);
	return status;
}

enum sl_status
source_read_lines(struct sl_source *source, const char *path,
    source_line_fn *on_line, void *ctx, struct sl_error *err)
{
	struct sl_buf buf;
	size_t number = 0;
	enum sl_status status;

	sl_buf_init(&buf, SOURCE_META_MAX);
	status = read_meta(source, path, &buf, err);
	for (size_t at = 0; status == SL_OK && at < buf.len;) {
		const unsigned char *line = buf.data + at;
		const unsigned char *end = memchr(line, '\n', buf.len - at);
		size_t len = end == NULL ? buf.len - at : (size_t)(end - line);

		number++;
		at += len + 1;
		if (len > 0 && !(len == 1 && line[0] == '\r'))
			status = read_line(path, (const char *)line, len,
			    number, on_line, ctx, err);
	}
	sl_buf_clear(&buf);
	return status;
}
