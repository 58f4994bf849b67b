/* Format lerobot: a LeRobot v2.1 dataset (lerobot v0.3.3,
 * src/lerobot/datasets/lerobot_dataset.py), 25 rows a second, with the wrench
 * as a feature.  It grows at its end only: episodes have no gaps. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clip.h"
#include "lerobot_features.h"
#include "lerobot_table.h"
#include "metadata.h"
#include "session.h"
#include "sluice/base/file.h"
#include "sluice/catalog/json.h"

#define CHUNK_SIZE   1000
#define INFO_MAX     (1u << 20)
#define NAME_MAX_LEN 160

struct dataset {
	uint32_t episodes;
	uint64_t frames;
	uint32_t videos;
	json_t *tasks;    /* texts, by task_index */
	json_t *features; /* as info.json has them */
};

static void
free_dataset(void *state)
{
	struct dataset *dataset = state;

	if (dataset == NULL)
		return;
	json_decref(dataset->tasks);
	json_decref(dataset->features);
	free(dataset);
}

/* ---- what is there ---- */

static enum sl_status
read_info(struct session *session, json_t **out)
{
	char *path;
	struct sl_buf text;
	enum sl_status status = session_path(session, "meta/info.json", &path);

	*out = NULL;
	sl_buf_init(&text, INFO_MAX);
	if (status == SL_OK && access(path, F_OK) == 0) {
		status = sl_file_read(&text, path, session->err);
		if (status == SL_OK)
			status = sl_json_parse(
			    out, sl_buf_slice(&text), INFO_MAX, session->err);
		if (status != SL_OK)
			sl_error_prefix(session->err, status, "%s", path);
	}
	sl_buf_clear(&text);
	free(path);
	return status;
}

/* Cut a file of meta/ behind so many lines: a run that was killed left lines of
 * episodes that info.json does not know, and that are made again. */
static enum sl_status
cut_lines(struct session *session, const char *name, uint32_t lines)
{
	FILE *file = NULL;
	off_t end = 0;
	int fd;
	int c;
	enum sl_status status = session_open(session, name, O_RDWR, &fd);

	if (status != SL_OK)
		return status;
	file = fdopen(fd, "r+");
	if (file == NULL) {
		close(fd);
		return sl_error_errno(session->err, "%s", name);
	}
	for (off_t at = 1; lines > 0 && (c = getc(file)) != EOF; at++) {
		if (c != '\n')
			continue;
		end = at;
		lines--;
	}
	if (lines > 0)
		status = sl_error_set(session->err, SL_ERR_INVALID,
		    "%s/%s lacks %u lines: remove the folder and begin anew",
		    session->options->dir, name, lines);
	else if (ftruncate(fd, end) != 0)
		status = sl_error_errno(session->err, "%s", name);
	fclose(file);
	return status;
}

/* All episodes have the same features. */
static enum sl_status
check_cameras(struct session *session, const json_t *info)
{
	const json_t *features = json_object_get(info, "features");

	for (enum camera_view view = 0; view < CAMERA_COUNT; view++) {
		bool had =
		    json_object_get(features, lerobot_camera_key(view)) != NULL;

		if (info != NULL && had != session->sees[view])
			return sl_error_set(session->err, SL_ERR_INVALID,
			    "%s was begun %s the %s camera, so it grows %s "
			    "it%s",
			    session->options->dir, had ? "with" : "without",
			    cameras[view].key, had ? "with" : "without",
			    session->result->no_ffmpeg
			        ? "; ffmpeg is not installed"
			        : "");
	}
	return SL_OK;
}

static enum sl_status
check_growth(
    struct session *session, const struct dataset *dataset, const json_t *info)
{
	enum sl_status status;

	if (session->options->count == 0)
		return SL_OK;
	if (session->options->first != dataset->episodes + 1)
		return sl_error_set(session->err, SL_ERR_INVALID,
		    "%s grows at its end: give --start %u",
		    session->options->dir, dataset->episodes + 1);
	status = check_cameras(session, info);
	if (status == SL_OK)
		status = cut_lines(
		    session, "meta/episodes.jsonl", dataset->episodes);
	if (status == SL_OK)
		status = cut_lines(
		    session, "meta/episodes_stats.jsonl", dataset->episodes);
	return status;
}

static bool
is_there(const struct session *session)
{
	return session_has(session, "meta/info.json");
}

/* The tasks are kept in info.json's own list as well, which LeRobot ignores;
 * so one small file says all that is to be known. */
static enum sl_status
begin(struct session *session, void **out_state)
{
	struct dataset *dataset = calloc(1, sizeof(*dataset));
	json_t *info = NULL;
	enum sl_status status;

	*out_state = NULL;
	if (dataset == NULL)
		return SL_ERR_NOMEM;
	status = read_info(session, &info);
	dataset->episodes = (uint32_t)json_integer_value(
	    json_object_get(info, "total_episodes"));
	dataset->frames =
	    (uint64_t)json_integer_value(json_object_get(info, "total_frames"));
	dataset->videos =
	    (uint32_t)json_integer_value(json_object_get(info, "total_videos"));
	dataset->tasks = json_deep_copy(json_object_get(info, "sluice_tasks"));
	if (dataset->tasks == NULL)
		dataset->tasks = json_array();
	/* What is there keeps what it has. */
	dataset->features = dataset->episodes > 0
	    ? json_deep_copy(json_object_get(info, "features"))
	    : lerobot_features(session);
	if (status == SL_OK)
		status = check_growth(session, dataset, info);
	json_decref(info);
	if (status != SL_OK) {
		free_dataset(dataset);
		return status;
	}
	*out_state = dataset;
	return SL_OK;
}

/* ---- an episode ---- */

static int64_t
task_index(struct dataset *dataset, const char *text)
{
	const json_t *task;
	size_t i;

	json_array_foreach (dataset->tasks, i, task) {
		if (strcmp(json_string_value(task), text) == 0)
			return (int64_t)i;
	}
	if (json_array_append_new(dataset->tasks, json_string(text)) != 0)
		return -1;
	return (int64_t)json_array_size(dataset->tasks) - 1;
}

/* Append one line to a file of meta/. */
static enum sl_status
append_line(struct session *session, const char *name, json_t *value)
{
	enum sl_status status = value == NULL ? SL_ERR_NOMEM : SL_OK;

	sl_buf_reset(&session->text);
	if (status == SL_OK)
		status = sl_json_dump(&session->text, value);
	json_decref(value);
	if (status == SL_OK)
		status = sl_buf_append_text(&session->text, "\n");
	return status == SL_OK ? session_append(session, name) : status;
}

/* The clips of an episode; their statistics go into `stats`. */
static enum sl_status
write_clips(struct session *session, const struct episode *episode,
    int64_t index, json_t *stats)
{
	enum sl_status status = SL_OK;

	for (enum camera_view view = 0; view < CAMERA_COUNT; view++) {
		struct picture_stats seen;
		struct clip clip = {episode, view, &seen};
		char name[NAME_MAX_LEN];

		if (!session->sees[view] || status != SL_OK)
			continue;
		picture_stats_init(&seen, clip_frames(episode));
		snprintf(name, sizeof(name),
		    "videos/chunk-%03u/%s/episode_%06u.mp4",
		    (unsigned)index / CHUNK_SIZE, lerobot_camera_key(view),
		    (unsigned)index);
		status = clip_write_mp4(session, &clip, name);
		if (status == SL_OK &&
		    json_object_set_new(stats, lerobot_camera_key(view),
		        picture_stats_json(&seen)) != 0)
			status = SL_ERR_NOMEM;
	}
	return status;
}

static enum sl_status
write_meta(struct session *session, const struct episode *episode,
    const struct lerobot_rows *rows, json_t *stats)
{
	enum sl_status status;

	status = append_line(session, "meta/episodes.jsonl",
	    json_pack("{s:I, s:[s], s:I, s:o}", "episode_index",
	        (json_int_t)rows->episode_index, "tasks",
	        episode->rollout.scene.task->instruction, "length",
	        (json_int_t)rows->count, "metadata",
	        metadata_make(session, episode)));
	if (status == SL_OK)
		status = append_line(session, "meta/episodes_stats.jsonl",
		    json_pack("{s:I, s:O}", "episode_index",
		        (json_int_t)rows->episode_index, "stats", stats));
	return status;
}

static enum sl_status
write_episode(struct session *session, void *state, struct episode *episode)
{
	struct dataset *dataset = state;
	struct lerobot_rows rows = {
	    .count = rollout_rows(&episode->rollout, CAMERA_FPS),
	    .hz = CAMERA_FPS,
	    .episode_index = dataset->episodes,
	    .first_index = (int64_t)dataset->frames,
	    .task_index =
	        task_index(dataset, episode->rollout.scene.task->instruction)};
	json_t *stats = lerobot_table_stats(episode, &rows);
	char name[NAME_MAX_LEN];
	enum sl_status status = SL_ERR_NOMEM;

	snprintf(name, sizeof(name), "data/chunk-%03u/episode_%06u.parquet",
	    dataset->episodes / CHUNK_SIZE, dataset->episodes);
	if (stats != NULL)
		status = lerobot_table_write(session, episode, &rows, name);
	if (status == SL_OK)
		status =
		    write_clips(session, episode, rows.episode_index, stats);
	if (status == SL_OK)
		status = write_meta(session, episode, &rows, stats);
	json_decref(stats);
	dataset->episodes++;
	dataset->frames += rows.count;
	for (unsigned view = 0; view < CAMERA_COUNT; view++)
		dataset->videos += session->sees[view];
	return status;
}

/* ---- meta/info.json, meta/tasks.jsonl ---- */

static json_t *
make_info(const struct dataset *dataset)
{
	char split[32];
	json_t *info;

	snprintf(split, sizeof(split), "0:%u", dataset->episodes);
	info = json_pack(
	    "{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:{s:s}, s:s, s:O, "
	    "s:O}",
	    "codebase_version", "v2.1", "robot_type", "ur5e", "total_episodes",
	    (json_int_t)dataset->episodes, "total_frames",
	    (json_int_t)dataset->frames, "total_tasks",
	    (json_int_t)json_array_size(dataset->tasks), "total_videos",
	    (json_int_t)dataset->videos, "total_chunks",
	    (json_int_t)((dataset->episodes + CHUNK_SIZE - 1) / CHUNK_SIZE),
	    "chunks_size", CHUNK_SIZE, "fps", CAMERA_FPS, "splits", "train",
	    split, "data_path",
	    "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}."
	    "parquet",
	    "features", dataset->features, "sluice_tasks", dataset->tasks);

	if (info != NULL)
		json_object_set_new(info, "video_path",
		    dataset->videos > 0
		        ? json_string("videos/chunk-{episode_chunk:03d}/"
		                      "{video_key}/episode_{episode_"
		                      "index:06d}.mp4")
		        : json_null());
	return info;
}

static enum sl_status
write_tasks(struct session *session, const struct dataset *dataset)
{
	const json_t *task;
	size_t i;
	enum sl_status status = SL_OK;

	sl_buf_reset(&session->text);
	json_array_foreach (dataset->tasks, i, task) {
		json_t *line = json_pack("{s:I, s:s}", "task_index",
		    (json_int_t)i, "task", json_string_value(task));

		if (status == SL_OK)
			status = line == NULL
			    ? SL_ERR_NOMEM
			    : sl_json_dump(&session->text, line);
		if (status == SL_OK)
			status = sl_buf_append_text(&session->text, "\n");
		json_decref(line);
	}
	return status == SL_OK ? session_write(session, "meta/tasks.jsonl")
	                       : status;
}

static enum sl_status
finish(struct session *session, void *state)
{
	const struct dataset *dataset = state;
	json_t *info;
	char *text;
	enum sl_status status = write_tasks(session, dataset);

	session->result->total = dataset->episodes;
	if (status != SL_OK)
		return status;
	info = make_info(dataset);
	text = info == NULL ? NULL : json_dumps(info, JSON_INDENT(4));
	json_decref(info);
	sl_buf_reset(&session->text);
	status = text == NULL ? SL_ERR_NOMEM
	                      : sl_buf_append_text(&session->text, text);
	free(text);
	return status == SL_OK ? session_write(session, "meta/info.json")
	                       : status;
}

const struct output output_lerobot = {
    .name = "lerobot",
    .is_there = is_there,
    .begin = begin,
    .write = write_episode,
    .finish = finish,
    .free_state = free_dataset,
};
