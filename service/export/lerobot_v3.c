#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lerobot_rows.h"
#include "lerobot_table.h"
#include "sluice/formats/lerobot_stats.h"

#define CHUNK         1000 /* files */
#define PATH_MAX_HERE 512
/* What LeRobot would fill a file up to; nothing here depends on it. */
#define DATA_MB  100
#define VIDEO_MB 200

#define DATA_PATH "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
#define VIDEO_PATH            \
	"videos/{video_key}/" \
	"chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"

struct v3 {
	struct export_run *run;
	struct lerobot_set set;
	json_t *stats; /* of all */
};

/* Rows of a batch; *stats: of each episode, an array. */
static enum sl_status
write_rows(struct v3 *v3, const struct lerobot_shard *shard, int fd,
    json_t *stats, struct sl_error *err)
{
	struct lerobot_rows rows;
	uint64_t row = shard->first_row;
	enum sl_status status;

	status = lerobot_rows_begin(
	    &rows, &v3->set, &v3->set.episodes[shard->first], fd, err);
	for (size_t i = 0; status == SL_OK && i < shard->count; i++) {
		const struct lerobot_episode *episode =
		    &v3->set.episodes[shard->first + i];
		json_t *one = NULL;

		status = export_is_wanted(v3->run, err);
		if (status == SL_OK)
			status = lerobot_rows_add(
			    &rows, shard->first + i, row, &one, err);
		if (status == SL_OK && episode->images != NULL)
			(void)json_object_update_missing(
			    one, (json_t *)(uintptr_t)episode->images);
		if (status == SL_OK && json_array_append_new(stats, one) != 0)
			status = SL_ERR_NOMEM;
		row += episode->length;
	}
	if (status == SL_OK)
		status = lerobot_rows_finish(&rows, err);
	lerobot_rows_clear(&rows);
	return status;
}

/* The data file, noting `merged` with it. */
static enum sl_status
put_data(struct v3 *v3, const struct lerobot_shard *shard, const char *path,
    const char *key, json_t *stats, json_t *merged, struct sl_error *err)
{
	struct export_folder *folder = &v3->run->folder;
	enum sl_status status;
	int fd;

	status = export_folder_begin(folder, path, &fd, err);
	if (status == SL_OK)
		status = write_rows(v3, shard, fd, stats, err);
	for (size_t i = 0; status == SL_OK && i < json_array_size(stats); i++)
		status =
		    sl_lerobot_stats_merge(merged, json_array_get(stats, i));
	if (status != SL_OK) {
		export_folder_abandon(folder, fd);
		return status;
	}
	return export_folder_commit(
	    folder, fd, key, json_pack("{s:O}", "stats", merged), err);
}

static enum sl_status
put_table(struct v3 *v3, const struct lerobot_shard *shard, const char *path,
    const char *key, const json_t *stats, struct sl_error *err)
{
	struct export_folder *folder = &v3->run->folder;
	enum sl_status status;
	int fd;

	status = export_folder_begin(folder, path, &fd, err);
	if (status == SL_OK)
		status =
		    lerobot_table_episodes(fd, &v3->set, shard, stats, err);
	if (status == SL_OK)
		return export_folder_commit(folder, fd, key, NULL, err);
	export_folder_abandon(folder, fd);
	return status;
}

/* Data and table are made together, or both stay. */
static enum sl_status
put_shard(
    struct v3 *v3, const struct lerobot_shard *shard, struct sl_error *err)
{
	struct export_folder *folder = &v3->run->folder;
	char table[PATH_MAX_HERE];
	char data[PATH_MAX_HERE];
	json_t *merged;
	json_t *stats;
	json_t *entry;
	char key[65];
	enum sl_status status;

	snprintf(data, sizeof(data), "data/chunk-%03zu/file-%03zu.parquet",
	    shard->chunk, shard->file);
	snprintf(table, sizeof(table),
	    "meta/episodes/chunk-%03zu/file-%03zu.parquet", shard->chunk,
	    shard->file);
	status = lerobot_set_key(
	    &v3->set, shard->first, shard->count, shard->first_row, key);
	if (status != SL_OK)
		return status;
	entry = export_folder_keep(folder, table, key);
	if (entry != NULL) {
		entry = export_folder_keep(folder, data, key);
		if (entry != NULL)
			return sl_lerobot_stats_merge(
			    v3->stats, json_object_get(entry, "stats"));
	}
	stats = json_array();
	merged = json_object();
	status = put_data(v3, shard, data, key, stats, merged, err);
	if (status == SL_OK)
		status = put_table(v3, shard, table, key, stats, err);
	if (status == SL_OK)
		status = sl_lerobot_stats_merge(v3->stats, merged);
	json_decref(stats);
	json_decref(merged);
	return status;
}

/* A data file per batch: what a later pull brings goes into files of its own.
 */
static enum sl_status
put_shards(struct v3 *v3, struct sl_error *err)
{
	const struct lerobot_set *set = &v3->set;
	struct lerobot_shard shard = {0};
	size_t number = 0;
	enum sl_status status = SL_OK;

	while (status == SL_OK && shard.first < set->episode_count) {
		uint32_t batch = set->episodes[shard.first].from->batch;
		uint64_t rows = 0;

		shard.count = 0;
		while (shard.first + shard.count < set->episode_count &&
		    set->episodes[shard.first + shard.count].from->batch ==
		        batch)
			rows +=
			    set->episodes[shard.first + shard.count++].length;
		shard.chunk = number / CHUNK;
		shard.file = number++ % CHUNK;
		status = put_shard(v3, &shard, err);
		shard.first += shard.count;
		shard.first_row += rows;
	}
	return status;
}

static enum sl_status
put_videos(struct v3 *v3, struct sl_error *err)
{
	const struct lerobot_set *set = &v3->set;
	enum sl_status status = SL_OK;

	for (size_t i = 0; i < set->episode_count; i++) {
		for (size_t n = 0; status == SL_OK && n < set->video_count;
		     n++) {
			char path[PATH_MAX_HERE];

			snprintf(path, sizeof(path),
			    "videos/%s/chunk-%03zu/file-%03zu.mp4",
			    set->videos[n], i / CHUNK, i % CHUNK);
			status = export_folder_link(
			    v3->run, set->episodes[i].videos[n], path, err);
		}
		if (status == SL_OK)
			status = export_is_wanted(v3->run, err);
	}
	return status;
}

/* Made when its texts change. */
static enum sl_status
put_tasks(struct v3 *v3, struct sl_error *err)
{
	struct export_folder *folder = &v3->run->folder;
	char *key = json_dumps(v3->set.tasks, JSON_COMPACT);
	enum sl_status status = key == NULL ? SL_ERR_NOMEM : SL_OK;
	int fd;

	if (status != SL_OK ||
	    export_folder_keep(folder, "meta/tasks.parquet", key) != NULL) {
		free(key);
		return status;
	}
	status = export_folder_begin(folder, "meta/tasks.parquet", &fd, err);
	if (status == SL_OK)
		status = lerobot_table_tasks(fd, &v3->set, err);
	if (status == SL_OK)
		status = export_folder_commit(folder, fd, key, NULL, err);
	else
		export_folder_abandon(folder, fd);
	free(key);
	return status;
}

static enum sl_status
put_json(
    struct v3 *v3, const char *path, const json_t *value, struct sl_error *err)
{
	char *text = json_dumps(value, JSON_INDENT(4));
	enum sl_status status = text == NULL
	    ? SL_ERR_NOMEM
	    : export_folder_put(
	          &v3->run->folder, path, sl_slice_text(text), err);

	free(text);
	return status;
}

static enum sl_status
put_info(struct v3 *v3, struct sl_error *err)
{
	json_t *info = lerobot_set_info(&v3->set);
	enum sl_status status;
	int bad = info == NULL;

	bad |=
	    json_object_set_new(info, "codebase_version", json_string("v3.0"));
	bad |= json_object_set_new(info, "data_path", json_string(DATA_PATH));
	if (v3->set.video_count > 0)
		bad |= json_object_set_new(
		    info, "video_path", json_string(VIDEO_PATH));
	bad |= json_object_set_new(
	    info, "data_files_size_in_mb", json_integer(DATA_MB));
	bad |= json_object_set_new(
	    info, "video_files_size_in_mb", json_integer(VIDEO_MB));
	status =
	    bad != 0 ? SL_ERR_NOMEM : put_json(v3, "meta/info.json", info, err);
	json_decref(info);
	return status;
}

/* What could not be merged is not said at all. */
static enum sl_status
put_stats(struct v3 *v3, struct sl_error *err)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(v3->stats, next, name, value)
	{
		if (json_is_null(value))
			(void)json_object_del(v3->stats, name);
	}
	return put_json(v3, "meta/stats.json", v3->stats, err);
}

enum sl_status
export_lerobot_v3(struct export_run *run, struct sl_error *err)
{
	struct v3 v3 = {.run = run, .stats = json_object()};
	enum sl_status status = lerobot_set_read(&v3.set, run, err);

	if (status == SL_OK)
		status = lerobot_rows_check(&v3.set, err);
	if (status == SL_OK)
		status = put_shards(&v3, err);
	if (status == SL_OK)
		status = put_videos(&v3, err);
	if (status == SL_OK)
		status = put_tasks(&v3, err);
	if (status == SL_OK)
		status = put_stats(&v3, err);
	if (status == SL_OK)
		status = put_info(&v3, err);
	lerobot_set_clear(&v3.set);
	json_decref(v3.stats);
	return status;
}
