#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/array.h"

#include "lerobot.h"
#include "lerobot_shards.h"
#include "parquet_table.h"

/* What a v3 directory becomes: v2.1, a file per episode. */
#define DATA_PATH                         \
	"data/chunk-{episode_chunk:03d}/" \
	"episode_{episode_index:06d}.parquet"
#define VIDEO_PATH                                      \
	"videos/chunk-{episode_chunk:03d}/{video_key}/" \
	"episode_{episode_index:06d}.mp4"
/* A description of an episode in text; all of them are held. */
#define TEXT_MAX (512u << 20)

struct film {
	unsigned long long chunk;
	unsigned long long file;
	uint64_t first_us;
	bool is_there;
};

struct row {
	struct lerobot_rows rows;
	unsigned long long chunk;
	unsigned long long file;
	struct film *films; /* one per camera */
};

struct v3 {
	struct lerobot *lerobot;
	const char *data_path; /* of the shared files */
	const char *video_path;
	struct row *rows;
	size_t row_count;
	json_t *film_uses;      /* path → number of episodes */
	struct sl_buf episodes; /* episodes.jsonl */
	struct sl_buf stats;
};

static bool
has_suffix(const char *text, const char *suffix)
{
	size_t len = strlen(text);
	size_t suffix_len = strlen(suffix);

	return len > suffix_len && strcmp(text + len - suffix_len, suffix) == 0;
}

typedef enum sl_status table_fn(struct v3 *v3, json_t *row);

/* Each row of a table of the source; errors begin with its path. */
static enum sl_status
each_row(struct v3 *v3, const char *path, table_fn *on_row)
{
	struct sl_error *err = v3->lerobot->err;
	struct parquet_table *table = NULL;
	uint64_t bytes;
	enum sl_status status;
	int fd;

	status = lerobot_open_file(v3->lerobot, path, &fd, &bytes);
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
need_number(
    struct v3 *v3, const json_t *row, const char *key, unsigned long long *out)
{
	const json_t *value = json_object_get(row, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return sl_error_set(v3->lerobot->err, SL_ERR_INVALID,
		    "%.100s is no number", key);
	*out = (unsigned long long)json_integer_value(value);
	return SL_OK;
}

static enum sl_status
read_film(struct v3 *v3, const json_t *row, const struct lerobot_camera *camera,
    struct film *film)
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
add_stats(struct v3 *v3, const json_t *row)
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
add_episode(struct v3 *v3, const json_t *row)
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
on_episode(struct v3 *v3, json_t *json)
{
	struct lerobot *lerobot = v3->lerobot;
	unsigned long long index = 0;
	unsigned long long first = 0;
	struct row *rows;
	struct row *row;
	enum sl_status status;

	rows = sl_array_room(v3->rows, v3->row_count, sizeof(*rows));
	if (rows == NULL)
		return SL_ERR_NOMEM;
	v3->rows = rows;
	row = &rows[v3->row_count++];
	*row = (struct row){0};
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
	const struct row *x = a;
	const struct row *y = b;

	return (x->rows.index > y->rows.index) -
	    (x->rows.index < y->rows.index);
}

static enum sl_status
warn_gaps(struct v3 *v3)
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

static enum sl_status
read_episodes(struct v3 *v3)
{
	struct lerobot *lerobot = v3->lerobot;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < lerobot->tree.count; i++) {
		const char *path = lerobot->tree.paths[i];

		if (strncmp(path, "meta/episodes/", 14) != 0 ||
		    !has_suffix(path, ".parquet"))
			continue;
		lerobot->claimed[i] = true;
		status = each_row(v3, path, on_episode);
	}
	if (status == SL_OK)
		status = lerobot_finish_episodes(lerobot);
	if (status != SL_OK)
		return status;
	qsort(v3->rows, v3->row_count, sizeof(*v3->rows), compare_rows);
	return warn_gaps(v3);
}

/* Walk one data file; one that cannot be read is the fault of the episodes
 * that should be in it. */
static enum sl_status
walk_shard(struct v3 *v3, const char *path, struct lerobot_rows *found)
{
	struct lerobot *lerobot = v3->lerobot;
	uint64_t strangers = 0;
	uint64_t bytes;
	enum sl_status status;
	int fd;

	status = lerobot_open_file(lerobot, path, &fd, &bytes);
	if (status != SL_OK)
		return status;
	status = lerobot_shard_walk(
	    fd, bytes, path, found, v3->row_count, &strangers, lerobot->err);
	close(fd);
	if (status == SL_ERR_INVALID || status == SL_ERR_LIMIT)
		return source_warn(
		    lerobot->source, "%s: %s", path, lerobot->err->text);
	if (status == SL_OK && strangers > 0)
		return source_warn(lerobot->source,
		    "%s: %llu rows belong to no episode of meta/episodes", path,
		    (unsigned long long)strangers);
	return status;
}

static enum sl_status
walk_shards(struct v3 *v3)
{
	struct lerobot *lerobot = v3->lerobot;
	struct lerobot_rows *found = calloc(v3->row_count + 1, sizeof(*found));
	enum sl_status status = found == NULL ? SL_ERR_NOMEM : SL_OK;

	for (size_t i = 0; status == SL_OK && i < v3->row_count; i++)
		found[i] = v3->rows[i].rows;
	for (size_t i = 0; status == SL_OK && i < lerobot->tree.count; i++) {
		const char *path = lerobot->tree.paths[i];

		if (strncmp(path, "data/", 5) != 0 ||
		    !has_suffix(path, ".parquet"))
			continue;
		lerobot->claimed[i] = true;
		status = walk_shard(v3, path, found);
	}
	for (size_t i = 0; found != NULL && i < v3->row_count; i++)
		v3->rows[i].rows = found[i];
	free(found);
	return status;
}

static enum sl_status
judge_rows(struct v3 *v3, const struct row *row,
    struct sl_source_episode *episode, const char *declared)
{
	const struct lerobot_rows *rows = &row->rows;

	if (source_tree_find(&v3->lerobot->tree, declared) < 0 &&
	    rows->path == NULL)
		return lerobot_set_defect(episode, "%s is missing", declared);
	if (rows->path == NULL)
		return lerobot_set_defect(
		    episode, "%s has no rows of it that can be read", declared);
	return lerobot_rows_judge(rows, episode, "meta/episodes");
}

static enum sl_status
expand(struct v3 *v3, const char *pattern, unsigned long long chunk,
    unsigned long long number, const struct lerobot_camera *camera,
    char path[LEROBOT_PATH_MAX])
{
	char key[256];
	struct lerobot_place place = {.chunk = chunk, .index = number};

	if (camera != NULL) {
		snprintf(key, sizeof(key), "%.*s", (int)camera->key_len,
		    camera->key);
		place.video_key = key;
	}
	return lerobot_path_expand(path, pattern, &place, v3->lerobot->err);
}

static enum sl_status
claim_state(
    struct v3 *v3, const struct row *row, struct sl_source_episode *episode)
{
	unsigned long long index = row->rows.index;
	char path[LEROBOT_PATH_MAX];
	enum sl_status status;

	status = expand(v3, v3->data_path, row->chunk, row->file, NULL, path);
	if (status == SL_OK)
		status = judge_rows(v3, row, episode, path);
	if (status != SL_OK || episode->defect != NULL)
		return status;
	if (strcmp(path, row->rows.path) != 0)
		status = source_warn(v3->lerobot->source,
		    "episode %llu is in %s, meta/episodes says %s", index,
		    row->rows.path, path);
	if (status == SL_OK && row->rows.is_off)
		status = source_warn(v3->lerobot->source,
		    "episode %llu: index of its rows does not begin at %llu "
		    "and go on by one",
		    index, (unsigned long long)row->rows.global_first);
	if (status == SL_OK)
		status = expand(v3, DATA_PATH, index / v3->lerobot->chunks_size,
		    index, NULL, path);
	if (status == SL_OK)
		status =
		    source_add_file(episode, "state", path, v3->lerobot->err);
	if (status == SL_OK)
		status = source_set_part(episode, SL_SOURCE_ROWS,
		    row->rows.path, row->rows.first, row->rows.count);
	return status;
}

static enum sl_status
count_films(struct v3 *v3)
{
	struct lerobot *lerobot = v3->lerobot;
	char path[LEROBOT_PATH_MAX];

	for (size_t i = 0; i < v3->row_count * lerobot->camera_count; i++) {
		const struct row *row = &v3->rows[i / lerobot->camera_count];
		size_t n = i % lerobot->camera_count;
		const struct film *film = &row->films[n];
		enum sl_status status;
		json_int_t uses;

		if (!film->is_there)
			continue;
		status = expand(v3, v3->video_path, film->chunk, film->file,
		    &lerobot->cameras[n], path);
		if (status != SL_OK)
			return status;
		uses = json_integer_value(json_object_get(v3->film_uses, path));
		if (json_object_set_new(
		        v3->film_uses, path, json_integer(uses + 1)) != 0)
			return SL_ERR_NOMEM;
	}
	return SL_OK;
}

/* An mp4 that is all of one episode stays as it is. */
static enum sl_status
claim_film(struct v3 *v3, const struct row *row, struct lerobot_camera *camera,
    struct sl_source_episode *episode)
{
	const struct film *film = &row->films[camera - v3->lerobot->cameras];
	unsigned long long index = row->rows.index;
	char from[LEROBOT_PATH_MAX];
	char path[LEROBOT_PATH_MAX];
	bool is_whole;
	ptrdiff_t at;
	enum sl_status status;

	if (!film->is_there)
		return lerobot_set_defect(episode,
		    "meta/episodes names no video %.*s of it",
		    (int)camera->key_len, camera->key);
	status =
	    expand(v3, v3->video_path, film->chunk, film->file, camera, from);
	if (status != SL_OK)
		return status;
	at = source_tree_find(&v3->lerobot->tree, from);
	if (at < 0)
		return lerobot_set_defect(episode, "%s is missing", from);
	v3->lerobot->claimed[at] = true;
	camera->found_count++;
	is_whole = film->first_us == 0 &&
	    json_integer_value(json_object_get(v3->film_uses, from)) == 1;
	status = expand(v3, VIDEO_PATH, index / v3->lerobot->chunks_size, index,
	    camera, path);
	if (status == SL_OK)
		status = source_add_file(
		    episode, camera->layer, path, v3->lerobot->err);
	if (status == SL_OK)
		status = source_set_part(episode,
		    is_whole ? SL_SOURCE_WHOLE : SL_SOURCE_FRAMES, from,
		    film->first_us, episode->frames);
	return status;
}

static enum sl_status
claim_all(struct v3 *v3)
{
	struct lerobot *lerobot = v3->lerobot;
	enum sl_status status = SL_OK;

	if (v3->video_path != NULL)
		status = count_films(v3);
	for (size_t i = 0; status == SL_OK && i < v3->row_count; i++) {
		struct sl_source_episode *episode =
		    &lerobot->source->episodes[i];

		status = claim_state(v3, &v3->rows[i], episode);
		for (size_t n = 0; status == SL_OK && v3->video_path != NULL &&
		     n < lerobot->camera_count;
		     n++)
			status = claim_film(
			    v3, &v3->rows[i], &lerobot->cameras[n], episode);
	}
	return status;
}

static enum sl_status
on_task(struct v3 *v3, json_t *row)
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
	status = line == NULL ? SL_ERR_NOMEM : append_line(&v3->stats, line);
	json_decref(line);
	return status;
}

/* Takes the text out of the buffer. */
static enum sl_status
add_text(struct v3 *v3, const char *path, struct sl_buf *buf)
{
	const char *text = sl_buf_text(buf);
	enum sl_status status;

	if (text == NULL)
		return SL_ERR_NOMEM;
	status = source_add_generated(
	    v3->lerobot->source, path, strdup(text), v3->lerobot->err);
	sl_buf_clear(buf);
	return status;
}

static enum sl_status
read_tasks(struct v3 *v3)
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
	return status == SL_OK ? add_text(v3, "meta/tasks.jsonl", &v3->stats)
	                       : status;
}

static enum sl_status
add_info(struct v3 *v3)
{
	struct lerobot *lerobot = v3->lerobot;
	const struct sl_source *source = lerobot->source;
	json_t *info = json_copy(lerobot->info);
	unsigned long long videos = 0;
	unsigned long long last =
	    v3->rows[v3->row_count - 1].rows.index / lerobot->chunks_size;
	ptrdiff_t at = source_tree_find(&lerobot->tree, "meta/info.json");
	char *text;
	int bad;

	for (size_t i = 0; i < lerobot->camera_count; i++)
		videos += lerobot->cameras[i].found_count;
	if (at >= 0)
		lerobot->claimed[at] = true;
	(void)json_object_del(info, "data_files_size_in_mb");
	(void)json_object_del(info, "video_files_size_in_mb");
	bad =
	    json_object_set_new(info, "codebase_version", json_string("v2.1"));
	bad |= json_object_set_new(info, "data_path", json_string(DATA_PATH));
	if (v3->video_path != NULL)
		bad |= json_object_set_new(
		    info, "video_path", json_string(VIDEO_PATH));
	bad |= json_object_set_new(info, "total_episodes",
	    json_integer((json_int_t)source->episode_count));
	bad |= json_object_set_new(
	    info, "total_videos", json_integer((json_int_t)videos));
	bad |= json_object_set_new(
	    info, "total_chunks", json_integer((json_int_t)last + 1));
	text = bad != 0 ? NULL : json_dumps(info, JSON_INDENT(4));
	json_decref(info);
	return source_add_generated(
	    lerobot->source, "meta/info.json", text, lerobot->err);
}

static enum sl_status
read_v3(struct v3 *v3)
{
	struct lerobot *lerobot = v3->lerobot;
	enum sl_status status;

	status = lerobot_read_features(lerobot);
	if (status == SL_OK)
		status = lerobot_name_layers(lerobot);
	if (status == SL_OK)
		status = read_tasks(v3);
	if (status == SL_OK)
		status = read_episodes(v3);
	if (status == SL_OK)
		status = walk_shards(v3);
	if (status == SL_OK)
		status = claim_all(v3);
	if (status == SL_OK)
		status = add_info(v3);
	if (status == SL_OK)
		status = add_text(v3, "meta/episodes.jsonl", &v3->episodes);
	if (status == SL_OK && v3->stats.len > 0)
		status = add_text(v3, "meta/episodes_stats.jsonl", &v3->stats);
	if (status == SL_OK)
		status = lerobot_claim_rest(lerobot);
	if (status == SL_OK)
		status = lerobot_check_totals(lerobot, 0);
	return status;
}

enum sl_status
lerobot_v3_read(struct lerobot *lerobot)
{
	struct v3 v3 = {.lerobot = lerobot,
	    .data_path = lerobot->data_path,
	    .video_path = lerobot->video_path,
	    .film_uses = json_object()};
	enum sl_status status;

	sl_buf_init(&v3.episodes, TEXT_MAX);
	sl_buf_init(&v3.stats, TEXT_MAX);
	status = v3.film_uses == NULL ? SL_ERR_NOMEM : read_v3(&v3);
	for (size_t i = 0; i < v3.row_count; i++) {
		free(v3.rows[i].rows.path);
		free(v3.rows[i].films);
	}
	free(v3.rows);
	json_decref(v3.film_uses);
	sl_buf_clear(&v3.episodes);
	sl_buf_clear(&v3.stats);
	return status;
}
