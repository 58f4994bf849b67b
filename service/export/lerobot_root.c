#include "lerobot_root.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/array.h"
#include "sluice/base/checked.h"
#include "sluice/base/file.h"
#include "sluice/catalog/json.h"

#define META_MAX  (512u << 20)
#define TASKS_MAX 1000000
#define INFO_NAME "meta/info.json"

typedef enum sl_status line_fn(
    struct lerobot_set *set, struct lerobot_root *root, const json_t *line);

static const struct sl_contents_file *
find_file(const struct lerobot_set *set, const char *prefix, const char *name)
{
	const struct sl_contents *contents = set->run->contents;
	size_t len = strlen(prefix);

	if (contents->episode_count == 0 || contents->episodes[0].number != 0)
		return NULL;
	for (size_t i = 0; i < contents->episodes[0].file_count; i++) {
		const struct sl_contents_file *file =
		    &contents->episodes[0].files[i];

		if (strncmp(file->path, prefix, len) == 0 &&
		    strcmp(file->path + len, name) == 0)
			return file;
	}
	return NULL;
}

static enum sl_status
read_file(const struct lerobot_set *set, const struct sl_contents_file *file,
    struct sl_buf *buf, struct sl_error *err)
{
	enum sl_status status;
	int fd;

	if (file->bytes > META_MAX)
		return sl_error_set(
		    err, SL_ERR_LIMIT, "%s is too large", file->path);
	status = sl_contents_check_file(set->run->contents, file, err);
	if (status == SL_OK)
		status = sl_contents_open_file(
		    &fd, set->run->contents, file->path, err);
	if (status != SL_OK)
		return status;
	status = sl_buf_reserve(buf, (size_t)file->bytes);
	if (status == SL_OK)
		status =
		    sl_file_read_at(fd, buf->data, (size_t)file->bytes, 0, err);
	if (status == SL_OK)
		buf->len = (size_t)file->bytes;
	close(fd);
	return status;
}

/* Each line of a file that may be missing. */
static enum sl_status
each_line(struct lerobot_set *set, struct lerobot_root *root, const char *name,
    line_fn *on_line, struct sl_error *err)
{
	const struct sl_contents_file *file =
	    find_file(set, root->prefix, name);
	struct sl_buf buf;
	size_t at = 0;
	enum sl_status status = SL_OK;

	if (file == NULL)
		return SL_OK;
	sl_buf_init(&buf, META_MAX);
	status = read_file(set, file, &buf, err);
	while (status == SL_OK && at < buf.len) {
		const unsigned char *from = buf.data + at;
		const unsigned char *end = memchr(from, '\n', buf.len - at);
		size_t len = end == NULL ? buf.len - at : (size_t)(end - from);
		json_t *line;

		at += len + 1;
		if (len == 0)
			continue;
		status =
		    sl_json_parse(&line, sl_slice_of(from, len), META_MAX, err);
		if (status == SL_OK) {
			status = on_line(set, root, line);
			json_decref(line);
		}
		if (status != SL_OK)
			status = sl_error_prefix(err, status, "%s", file->path);
	}
	sl_buf_clear(&buf);
	return status;
}

static bool
index_text(const json_t *line, char text[32])
{
	const json_t *index = json_object_get(line, "episode_index");

	if (!json_is_integer(index))
		return false;
	snprintf(text, 32, "%lld", (long long)json_integer_value(index));
	return true;
}

static enum sl_status
on_episode(
    struct lerobot_set *set, struct lerobot_root *root, const json_t *line)
{
	char index[32];

	(void)set;
	if (index_text(line, index) &&
	    json_object_set(root->lines, index, (json_t *)(uintptr_t)line) != 0)
		return SL_ERR_NOMEM;
	return SL_OK;
}

static bool
is_video(const json_t *feature)
{
	const char *type = json_string_value(json_object_get(feature, "dtype"));

	return type != NULL && strcmp(type, "video") == 0;
}

/* Numbers are counted anew; only what would need decoding is taken over. */
static enum sl_status
on_stats(struct lerobot_set *set, struct lerobot_root *root, const json_t *line)
{
	json_t *features = json_object_get(root->info, "features");
	json_t *images = json_object();
	char index[32];
	const char *name;
	json_t *stats;

	(void)set;
	json_object_foreach (json_object_get(line, "stats"), name, stats) {
		if (is_video(json_object_get(features, name)) &&
		    json_object_set(images, name, stats) != 0) {
			json_decref(images);
			return SL_ERR_NOMEM;
		}
	}
	if (!index_text(line, index) || json_object_size(images) == 0) {
		json_decref(images);
		return SL_OK;
	}
	return json_object_set_new(root->images, index, images) == 0
	    ? SL_OK
	    : SL_ERR_NOMEM;
}

/* Place of the text among the tasks of the set, which it joins. */
static int64_t
join_task(struct lerobot_set *set, json_t *text)
{
	size_t i;
	json_t *known;

	json_array_foreach (set->tasks, i, known) {
		if (json_equal(known, text))
			return (int64_t)i;
	}
	return json_array_append(set->tasks, text) == 0 ? (int64_t)i : -1;
}

static enum sl_status
on_task(struct lerobot_set *set, struct lerobot_root *root, const json_t *line)
{
	const json_t *index = json_object_get(line, "task_index");
	json_t *text = json_object_get(line, "task");
	json_int_t at = json_integer_value(index);
	int64_t *tasks;

	if (!json_is_integer(index) || at < 0 || at >= TASKS_MAX ||
	    !json_is_string(text))
		return SL_ERR_INVALID;
	if ((size_t)at >= root->task_count) {
		tasks = realloc(root->tasks, ((size_t)at + 1) * sizeof(*tasks));
		if (tasks == NULL)
			return SL_ERR_NOMEM;
		for (size_t i = root->task_count; i <= (size_t)at; i++)
			tasks[i] = -1;
		root->tasks = tasks;
		root->task_count = (size_t)at + 1;
	}
	root->tasks[at] = join_task(set, text);
	return root->tasks[at] < 0 ? SL_ERR_NOMEM : SL_OK;
}

static enum sl_status
read_info(struct lerobot_set *set, struct lerobot_root *root,
    const struct sl_contents_file *file, struct sl_error *err)
{
	struct sl_buf buf;
	const char *version;
	enum sl_status status;

	sl_buf_init(&buf, META_MAX);
	status = read_file(set, file, &buf, err);
	if (status == SL_OK)
		status = sl_json_parse(
		    &root->info, sl_buf_slice(&buf), META_MAX, err);
	sl_buf_clear(&buf);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "%s", file->path);
	version =
	    json_string_value(json_object_get(root->info, "codebase_version"));
	if (version == NULL || strncmp(version, "v2.", 3) != 0 ||
	    !json_is_object(json_object_get(root->info, "features")))
		return sl_error_code(err, SL_ERR_INVALID, "not_lerobot",
		    "%s is not of LeRobot v2", file->path);
	return SL_OK;
}

static enum sl_status
add_root(struct lerobot_set *set, const struct sl_contents_file *file,
    struct sl_error *err)
{
	size_t len = strlen(file->path) - strlen(INFO_NAME);
	struct lerobot_root *roots =
	    sl_array_room(set->roots, set->root_count, sizeof(*roots));
	struct lerobot_root *root;
	enum sl_status status;

	if (roots == NULL)
		return SL_ERR_NOMEM;
	set->roots = roots;
	root = &roots[set->root_count++];
	*root = (struct lerobot_root){.prefix = strndup(file->path, len),
	    .lines = json_object(),
	    .images = json_object()};
	if (root->prefix == NULL || root->lines == NULL || root->images == NULL)
		return SL_ERR_NOMEM;
	status = read_info(set, root, file, err);
	if (status == SL_OK)
		status = each_line(
		    set, root, "meta/episodes.jsonl", on_episode, err);
	if (status == SL_OK)
		status = each_line(set, root, "meta/tasks.jsonl", on_task, err);
	if (status == SL_OK)
		status = each_line(
		    set, root, "meta/episodes_stats.jsonl", on_stats, err);
	return status;
}

enum sl_status
lerobot_roots_read(struct lerobot_set *set, struct sl_error *err)
{
	const struct sl_contents *contents = set->run->contents;
	const size_t len = strlen(INFO_NAME);
	const struct sl_contents_episode *own = NULL;
	enum sl_status status = SL_OK;

	if (contents->episode_count > 0 && contents->episodes[0].number == 0)
		own = &contents->episodes[0];
	for (size_t i = 0;
	     status == SL_OK && own != NULL && i < own->file_count; i++) {
		const char *path = own->files[i].path;
		size_t path_len = strlen(path);

		if (path_len < len ||
		    strcmp(path + path_len - len, INFO_NAME) != 0 ||
		    (path_len > len && path[path_len - len - 1] != '/'))
			continue;
		status = add_root(set, &own->files[i], err);
	}
	if (status == SL_OK && set->root_count == 0)
		return sl_error_code(err, SL_ERR_INVALID, "not_lerobot",
		    "the mirror holds no LeRobot dataset (no meta/info.json)");
	return status;
}

const struct lerobot_root *
lerobot_root_of(const struct lerobot_set *set, const char *path)
{
	const struct lerobot_root *best = NULL;

	for (size_t i = 0; i < set->root_count; i++) {
		const struct lerobot_root *root = &set->roots[i];
		size_t len = strlen(root->prefix);

		if (strncmp(path, root->prefix, len) == 0 &&
		    (best == NULL || len > strlen(best->prefix)))
			best = root;
	}
	return best;
}

bool
lerobot_root_index(const char *path, char index[LEROBOT_INDEX_MAX])
{
	const char *number = strrchr(path, '_');
	char text[LEROBOT_INDEX_MAX];
	uint64_t value;

	if (number == NULL)
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(number + 1, "."),
	    number + 1);
	if (!sl_parse_u64(text, INT32_MAX, &value))
		return false;
	/* Without the zeros before it. */
	snprintf(index, LEROBOT_INDEX_MAX, "%llu", (unsigned long long)value);
	return true;
}

void
lerobot_root_clear(struct lerobot_root *root)
{
	free(root->prefix);
	json_decref(root->info);
	json_decref(root->lines);
	json_decref(root->images);
	free(root->tasks);
}
