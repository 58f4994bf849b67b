/* Format lerobot: a LeRobot v2.1 dataset (lerobot v0.3.3,
 * src/lerobot/datasets/lerobot_dataset.py), 25 rows a second, with the wrench
 * as a feature.  It grows at its end only: episodes have no gaps. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "camera.h"
#include "clip.h"
#include "lerobot_stats.h"
#include "lerobot_table.h"
#include "metadata.h"
#include "session.h"
#include "sluice/base/file.h"
#include "sluice/catalog/json.h"

#define CAMERA_KEY    "observation.images.wrist"
#define CHUNK_SIZE    1000
#define INFO_MAX      (1u << 20)
#define NAME_MAX_LEN  160
#define STATS_PICTURE 10 /* every so many frames are looked at */

struct dataset {
	uint32_t episodes;
	uint64_t frames;
	uint32_t videos;
	json_t *tasks; /* texts, by task_index */
};

/* ---- what is there ---- */

static enum sl_status
read_json(struct session *session, const char *name, json_t **out)
{
	char *path = NULL;
	struct sl_buf text;
	enum sl_status status = SL_OK;

	*out = NULL;
	if (asprintf(&path, "%s/%s", session->options->dir, name) < 0)
		return SL_ERR_NOMEM;
	sl_buf_init(&text, INFO_MAX);
	if (access(path, F_OK) == 0) {
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
	status = read_json(session, "meta/info.json", &info);
	if (status != SL_OK) {
		free(dataset);
		return status;
	}
	dataset->episodes = (uint32_t)json_integer_value(
	    json_object_get(info, "total_episodes"));
	dataset->frames =
	    (uint64_t)json_integer_value(json_object_get(info, "total_frames"));
	dataset->videos =
	    (uint32_t)json_integer_value(json_object_get(info, "total_videos"));
	dataset->tasks = json_deep_copy(json_object_get(info, "sluice_tasks"));
	if (dataset->tasks == NULL)
		dataset->tasks = json_array();
	json_decref(info);
	if (session->options->count > 0 &&
	    session->options->first != dataset->episodes + 1) {
		uint32_t next = dataset->episodes + 1;

		json_decref(dataset->tasks);
		free(dataset);
		return sl_error_set(session->err, SL_ERR_INVALID,
		    "%s grows at its end: give --start %u",
		    session->options->dir, next);
	}
	*out_state = dataset;
	return SL_OK;
}

static void
free_dataset(void *state)
{
	struct dataset *dataset = state;

	if (dataset == NULL)
		return;
	json_decref(dataset->tasks);
	free(dataset);
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
	char *path = NULL;
	enum sl_status status = value == NULL ? SL_ERR_NOMEM : SL_OK;
	int fd;

	sl_buf_reset(&session->text);
	if (status == SL_OK)
		status = sl_json_dump(&session->text, value);
	json_decref(value);
	if (status == SL_OK)
		status = sl_buf_append_text(&session->text, "\n");
	if (status != SL_OK)
		return status;
	if (asprintf(&path, "%s/meta", session->options->dir) < 0)
		return SL_ERR_NOMEM;
	status = sl_file_make_dirs(path, session->err);
	free(path);
	if (status != SL_OK ||
	    asprintf(&path, "%s/%s", session->options->dir, name) < 0)
		return status == SL_OK ? SL_ERR_NOMEM : status;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		status = sl_error_errno(session->err, "%s", path);
	else
		status = sl_file_write_all(
		    fd, session->text.data, session->text.len, session->err);
	if (fd >= 0)
		close(fd);
	free(path);
	session->result->bytes += session->text.len;
	return status;
}

/* What the camera saw, 0 to 1 per channel. */
static json_t *
picture_stats(const struct episode *episode)
{
	uint8_t *picture = malloc(CAMERA_BYTES);
	struct lerobot_stats stats;
	json_t *value;

	if (picture == NULL)
		return NULL;
	lerobot_stats_init(&stats, 3);
	for (uint32_t i = 0; i < clip_frames(episode); i += STATS_PICTURE) {
		camera_draw(&episode->rollout,
		    rollout_row(&episode->rollout, CAMERA_FPS, i), picture);
		for (size_t at = 0; at < CAMERA_BYTES; at += 3 * 37) {
			double rgb[3] = {picture[at] / 255.0,
			    picture[at + 1] / 255.0, picture[at + 2] / 255.0};

			lerobot_stats_add(&stats, rgb);
		}
	}
	free(picture);
	value = lerobot_stats_json(&stats, 1);
	json_object_set_new(value, "count",
	    json_pack("[i]",
	        (int)((clip_frames(episode) + STATS_PICTURE - 1) /
	            STATS_PICTURE)));
	return value;
}

static json_t *
make_stats(const struct session *session, const struct episode *episode,
    const struct lerobot_rows *rows)
{
	struct lerobot_stats stats[4];
	json_t *value;

	lerobot_stats_init(&stats[0], LEROBOT_JOINTS);
	lerobot_stats_init(&stats[1], LEROBOT_JOINTS);
	lerobot_stats_init(&stats[2], LEROBOT_WRENCH);
	lerobot_stats_init(&stats[3], 1);
	for (uint32_t i = 0; i < rows->count; i++) {
		double state[LEROBOT_JOINTS];
		double action[LEROBOT_JOINTS];
		double wrench[LEROBOT_WRENCH];
		double time_s = (double)i / rows->hz;

		lerobot_table_row(episode, rows, i, state, action, wrench);
		lerobot_stats_add(&stats[0], state);
		lerobot_stats_add(&stats[1], action);
		lerobot_stats_add(&stats[2], wrench);
		lerobot_stats_add(&stats[3], &time_s);
	}
	value = json_pack("{s:o, s:o, s:o, s:o}", "observation.state",
	    lerobot_stats_json(&stats[0], 0), "action",
	    lerobot_stats_json(&stats[1], 0), "observation.wrench",
	    lerobot_stats_json(&stats[2], 0), "timestamp",
	    lerobot_stats_json(&stats[3], 0));
	if (value != NULL && session->options->has_camera &&
	    !session->result->no_ffmpeg)
		json_object_set_new(value, CAMERA_KEY, picture_stats(episode));
	return value;
}

static enum sl_status
write_meta(struct session *session, const struct episode *episode,
    const struct lerobot_rows *rows)
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
		    json_pack("{s:I, s:o}", "episode_index",
		        (json_int_t)rows->episode_index, "stats",
		        make_stats(session, episode, rows)));
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
	char name[NAME_MAX_LEN];
	enum sl_status status;

	snprintf(name, sizeof(name), "data/chunk-%03u/episode_%06u.parquet",
	    dataset->episodes / CHUNK_SIZE, dataset->episodes);
	status = lerobot_table_write(session, episode, &rows, name);
	if (status == SL_OK && session->options->has_camera) {
		snprintf(name, sizeof(name),
		    "videos/chunk-%03u/" CAMERA_KEY "/episode_%06u.mp4",
		    dataset->episodes / CHUNK_SIZE, dataset->episodes);
		status = clip_write_mp4(session, episode, name);
	}
	if (status == SL_OK)
		status = write_meta(session, episode, &rows);
	dataset->episodes++;
	dataset->frames += rows.count;
	dataset->videos += session->options->has_camera;
	return status;
}

/* ---- meta/info.json, meta/tasks.jsonl ---- */

static json_t *
make_vector(size_t width, bool has_gripper)
{
	json_t *names = json_array();
	static const char *const axes[] = {"fx", "fy", "fz", "tx", "ty", "tz"};

	for (size_t i = 0; i < width; i++)
		json_array_append_new(names,
		    json_string(!has_gripper ? axes[i]
		            : i < ARM_JOINTS ? arm_joint_names[i]
		                             : "gripper"));
	return json_pack("{s:s, s:[i], s:o}", "dtype", "float32", "shape",
	    (int)width, "names", names);
}

static json_t *
make_features(bool has_camera)
{
	static const char *const counters[] = {
	    "frame_index", "episode_index", "index", "task_index"};
	json_t *features = json_pack("{s:o, s:o, s:o, s:{s:s, s:[i], s:n}}",
	    "observation.state", make_vector(LEROBOT_JOINTS, true), "action",
	    make_vector(LEROBOT_JOINTS, true), "observation.wrench",
	    make_vector(LEROBOT_WRENCH, false), "timestamp", "dtype", "float32",
	    "shape", 1, "names");

	for (size_t i = 0; i < 4; i++)
		json_object_set_new(features, counters[i],
		    json_pack("{s:s, s:[i], s:n}", "dtype", "int64", "shape", 1,
		        "names"));
	if (has_camera)
		json_object_set_new(features, CAMERA_KEY,
		    json_pack("{s:s, s:[i,i,i], s:[s,s,s], s:{s:i, s:i, s:s, "
		              "s:s, s:b, s:i, s:i, s:b}}",
		        "dtype", "video", "shape", CAMERA_HEIGHT, CAMERA_WIDTH,
		        3, "names", "height", "width", "channels", "info",
		        "video.height", CAMERA_HEIGHT, "video.width",
		        CAMERA_WIDTH, "video.codec", "h264", "video.pix_fmt",
		        "yuv420p", "video.is_depth_map", 0, "video.fps",
		        CAMERA_FPS, "video.channels", 3, "has_audio", 0));
	return features;
}

static json_t *
make_info(const struct dataset *dataset, const char *split)
{
	bool has_camera = dataset->videos > 0;
	json_t *info = json_pack(
	    "{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:{s:s}, s:s, s:o, "
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
	    "features", make_features(has_camera), "sluice_tasks",
	    dataset->tasks);

	if (info != NULL)
		json_object_set_new(info, "video_path",
		    has_camera ? json_string("videos/chunk-{episode_chunk:03d}/"
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
	char split[32];
	json_t *info;
	char *text;
	enum sl_status status = write_tasks(session, dataset);

	snprintf(split, sizeof(split), "0:%u", dataset->episodes);
	session->result->total = dataset->episodes;
	if (status != SL_OK)
		return status;
	info = make_info(dataset, split);
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
    .begin = begin,
    .write = write_episode,
    .finish = finish,
    .free_state = free_dataset,
};
