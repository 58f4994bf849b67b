#include "lerobot_set.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lerobot_root.h"
#include "mirror_file.h"
#include "sluice/base/array.h"
#include "sluice/base/checked.h"
#include "sluice/base/hex.h"
#include "sluice/crypto/sha256.h"
#include "sluice/formats/media.h"

/* Changes what is written of the same episodes: part of every key. */
#define MAKER "sluice-export/1"

static bool
has_suffix(const char *path, const char *suffix)
{
	size_t len = strlen(path);
	size_t suffix_len = strlen(suffix);

	return len > suffix_len && strcmp(path + len - suffix_len, suffix) == 0;
}

/* "…/observation.images.wrist/episode_000003.mp4" → the folder's name, which
 * is the feature's. */
static int
video_of(struct lerobot_set *set, const char *path)
{
	const char *end = strrchr(path, '/');
	const char *from = end;
	size_t len;

	if (end == NULL)
		return -1;
	while (from > path && from[-1] != '/')
		from--;
	len = (size_t)(end - from);
	for (size_t i = 0; i < set->video_count; i++) {
		if (strlen(set->videos[i]) == len &&
		    memcmp(set->videos[i], from, len) == 0)
			return (int)i;
	}
	if (set->video_count == LEROBOT_VIDEOS_MAX)
		return -1;
	set->videos[set->video_count] = strndup(from, len);
	if (set->videos[set->video_count] == NULL)
		return -1;
	return (int)set->video_count++;
}

static void
find_line(struct lerobot_episode *episode)
{
	char index[LEROBOT_INDEX_MAX];

	if (!lerobot_root_index(episode->state->path, index))
		return;
	episode->line = json_object_get(episode->root->lines, index);
	episode->images = json_object_get(episode->root->images, index);
}

static enum sl_status
count_rows(const struct lerobot_set *set, struct lerobot_episode *episode,
    struct sl_error *err)
{
	struct sl_media_info info = {0};
	enum sl_status status;
	int fd;

	status = sl_contents_open_file(
	    &fd, set->run->contents, episode->state->path, err);
	if (status != SL_OK)
		return status;
	status = sl_parquet_check(&info, fd, episode->state->bytes, err);
	close(fd);
	if (status != SL_OK)
		return mirror_file_blame(set->run, episode->state, status, err);
	episode->length = info.count;
	return SL_OK;
}

static void
leave_out(struct lerobot_set *set, const struct sl_contents_episode *from,
    const char *why)
{
	set->run->result->left_out++;
	export_warn(set->run, "episode %u is left out: %s", from->number, why);
}

static enum sl_status
add_episode(struct lerobot_set *set, const struct sl_contents_episode *from,
    struct sl_error *err)
{
	struct lerobot_episode *episodes =
	    sl_array_room(set->episodes, set->episode_count, sizeof(*episodes));
	struct lerobot_episode *episode;
	enum sl_status status;

	if (episodes == NULL)
		return SL_ERR_NOMEM;
	set->episodes = episodes;
	episode = &episodes[set->episode_count];
	*episode = (struct lerobot_episode){.from = from};
	for (size_t i = 0; i < from->file_count; i++) {
		const struct sl_contents_file *file = &from->files[i];
		int video;

		if (strcmp(file->layer, "state") == 0 &&
		    has_suffix(file->path, ".parquet"))
			episode->state = file;
		if (!has_suffix(file->path, ".mp4"))
			continue;
		video = video_of(set, file->path);
		if (video >= 0)
			episode->videos[video] = file;
	}
	if (episode->state == NULL) {
		leave_out(set, from, "its layer state is not here");
		return SL_OK;
	}
	episode->root = lerobot_root_of(set, episode->state->path);
	if (episode->root == NULL) {
		leave_out(set, from, "it belongs to no LeRobot source");
		return SL_OK;
	}
	find_line(episode);
	status = count_rows(set, episode, err);
	if (status == SL_OK && episode->length == 0)
		leave_out(set, from, "it has no frames");
	else if (status == SL_OK)
		set->episode_count++;
	return status;
}

/* An episode without a film that others have fits into no LeRobot dataset. */
static void
drop_partial(struct lerobot_set *set)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->episode_count; i++) {
		const struct lerobot_episode *episode = &set->episodes[i];
		size_t missing = set->video_count;

		for (size_t n = 0; n < set->video_count; n++) {
			if (episode->videos[n] == NULL)
				missing = n;
		}
		if (missing == set->video_count) {
			set->episodes[kept++] = *episode;
			continue;
		}
		set->run->result->left_out++;
		export_warn(set->run,
		    "episode %u is left out: it has no video %s, which others "
		    "have",
		    episode->from->number, set->videos[missing]);
	}
	set->episode_count = kept;
}

static bool
is_exported(
    const struct lerobot_set *set, const char *name, const json_t *feature)
{
	const char *type = json_string_value(json_object_get(feature, "dtype"));

	if (type == NULL || strcmp(type, "video") != 0)
		return true;
	for (size_t i = 0; i < set->video_count; i++) {
		if (strcmp(set->videos[i], name) == 0)
			return true;
	}
	return false;
}

/* In every LeRobot dataset. */
static enum sl_status
add_defaults(json_t *features)
{
	static const struct {
		const char *name;
		const char *type;
	} defaults[] = {{"timestamp", "float32"}, {"frame_index", "int64"},
	    {"episode_index", "int64"}, {"index", "int64"},
	    {"task_index", "int64"}};

	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++) {
		if (json_object_get(features, defaults[i].name) != NULL)
			continue;
		if (json_object_set_new(features, defaults[i].name,
		        json_pack("{s:s, s:[i], s:n}", "dtype",
		            defaults[i].type, "shape", 1, "names")) != 0)
			return SL_ERR_NOMEM;
	}
	return SL_OK;
}

static enum sl_status
make_features(struct lerobot_set *set, struct sl_error *err)
{
	const json_t *first = json_object_get(set->roots[0].info, "features");
	const char *name;
	json_t *feature;

	set->fps =
	    json_number_value(json_object_get(set->roots[0].info, "fps"));
	if (!(set->fps > 0))
		return sl_error_set(err, SL_ERR_INVALID,
		    "%smeta/info.json: fps is no positive number",
		    set->roots[0].prefix);
	for (size_t i = 1; i < set->root_count; i++) {
		const json_t *info = set->roots[i].info;

		if (json_equal(json_object_get(info, "features"), first) &&
		    json_number_value(json_object_get(info, "fps")) == set->fps)
			continue;
		return sl_error_code(err, SL_ERR_INVALID, "features_differ",
		    "%smeta/info.json has other features or another fps than "
		    "%smeta/info.json: export them apart with --where",
		    set->roots[i].prefix, set->roots[0].prefix);
	}
	set->features = json_object();
	json_object_foreach ((json_t *)(uintptr_t)first, name, feature) {
		if (is_exported(set, name, feature) &&
		    json_object_set(set->features, name, feature) != 0)
			return SL_ERR_NOMEM;
	}
	for (size_t i = 0; i < set->video_count; i++) {
		if (json_object_get(set->features, set->videos[i]) != NULL)
			continue;
		export_warn(set->run,
		    "video %s is not among the features of meta/info.json",
		    set->videos[i]);
	}
	return add_defaults(set->features);
}

enum sl_status
lerobot_set_read(
    struct lerobot_set *set, struct export_run *run, struct sl_error *err)
{
	enum sl_status status;

	*set = (struct lerobot_set){.run = run, .tasks = json_array()};
	if (set->tasks == NULL)
		return SL_ERR_NOMEM;
	status = lerobot_roots_read(set, err);
	for (size_t i = 0; status == SL_OK && i < run->contents->episode_count;
	     i++) {
		if (run->contents->episodes[i].number == 0)
			continue;
		status = add_episode(set, &run->contents->episodes[i], err);
		if (status == SL_OK)
			status = export_is_wanted(run, err);
	}
	if (status != SL_OK)
		return status;
	drop_partial(set);
	if (set->episode_count == 0)
		return sl_error_code(err, SL_ERR_INVALID, "no_episode",
		    "no episode of the mirror can be exported");
	for (size_t i = 0; i < set->episode_count; i++)
		set->frames += set->episodes[i].length;
	run->result->episodes = set->episode_count;
	run->result->frames = set->frames;
	return make_features(set, err);
}

void
lerobot_set_clear(struct lerobot_set *set)
{
	for (size_t i = 0; i < set->root_count; i++)
		lerobot_root_clear(&set->roots[i]);
	free(set->roots);
	free(set->episodes);
	for (size_t i = 0; i < set->video_count; i++)
		free(set->videos[i]);
	json_decref(set->features);
	json_decref(set->tasks);
	*set = (struct lerobot_set){0};
}

json_t *
lerobot_set_tasks_of(
    const struct lerobot_set *set, const struct lerobot_episode *episode)
{
	json_t *tasks = json_object_get(episode->line, "tasks");

	(void)set;
	return json_is_array(tasks) ? json_incref(tasks) : json_array();
}

json_t *
lerobot_set_info(const struct lerobot_set *set)
{
	const json_t *source = set->roots[0].info;
	json_t *robot = json_object_get(source, "robot_type");
	json_t *fps = set->fps == floor(set->fps)
	    ? json_integer((json_int_t)set->fps)
	    : json_real(set->fps);
	char split[32];

	snprintf(split, sizeof(split), "0:%zu", set->episode_count);
	return json_pack("{s:n, s:O?, s:I, s:I, s:I, s:i, s:o, s:{s:s}, s:n, "
	                 "s:n, s:O}",
	    "codebase_version", "robot_type", robot, "total_episodes",
	    (json_int_t)set->episode_count, "total_frames",
	    (json_int_t)set->frames, "total_tasks",
	    (json_int_t)json_array_size(set->tasks), "chunks_size", 1000, "fps",
	    fps, "splits", "train", split, "data_path", "video_path",
	    "features", set->features);
}

static void
add_text(struct sl_sha256 *hash, const char *text)
{
	/* With its end, so that two texts are never one. */
	sl_sha256_update(hash, text, strlen(text) + 1);
}

static void
add_json(struct sl_sha256 *hash, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	if (text != NULL)
		add_text(hash, text);
	free(text);
}

enum sl_status
lerobot_set_key(const struct lerobot_set *set, size_t first, size_t count,
    uint64_t first_row, char key[65])
{
	uint64_t place[2] = {first, first_row};
	unsigned char digest[32];
	struct sl_sha256 hash;
	enum sl_status status = sl_sha256_init(&hash);

	if (status != SL_OK)
		return status;
	add_text(&hash, MAKER);
	add_text(&hash, set->run->options->layout);
	add_json(&hash, set->features);
	sl_sha256_update(&hash, place, sizeof(place));
	for (size_t i = first; i < first + count; i++) {
		const struct lerobot_episode *episode = &set->episodes[i];

		sl_sha256_update(&hash, episode->state->sha256, 32);
		add_json(&hash, episode->line);
		add_json(&hash, episode->images);
		sl_sha256_update(&hash, episode->root->tasks,
		    episode->root->task_count * sizeof(*episode->root->tasks));
	}
	status = sl_sha256_final(&hash, digest);
	if (status == SL_OK)
		sl_hex_encode(key, digest, 32);
	return status;
}
