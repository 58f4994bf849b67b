#include "lerobot_v3.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/array.h"

#include "parquet_table.h"

typedef enum sl_status table_fn(struct lerobot_v3 *v3, json_t *row);

/* Each row of a table of the source; errors begin with its path. */
static enum sl_status
each_row(struct lerobot_v3 *v3, const char *path, table_fn *on_row)
{
	struct sl_error *err = v3->lerobot->err;
	struct parquet_table *table = NULL;
	uint64_t bytes;
	enum sl_status status;
	int fd;

	status = lerobot_open_file(v3->lerobot, path, &fd, &bytes, err);
	if (status != SL_OK)
		return status;
	status = parquet_table_open(&table, fd, bytes, err);
	while (status == SL_OK) {
		json_t *row;

		status = parquet_table_next(table, &row, err);
		if (status != SL_OK || row == NULL)
			break;
		status = on_row(v3, row);
		json_decref(row);
	}
	parquet_table_close(table);
	close(fd);
	return status == SL_OK ? SL_OK
	                       : sl_error_prefix(err, status, "%s", path);
}

static enum sl_status
append_line(struct sl_buf *buf, const json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT);
	enum sl_status status = text == NULL ? SL_ERR_NOMEM : SL_OK;

	if (status == SL_OK)
		status = sl_buf_printf(buf, "%s\n", text);
	free(text);
	return status;
}

static enum sl_status
on_task(struct lerobot_v3 *v3, json_t *row)
{
	json_t *task = json_object_get(row, "task");
	json_t *line;
	enum sl_status status;

	/* pandas' name of an index without one; older files have it. */
	if (task == NULL)
		task = json_object_get(row, "__index_level_0__");
	if (!json_is_string(task) ||
	    !json_is_integer(json_object_get(row, "task_index")))
		return sl_error_set(v3->lerobot->err, SL_ERR_INVALID,
		    "a row without task_index or task");
	line = json_pack("{s:O, s:O}", "task_index",
	    json_object_get(row, "task_index"), "task", task);
	status = line == NULL ? SL_ERR_NOMEM : append_line(&v3->tasks, line);
	json_decref(line);
	return status;
}

enum sl_status
lerobot_v3_read_tasks(struct lerobot_v3 *v3)
{
	static const char path[] = "meta/tasks.parquet";
	ptrdiff_t at = source_tree_find(&v3->lerobot->tree, path);
	enum sl_status status;

	if (at < 0)
		return source_tree_find(
		           &v3->lerobot->tree, "meta/tasks.jsonl") >= 0
		    ? SL_OK
		    : sl_error_set(v3->lerobot->err, SL_ERR_INVALID,
		          "%s is missing", path);
	v3->lerobot->claimed[at] = true;
	status = each_row(v3, path, on_task);
	return status == SL_OK
	    ? lerobot_v3_add_text(v3, "meta/tasks.jsonl", &v3->tasks)
	    : status;
}

static enum sl_status
need_number(struct lerobot_v3 *v3, const json_t *row, const char *key,
    unsigned long long *out)
{
	const json_t *value = json_object_get(row, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return sl_error_set(v3->lerobot->err, SL_ERR_INVALID,
		    "%.100s is no number", key);
	*out = (unsigned long long)json_integer_value(value);
	return SL_OK;
}

static enum sl_status
read_film(struct lerobot_v3 *v3, const json_t *row,
    const struct lerobot_camera *camera, struct lerobot_v3_film *film)
{
	char key[384];
	int len = (int)camera->key_len;
	double from;
	enum sl_status status;

	/* Not filled in where an episode has no such video. */
	snprintf(key, sizeof(key), "videos/%.*s/chunk_index", len, camera->key);
	if (!json_is_integer(json_object_get(row, key)))
		return SL_OK;
	status = need_number(v3, row, key, &film->chunk);
	snprintf(key, sizeof(key), "videos/%.*s/file_index", len, camera->key);
	if (status == SL_OK)
		status = need_number(v3, row, key, &film->file);
	snprintf(
	    key, sizeof(key), "videos/%.*s/from_timestamp", len, camera->key);
	from = json_number_value(json_object_get(row, key));
	if (status == SL_OK && !(from >= 0 && from < 1e9))
		status = sl_error_set(
		    v3->lerobot->err, SL_ERR_INVALID, "%.100s is no time", key);
	if (status != SL_OK)
		return status;
	film->first_us = (uint64_t)llround(from * 1e6);
	film->is_there = true;
	return SL_OK;
}

static bool
is_pointer(const char *key)
{
	static const char *const prefixes[] = {
	    "data/", "videos/", "meta/", "stats/", "dataset_"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		if (strncmp(key, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	}
	return false;
}

/* "stats/<feature>/<statistic>" columns as v2.1 has them. */
static enum sl_status
add_stats(struct lerobot_v3 *v3, const json_t *row)
{
	json_t *stats = json_object();
	json_t *line = json_pack("{s:O, s:o}", "episode_index",
	    json_object_get(row, "episode_index"), "stats", stats);
	const char *key;
	json_t *value;
	enum sl_status status = line == NULL ? SL_ERR_NOMEM : SL_OK;

	json_object_foreach ((json_t *)(uintptr_t)row, key, value) {
		const char *name = strrchr(key, '/');
		char feature[256];
		json_t *into;

		if (strncmp(key, "stats/", 6) != 0 || name < key + 6 ||
		    status != SL_OK)
			continue;
		snprintf(feature, sizeof(feature), "%.*s",
		    (int)(name - key - 6), key + 6);
		into = json_object_get(stats, feature);
		if (into == NULL) {
			into = json_object();
			if (json_object_set_new(stats, feature, into) != 0)
				status = SL_ERR_NOMEM;
		}
		if (status == SL_OK &&
		    json_object_set(into, name + 1, value) != 0)
			status = SL_ERR_NOMEM;
	}
	if (status == SL_OK && json_object_size(stats) > 0)
		status = append_line(&v3->stats, line);
	json_decref(line);
	return status;
}

static enum sl_status
add_episode(struct lerobot_v3 *v3, const json_t *row)
{
	json_t *line = json_object();
	const char *key;
	json_t *value;
	enum sl_status status = line == NULL ? SL_ERR_NOMEM : SL_OK;

	json_object_foreach ((json_t *)(uintptr_t)row, key, value) {
		if (!is_pointer(key) && json_object_set(line, key, value) != 0)
			status = SL_ERR_NOMEM;
	}
	if (status == SL_OK)
		status = append_line(&v3->episodes, line);
	if (status == SL_OK)
		status =
		    lerobot_add_episode(v3->lerobot, line, v3->lerobot->err);
	json_decref(line);
	return status;
}

static enum sl_status
on_episode(struct lerobot_v3 *v3, json_t *json)
{
	struct lerobot *lerobot = v3->lerobot;
	unsigned long long index = 0;
	unsigned long long first = 0;
	struct lerobot_v3_row *rows;
	struct lerobot_v3_row *row;
	enum sl_status status;

	rows = sl_array_room(v3->rows, v3->row_count, sizeof(*rows));
	if (rows == NULL)
		return SL_ERR_NOMEM;
	v3->rows = rows;
	row = &rows[v3->row_count++];
	*row = (struct lerobot_v3_row){0};
	row->films = calloc(lerobot->camera_count + 1, sizeof(*row->films));
	if (row->films == NULL)
		return SL_ERR_NOMEM;
	status = need_number(v3, json, "episode_index", &index);
	if (status == SL_OK)
		status = need_number(v3, json, "data/chunk_index", &row->chunk);
	if (status == SL_OK)
		status = need_number(v3, json, "data/file_index", &row->file);
	if (status == SL_OK)
		status = need_number(v3, json, "dataset_from_index", &first);
	for (size_t i = 0; status == SL_OK && i < lerobot->camera_count; i++)
		status =
		    read_film(v3, json, &lerobot->cameras[i], &row->films[i]);
	row->rows.index = index;
	row->rows.global_first = first;
	if (status == SL_OK)
		status = add_episode(v3, json);
	return status == SL_OK ? add_stats(v3, json) : status;
}

static int
compare_rows(const void *a, const void *b)
{
	const struct lerobot_v3_row *x = a;
	const struct lerobot_v3_row *y = b;

	return (x->rows.index > y->rows.index) -
	    (x->rows.index < y->rows.index);
}

static enum sl_status
warn_gaps(struct lerobot_v3 *v3)
{
	for (size_t i = 0; i < v3->row_count; i++) {
		unsigned long long index = v3->rows[i].rows.index;

		if (index != i)
			return source_warn(v3->lerobot->source,
			    "meta/episodes: indices are not contiguous: "
			    "episode %llu stands where %zu should",
			    index, i);
	}
	return SL_OK;
}

enum sl_status
lerobot_v3_read_episodes(struct lerobot_v3 *v3)
{
	struct lerobot *lerobot = v3->lerobot;
	const char *path;
	size_t at = 0;
	enum sl_status status = SL_OK;

	while (status == SL_OK &&
	    (path = lerobot_v3_next_table(v3, "meta/episodes/", &at)) != NULL)
		status = each_row(v3, path, on_episode);
	if (status == SL_OK)
		status = lerobot_finish_episodes(lerobot);
	if (status != SL_OK)
		return status;
	qsort(v3->rows, v3->row_count, sizeof(*v3->rows), compare_rows);
	return warn_gaps(v3);
}
