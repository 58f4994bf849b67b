#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lerobot_rows.h"
#include "sluice/formats/lerobot_stats.h"

#define CHUNK         1000 /* episodes */
#define PATH_MAX_HERE 512
#define TEXT_MAX      (512u << 20)

#define DATA_PATH                         \
	"data/chunk-{episode_chunk:03d}/" \
	"episode_{episode_index:06d}.parquet"
#define VIDEO_PATH                                      \
	"videos/chunk-{episode_chunk:03d}/{video_key}/" \
	"episode_{episode_index:06d}.mp4"

struct v21 {
	struct export_run *run;
	struct lerobot_set set;
	struct sl_buf episodes;
	struct sl_buf stats;
};

static enum sl_status
append_line(struct sl_buf *buf, json_t *line)
{
	char *text = line == NULL ? NULL : json_dumps(line, JSON_COMPACT);
	enum sl_status status =
	    text == NULL ? SL_ERR_NOMEM : sl_buf_printf(buf, "%s\n", text);

	free(text);
	json_decref(line);
	return status;
}

/* Numbers counted here, images as their source said; takes `stats`. */
static enum sl_status
add_lines(struct v21 *v21, size_t at, json_t *stats)
{
	const struct lerobot_episode *episode = &v21->set.episodes[at];
	enum sl_status status;

	if (episode->images != NULL &&
	    json_object_update_missing(
	        stats, (json_t *)(uintptr_t)episode->images) != 0) {
		json_decref(stats);
		return SL_ERR_NOMEM;
	}
	status = append_line(&v21->stats,
	    json_pack(
	        "{s:I, s:o}", "episode_index", (json_int_t)at, "stats", stats));
	if (status == SL_OK)
		status = append_line(&v21->episodes,
		    json_pack("{s:I, s:o, s:I}", "episode_index",
		        (json_int_t)at, "tasks",
		        lerobot_set_tasks_of(&v21->set, episode), "length",
		        (json_int_t)episode->length));
	return status;
}

static enum sl_status
write_rows(struct v21 *v21, size_t at, uint64_t first_row, int fd,
    json_t **stats, struct sl_error *err)
{
	struct lerobot_rows rows;
	enum sl_status status;

	status = lerobot_rows_begin(
	    &rows, &v21->set, &v21->set.episodes[at], fd, err);
	if (status == SL_OK)
		status = lerobot_rows_add(&rows, at, first_row, stats, err);
	if (status == SL_OK)
		status = lerobot_rows_finish(&rows, err);
	lerobot_rows_clear(&rows);
	return status;
}

static enum sl_status
put_rows(struct v21 *v21, size_t at, uint64_t first_row, struct sl_error *err)
{
	struct export_folder *folder = &v21->run->folder;
	char path[PATH_MAX_HERE];
	json_t *stats = NULL;
	json_t *entry;
	char key[65];
	enum sl_status status;
	int fd;

	snprintf(path, sizeof(path), "data/chunk-%03zu/episode_%06zu.parquet",
	    at / CHUNK, at);
	status = lerobot_set_key(&v21->set, at, 1, first_row, key);
	if (status != SL_OK)
		return status;
	entry = export_folder_keep(folder, path, key);
	if (entry != NULL)
		return add_lines(
		    v21, at, json_copy(json_object_get(entry, "stats")));
	status = export_folder_begin(folder, path, &fd, err);
	if (status == SL_OK)
		status = write_rows(v21, at, first_row, fd, &stats, err);
	if (status != SL_OK) {
		json_decref(stats);
		export_folder_abandon(folder, fd);
		return status;
	}
	status = export_folder_commit(folder, fd, key,
	    json_pack("{s:o}", "stats", json_copy(stats)), err);
	if (status == SL_OK)
		return add_lines(v21, at, stats);
	json_decref(stats);
	return status;
}

static enum sl_status
put_videos(struct v21 *v21, size_t at, struct sl_error *err)
{
	const struct lerobot_episode *episode = &v21->set.episodes[at];
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < v21->set.video_count; i++) {
		char path[PATH_MAX_HERE];

		snprintf(path, sizeof(path),
		    "videos/chunk-%03zu/%s/episode_%06zu.mp4", at / CHUNK,
		    v21->set.videos[i], at);
		status =
		    export_folder_link(v21->run, episode->videos[i], path, err);
	}
	return status;
}

static enum sl_status
put_tasks(struct v21 *v21, struct sl_error *err)
{
	struct sl_buf text;
	json_t *task;
	size_t i;
	enum sl_status status = SL_OK;

	sl_buf_init(&text, TEXT_MAX);
	json_array_foreach (v21->set.tasks, i, task) {
		if (status == SL_OK)
			status = append_line(&text,
			    json_pack("{s:I, s:O}", "task_index", (json_int_t)i,
			        "task", task));
	}
	if (status == SL_OK)
		status = export_folder_put(&v21->run->folder,
		    "meta/tasks.jsonl", sl_buf_slice(&text), err);
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
put_info(struct v21 *v21, struct sl_error *err)
{
	const struct lerobot_set *set = &v21->set;
	json_t *info = lerobot_set_info(set);
	size_t count = set->episode_count;
	size_t videos = count * set->video_count;
	size_t chunks = (count + CHUNK - 1) / CHUNK;
	char *text;
	enum sl_status status;
	int bad = info == NULL;

	bad |=
	    json_object_set_new(info, "codebase_version", json_string("v2.1"));
	bad |= json_object_set_new(info, "data_path", json_string(DATA_PATH));
	if (set->video_count > 0)
		bad |= json_object_set_new(
		    info, "video_path", json_string(VIDEO_PATH));
	bad |= json_object_set_new(
	    info, "total_videos", json_integer((json_int_t)videos));
	bad |= json_object_set_new(
	    info, "total_chunks", json_integer((json_int_t)chunks));
	text = bad != 0 ? NULL : json_dumps(info, JSON_INDENT(4));
	status = text == NULL ? SL_ERR_NOMEM
	                      : export_folder_put(&v21->run->folder,
	                            "meta/info.json", sl_slice_text(text), err);
	free(text);
	json_decref(info);
	return status;
}

static enum sl_status
put_all(struct v21 *v21, struct sl_error *err)
{
	struct export_folder *folder = &v21->run->folder;
	uint64_t row = 0;
	enum sl_status status = lerobot_rows_check(&v21->set, err);

	for (size_t i = 0; status == SL_OK && i < v21->set.episode_count; i++) {
		status = export_is_wanted(v21->run, err);
		if (status == SL_OK)
			status = put_rows(v21, i, row, err);
		if (status == SL_OK)
			status = put_videos(v21, i, err);
		row += v21->set.episodes[i].length;
	}
	if (status == SL_OK)
		status = put_tasks(v21, err);
	if (status == SL_OK)
		status = export_folder_put(folder, "meta/episodes.jsonl",
		    sl_buf_slice(&v21->episodes), err);
	if (status == SL_OK)
		status = export_folder_put(folder, "meta/episodes_stats.jsonl",
		    sl_buf_slice(&v21->stats), err);
	return status == SL_OK ? put_info(v21, err) : status;
}

enum sl_status
export_lerobot_v21(struct export_run *run, struct sl_error *err)
{
	struct v21 v21 = {.run = run};
	enum sl_status status;

	sl_buf_init(&v21.episodes, TEXT_MAX);
	sl_buf_init(&v21.stats, TEXT_MAX);
	status = lerobot_set_read(&v21.set, run, err);
	if (status == SL_OK)
		status = put_all(&v21, err);
	lerobot_set_clear(&v21.set);
	sl_buf_clear(&v21.episodes);
	sl_buf_clear(&v21.stats);
	return status;
}
