#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lerobot.h"
#include "lerobot_shards.h"

#define UNCLAIMED_MAX 3 /* named in warnings; the rest is counted */

static enum sl_status
place_path(struct lerobot *lerobot, unsigned long long index,
    const struct lerobot_camera *camera, char path[LEROBOT_PATH_MAX])
{
	char key[256];
	struct lerobot_place place = {
	    .chunk = index / lerobot->chunks_size, .index = index};

	if (camera == NULL)
		return lerobot_path_expand(
		    path, lerobot->data_path, &place, lerobot->err);
	snprintf(key, sizeof(key), "%.*s", (int)camera->key_len, camera->key);
	place.video_key = key;
	return lerobot_path_expand(
	    path, lerobot->video_path, &place, lerobot->err);
}

/* A member that LeRobot does not know: metadata of our schema.  They say which
 * task it is, so the slug made of its text is not needed. */
static enum sl_status
add_described(struct sl_source_episode *episode, struct sl_error *err)
{
	json_t *metadata = json_object_get(episode->metadata, "metadata");
	char *path = NULL;
	enum sl_status status;

	if (!json_is_object(metadata))
		return SL_OK;
	memset(episode->facets.value, 0, sizeof(episode->facets.value));
	if (asprintf(&path, "metadata/%s.json", episode->key) < 0)
		return SL_ERR_NOMEM;
	status = source_add_metadata(episode, path, metadata, err);
	free(path);
	(void)json_object_del(episode->metadata, "metadata");
	return status;
}

static enum sl_status
set_facets(struct lerobot *lerobot, struct sl_source_episode *episode,
    const json_t *line)
{
	const char *task = json_string_value(
	    json_array_get(json_object_get(line, "tasks"), 0));
	double duration_ms = (double)episode->frames * 1000 / lerobot->fps;
	struct sl_facets *facets = &episode->facets;

	(void)sl_slug_make(facets->value[SL_FACET_TASK], sl_slice_text(task));
	memcpy(facets->value[SL_FACET_ROBOT], lerobot->robot,
	    sizeof(lerobot->robot));
	if (duration_ms > SL_DURATION_MS_MAX)
		return sl_error_set(lerobot->err, SL_ERR_INVALID,
		    "length is longer than %u ms", SL_DURATION_MS_MAX);
	facets->duration_ms = (uint32_t)llround(duration_ms);
	/* What episodes.jsonl says is the episode's metadata, plus what it
	 * needs from info.json to be read alone. */
	if (json_object_update(episode->metadata, (json_t *)(uintptr_t)line) !=
	        0 ||
	    json_object_set(episode->metadata, "fps",
	        json_object_get(lerobot->info, "fps")) != 0)
		return SL_ERR_NOMEM;
	return add_described(episode, lerobot->err);
}

enum sl_status
lerobot_open_file(
    const struct lerobot *lerobot, const char *path, int *fd, uint64_t *bytes)
{
	struct stat info;
	enum sl_status status = sl_source_open_file(
	    fd, lerobot->source->dir_fd, path, lerobot->err);

	if (status != SL_OK)
		return status;
	if (fstat(*fd, &info) != 0) {
		close(*fd);
		return sl_error_errno(lerobot->err, "%s", path);
	}
	*bytes = (uint64_t)info.st_size;
	return SL_OK;
}

enum sl_status
lerobot_set_defect(struct sl_source_episode *episode, const char *fmt, ...)
{
	va_list args;
	int len;

	if (episode->defect != NULL)
		return SL_OK;
	va_start(args, fmt);
	len = vasprintf(&episode->defect, fmt, args);
	va_end(args);
	if (len < 0)
		episode->defect = NULL;
	return len < 0 ? SL_ERR_NOMEM : SL_OK;
}

enum sl_status
lerobot_add_episode(struct lerobot *lerobot, json_t *line, struct sl_error *err)
{
	const json_t *index = json_object_get(line, "episode_index");
	const json_t *length = json_object_get(line, "length");
	struct sl_source_episode *episode;
	json_int_t value = json_integer_value(index);
	char key[32];
	enum sl_status status;

	if (!json_is_integer(index) || value < 0 || value > LEROBOT_INDEX_MAX)
		return sl_error_set(
		    err, SL_ERR_INVALID, "episode_index is no index");
	if (!json_is_integer(length) || json_integer_value(length) < 0 ||
	    json_integer_value(length) > INT_MAX)
		return sl_error_set(err, SL_ERR_INVALID, "length is no count");
	if ((lerobot->seen[value / 8] >> (value % 8) & 1) != 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "episode_index %lld a second time; each episode needs one "
		    "of its own",
		    (long long)value);
	lerobot->seen[value / 8] |= (unsigned char)(1u << (value % 8));
	snprintf(key, sizeof(key), "episode_%06lld", (long long)value);
	status = source_add_episode(lerobot->source, key, &episode, err);
	if (status != SL_OK)
		return status;
	episode->frames = (uint64_t)json_integer_value(length);
	status = set_facets(lerobot, episode, line);
	if (status == SL_OK && episode->frames == 0)
		status = lerobot_set_defect(episode, "it has no frames");
	return status;
}

static enum sl_status
on_episode(void *ctx, json_t *line, size_t number, struct sl_error *err)
{
	(void)number;
	return lerobot_add_episode(ctx, line, err);
}

unsigned long long
lerobot_episode_index(const struct sl_source_episode *episode)
{
	return (unsigned long long)json_integer_value(
	    json_object_get(episode->metadata, "episode_index"));
}

static int
compare_episodes(const void *a, const void *b)
{
	unsigned long long x = lerobot_episode_index(a);
	unsigned long long y = lerobot_episode_index(b);

	return (x > y) - (x < y);
}

static enum sl_status
read_episodes(struct lerobot *lerobot)
{
	enum sl_status status;

	status = source_read_lines(lerobot->source, "meta/episodes.jsonl",
	    on_episode, lerobot, lerobot->err);
	return status == SL_OK ? lerobot_finish_episodes(lerobot) : status;
}

enum sl_status
lerobot_finish_episodes(struct lerobot *lerobot)
{
	struct sl_source *source = lerobot->source;
	const json_t *total = json_object_get(lerobot->info, "total_episodes");
	const char *path =
	    lerobot->is_v3 ? "meta/episodes" : "meta/episodes.jsonl";

	if (source->episode_count == 0)
		return sl_error_set(
		    lerobot->err, SL_ERR_INVALID, "%s: no episode", path);
	qsort(source->episodes, source->episode_count,
	    sizeof(*source->episodes), compare_episodes);
	if (json_integer_value(total) != (json_int_t)source->episode_count)
		return source_warn(source,
		    "meta/info.json says %lld episodes, %s has %zu",
		    (long long)json_integer_value(total), path,
		    source->episode_count);
	return SL_OK;
}

/* Give the file to the episode if it is there. */
static enum sl_status
claim(struct lerobot *lerobot, struct sl_source_episode *episode,
    struct lerobot_camera *camera, bool *is_there, char path[LEROBOT_PATH_MAX])
{
	ptrdiff_t at;
	enum sl_status status;

	status =
	    place_path(lerobot, lerobot_episode_index(episode), camera, path);
	if (status != SL_OK)
		return status;
	at = source_tree_find(&lerobot->tree, path);
	*is_there = at >= 0;
	if (at < 0)
		return SL_OK;
	if (lerobot->claimed[at])
		return sl_error_set(lerobot->err, SL_ERR_INVALID,
		    "%s: the path template gives two episodes one file", path);
	lerobot->claimed[at] = true;
	if (camera != NULL)
		camera->found_count++;
	return source_add_file(episode,
	    camera == NULL ? "state" : camera->layer, path, lerobot->err);
}

/* In version 2 a file has the rows of one episode. */
static enum sl_status
judge_state(struct lerobot *lerobot, struct sl_source_episode *episode,
    const char *path)
{
	struct lerobot_rows rows = {.index = lerobot_episode_index(episode)};
	uint64_t strangers = 0;
	uint64_t bytes = 0;
	enum sl_status status;
	int fd;

	status = lerobot_open_file(lerobot, path, &fd, &bytes);
	if (status != SL_OK)
		return status;
	status = lerobot_shard_walk(
	    fd, bytes, path, &rows, 1, &strangers, lerobot->err);
	close(fd);
	if (status == SL_ERR_INVALID || status == SL_ERR_LIMIT)
		status = lerobot_set_defect(
		    episode, "%s: %s", path, lerobot->err->text);
	else if (status == SL_OK && strangers > 0)
		status = lerobot_set_defect(episode,
		    "%s has %llu rows of other episodes", path,
		    (unsigned long long)strangers);
	else if (status == SL_OK)
		status =
		    lerobot_rows_judge(&rows, episode, "meta/episodes.jsonl");
	free(rows.path);
	return status;
}

static enum sl_status
claim_states(struct lerobot *lerobot)
{
	char path[LEROBOT_PATH_MAX];

	for (size_t i = 0; i < lerobot->source->episode_count; i++) {
		struct sl_source_episode *episode =
		    &lerobot->source->episodes[i];
		bool is_there;
		enum sl_status status;

		status = claim(lerobot, episode, NULL, &is_there, path);
		if (status == SL_OK && !is_there)
			status =
			    lerobot_set_defect(episode, "%s is missing", path);
		else if (status == SL_OK)
			status = judge_state(lerobot, episode, path);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

static enum sl_status
claim_videos(struct lerobot *lerobot, struct lerobot_camera *camera)
{
	struct sl_source *source = lerobot->source;
	char path[LEROBOT_PATH_MAX];
	bool is_there;
	enum sl_status status;

	for (size_t i = 0; i < source->episode_count; i++) {
		status = claim(
		    lerobot, &source->episodes[i], camera, &is_there, path);
		if (status != SL_OK)
			return status;
	}
	if (camera->found_count == source->episode_count)
		return SL_OK;
	if (camera->found_count == 0)
		return source_warn(source,
		    "meta/info.json declares the video %.*s, no episode has a "
		    "file of it",
		    (int)camera->key_len, camera->key);
	for (size_t i = 0; i < source->episode_count; i++) {
		struct sl_source_episode *episode = &source->episodes[i];

		status = place_path(
		    lerobot, lerobot_episode_index(episode), camera, path);
		if (status == SL_OK &&
		    source_tree_find(&lerobot->tree, path) < 0)
			status =
			    lerobot_set_defect(episode, "%s is missing", path);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

/* `images/{key}/episode_{index:06d}/frame_….png` of image datasets. */
static enum sl_status
claim_images(struct lerobot *lerobot)
{
	struct sl_source *source = lerobot->source;
	size_t at = 0;

	for (size_t i = 0; i < lerobot->tree.count; i++) {
		const char *path = lerobot->tree.paths[i];
		struct lerobot_camera camera = {.key = path + 7};
		const char *end;
		enum sl_status status;

		if (strncmp(path, "images/", 7) != 0)
			continue;
		end = strchr(camera.key, '/');
		if (end == NULL || strncmp(end, "/episode_", 9) != 0)
			continue;
		camera.key_len = (size_t)(end - camera.key);
		status = lerobot_name_layer(&camera, 1, lerobot->err);
		if (status != SL_OK)
			return status;
		/* Sorted paths: the next one mostly belongs to the same. */
		for (size_t n = 0; n < source->episode_count; n++, at++) {
			struct sl_source_episode *episode;
			size_t key_len;

			at = at < source->episode_count ? at : 0;
			episode = &source->episodes[at];
			key_len = strlen(episode->key);
			if (strncmp(end + 1, episode->key, key_len) != 0 ||
			    end[1 + key_len] != '/')
				continue;
			lerobot->claimed[i] = true;
			status = source_add_file(
			    episode, camera.layer, path, lerobot->err);
			if (status != SL_OK)
				return status;
			break;
		}
	}
	return SL_OK;
}

/* meta/… and files at the top (README.md, LICENSE) go with the dataset; no
 * other file may, because dataset files are free of charge. */
enum sl_status
lerobot_claim_rest(struct lerobot *lerobot)
{
	struct sl_source *source = lerobot->source;
	size_t left = 0;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < lerobot->tree.count; i++) {
		const char *path = lerobot->tree.paths[i];

		if (lerobot->claimed[i])
			continue;
		if (strncmp(path, "meta/", 5) == 0 || strchr(path, '/') == NULL)
			status =
			    source_add_dataset_file(source, path, lerobot->err);
		else if (left++ < UNCLAIMED_MAX)
			status = source_warn(source,
			    "%s belongs to no episode and is left out", path);
	}
	if (status == SL_OK && left > UNCLAIMED_MAX)
		status = source_warn(source,
		    "%zu more files belong to no episode and are left out",
		    left - UNCLAIMED_MAX);
	return status;
}

static enum sl_status
on_plain_line(void *ctx, json_t *line, size_t number, struct sl_error *err)
{
	(void)ctx;
	(void)line;
	(void)number;
	(void)err;
	return SL_OK;
}

/* The other documents are delivered as they are; they must be sound JSON. */
static enum sl_status
check_meta(struct lerobot *lerobot)
{
	bool has_stats = false;

	for (size_t i = 0; i < lerobot->tree.count; i++) {
		const char *path = lerobot->tree.paths[i];
		size_t len = strlen(path);
		enum sl_status status = SL_OK;
		json_t *value = NULL;

		if (strncmp(path, "meta/", 5) != 0 ||
		    strcmp(path, "meta/episodes.jsonl") == 0 ||
		    strcmp(path, "meta/info.json") == 0)
			continue;
		if (strcmp(path, "meta/stats.json") == 0 ||
		    strcmp(path, "meta/episodes_stats.jsonl") == 0)
			has_stats = true;
		if (len > 6 && strcmp(path + len - 6, ".jsonl") == 0)
			status = source_read_lines(lerobot->source, path,
			    on_plain_line, NULL, lerobot->err);
		else if (len > 5 && strcmp(path + len - 5, ".json") == 0)
			status = source_read_json(
			    lerobot->source, path, &value, lerobot->err);
		json_decref(value);
		if (status != SL_OK)
			return status;
	}
	if (source_tree_find(&lerobot->tree, "meta/tasks.jsonl") < 0)
		return sl_error_set(lerobot->err, SL_ERR_INVALID,
		    "meta/tasks.jsonl is missing");
	if (!has_stats)
		return source_warn(lerobot->source,
		    "neither meta/stats.json nor meta/episodes_stats.jsonl");
	return SL_OK;
}

static size_t
count_videos(const struct lerobot *lerobot)
{
	size_t count = 0;

	for (size_t i = 0; i < lerobot->camera_count; i++)
		count += lerobot->cameras[i].found_count;
	return count;
}

static enum sl_status
read_v2(struct lerobot *lerobot)
{
	enum sl_status status = check_meta(lerobot);

	if (status == SL_OK)
		status = read_episodes(lerobot);
	if (status == SL_OK)
		status = lerobot_read_features(lerobot);
	if (status == SL_OK && lerobot->video_path != NULL)
		status = lerobot_find_undeclared(lerobot);
	if (status == SL_OK)
		status = lerobot_name_layers(lerobot);
	if (status == SL_OK)
		status = claim_states(lerobot);
	for (size_t i = 0; status == SL_OK && lerobot->video_path != NULL &&
	     i < lerobot->camera_count;
	     i++)
		status = claim_videos(lerobot, &lerobot->cameras[i]);
	if (status == SL_OK)
		status = claim_images(lerobot);
	if (status == SL_OK)
		status = lerobot_claim_rest(lerobot);
	if (status == SL_OK)
		status = lerobot_check_totals(lerobot, count_videos(lerobot));
	return status;
}

static enum sl_status
read_all(struct lerobot *lerobot)
{
	enum sl_status status;

	status = lerobot_read_info(lerobot);
	if (status == SL_OK)
		status = source_tree_read(
		    &lerobot->tree, lerobot->source->dir_fd, lerobot->err);
	if (status != SL_OK)
		return status;
	lerobot->claimed =
	    calloc(lerobot->tree.count + 1, sizeof(*lerobot->claimed));
	lerobot->seen = calloc(1, LEROBOT_INDEX_MAX / 8 + 1);
	if (lerobot->claimed == NULL || lerobot->seen == NULL)
		return SL_ERR_NOMEM;
	return lerobot->is_v3 ? lerobot_v3_read(lerobot) : read_v2(lerobot);
}

enum sl_status
sl_lerobot_open(struct sl_source **out, const char *dir, struct sl_error *err)
{
	struct lerobot *lerobot;
	enum sl_status status;

	*out = NULL;
	lerobot = calloc(1, sizeof(*lerobot));
	if (lerobot == NULL)
		return SL_ERR_NOMEM;
	lerobot->err = err;
	status = source_new(&lerobot->source, "lerobot", dir, err);
	if (status == SL_OK)
		status = read_all(lerobot);
	json_decref(lerobot->info);
	source_tree_clear(&lerobot->tree);
	free(lerobot->claimed);
	free(lerobot->seen);
	if (status == SL_OK)
		*out = lerobot->source;
	else
		sl_source_free(lerobot->source);
	free(lerobot);
	return status;
}
