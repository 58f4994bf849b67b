#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/catalog/layer.h"
#include "sluice/catalog/name.h"

#include "lerobot_path.h"
#include "source_build.h"

#define INDEX_MAX     9999999
#define CHUNKS_MAX    1000000
#define CAMERAS_MAX   64
#define UNCLAIMED_MAX 3 /* named in warnings; the rest is counted */

struct camera {
	const char *key; /* borrowed from info or the tree */
	size_t key_len;
	char layer[SL_LAYER_MAX + 1];
	bool is_declared;
	bool is_depth;
	size_t found_count;
};

struct lerobot {
	struct sl_source *source;
	struct source_tree tree;
	bool *claimed; /* per path of the tree */
	json_t *info;
	const char *data_path;
	const char *video_path; /* NULL: no videos */
	unsigned long long chunks_size;
	double fps;
	char robot[SL_SLUG_MAX + 1];
	struct camera cameras[CAMERAS_MAX];
	size_t camera_count;
	unsigned char *seen; /* bit per episode index */
	struct sl_error *err;
};

static enum sl_status
info_error(struct lerobot *lerobot, const char *what)
{
	return sl_error_set(
	    lerobot->err, SL_ERR_INVALID, "meta/info.json: %s", what);
}

static enum sl_status
check_version(struct lerobot *lerobot)
{
	const char *version = json_string_value(
	    json_object_get(lerobot->info, "codebase_version"));

	if (version == NULL)
		return info_error(lerobot, "no codebase_version");
	if (strcmp(version, "v2.0") != 0 && strcmp(version, "v2.1") != 0)
		return sl_error_set(lerobot->err, SL_ERR_INVALID,
		    "meta/info.json: codebase_version %.32s is not read, "
		    "only v2.0 and v2.1",
		    version);
	return SL_OK;
}

static enum sl_status
read_info(struct lerobot *lerobot)
{
	json_t *value;
	const char *robot;
	enum sl_status status;

	status = source_read_json(
	    lerobot->source, "meta/info.json", &lerobot->info, lerobot->err);
	if (status == SL_ERR_NOT_FOUND)
		return sl_error_prefix(
		    lerobot->err, status, "not a LeRobot v2 dataset");
	if (status != SL_OK)
		return status;
	status = check_version(lerobot);
	if (status != SL_OK)
		return status;
	value = json_object_get(lerobot->info, "chunks_size");
	if (!json_is_integer(value) || json_integer_value(value) < 1 ||
	    json_integer_value(value) > CHUNKS_MAX)
		return info_error(lerobot, "chunks_size is no positive number");
	lerobot->chunks_size = (unsigned long long)json_integer_value(value);
	lerobot->fps = json_number_value(json_object_get(lerobot->info, "fps"));
	if (!(lerobot->fps > 0 && lerobot->fps <= 1e6))
		return info_error(lerobot, "fps is no positive number");
	lerobot->data_path =
	    json_string_value(json_object_get(lerobot->info, "data_path"));
	lerobot->video_path =
	    json_string_value(json_object_get(lerobot->info, "video_path"));
	if (lerobot->data_path == NULL)
		return info_error(lerobot, "no data_path");
	if (!json_is_object(json_object_get(lerobot->info, "features")))
		return info_error(lerobot, "no features");
	robot = json_string_value(json_object_get(lerobot->info, "robot_type"));
	(void)sl_slug_make(lerobot->robot, sl_slice_text(robot));
	return SL_OK;
}

static struct camera *
find_camera(struct lerobot *lerobot, const char *key, size_t len)
{
	for (size_t i = 0; i < lerobot->camera_count; i++) {
		struct camera *camera = &lerobot->cameras[i];

		if (camera->key_len == len &&
		    strncmp(camera->key, key, len) == 0)
			return camera;
	}
	return NULL;
}

static enum sl_status
add_camera(
    struct lerobot *lerobot, const char *key, size_t len, struct camera **out)
{
	if (lerobot->camera_count == CAMERAS_MAX)
		return sl_error_set(lerobot->err, SL_ERR_LIMIT,
		    "more than %d cameras", CAMERAS_MAX);
	*out = &lerobot->cameras[lerobot->camera_count++];
	**out = (struct camera){.key = key, .key_len = len};
	return SL_OK;
}

static enum sl_status
read_features(struct lerobot *lerobot)
{
	json_t *features = json_object_get(lerobot->info, "features");
	const char *key;
	json_t *feature;

	json_object_foreach (features, key, feature) {
		const char *type =
		    json_string_value(json_object_get(feature, "dtype"));
		json_t *more = json_object_get(feature, "info");
		struct camera *camera = NULL;
		enum sl_status status;

		if (type == NULL)
			return info_error(lerobot, "a feature has no dtype");
		if (strcmp(type, "video") != 0)
			continue;
		if (more == NULL)
			more = json_object_get(feature, "video_info");
		status = add_camera(lerobot, key, strlen(key), &camera);
		if (status != SL_OK)
			return status;
		camera->is_declared = true;
		camera->is_depth =
		    json_is_true(json_object_get(more, "video.is_depth_map"));
	}
	return SL_OK;
}

/* Videos that lie at LeRobot's usual place without being declared. */
static enum sl_status
find_undeclared(struct lerobot *lerobot)
{
	for (size_t i = 0; i < lerobot->tree.count; i++) {
		const char *path = lerobot->tree.paths[i];
		struct camera *camera = NULL;
		const char *key;
		const char *end;
		enum sl_status status;

		if (strncmp(path, "videos/chunk-", 13) != 0)
			continue;
		key = strchr(path + 13, '/');
		end = key == NULL ? NULL : strchr(key + 1, '/');
		if (end == NULL || strchr(end + 1, '/') != NULL)
			continue;
		key++;
		if (find_camera(lerobot, key, (size_t)(end - key)) != NULL)
			continue;
		status = add_camera(lerobot, key, (size_t)(end - key), &camera);
		if (status != SL_OK)
			return status;
		if (source_warn(lerobot->source,
		        "videos of %.*s are not declared in meta/info.json",
		        (int)camera->key_len, camera->key) != SL_OK)
			return SL_ERR_NOMEM;
	}
	return SL_OK;
}

/* The last `parts` dot-components of the key, as a slug. */
static enum sl_status
name_layer(struct camera *camera, unsigned parts, struct sl_error *err)
{
	const char *end = camera->key + camera->key_len;
	const char *from;

	for (from = end; from > camera->key; from--) {
		if (from[-1] == '.' && --parts == 0)
			break;
	}
	return sl_layer_make(camera->layer,
	    camera->is_depth ? "depth" : "video",
	    sl_slice_of(from, (size_t)(end - from)), err);
}

static bool
has_twin(const struct lerobot *lerobot, const struct camera *camera)
{
	for (size_t i = 0; i < lerobot->camera_count; i++) {
		const struct camera *other = &lerobot->cameras[i];

		if (other != camera && strcmp(other->layer, camera->layer) == 0)
			return true;
	}
	return false;
}

static enum sl_status
name_layers(struct lerobot *lerobot)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < lerobot->camera_count; i++)
		status = name_layer(&lerobot->cameras[i], 1, lerobot->err);
	for (size_t i = 0; status == SL_OK && i < lerobot->camera_count; i++) {
		struct camera *camera = &lerobot->cameras[i];

		for (unsigned parts = 2;
		     status == SL_OK && parts < 8 && has_twin(lerobot, camera);
		     parts++)
			status = name_layer(camera, parts, lerobot->err);
		if (has_twin(lerobot, camera))
			return sl_error_set(lerobot->err, SL_ERR_INVALID,
			    "camera %.*s: no layer name can be made of it",
			    (int)camera->key_len, camera->key);
	}
	return status;
}

static enum sl_status
place_path(struct lerobot *lerobot, unsigned long long index,
    const struct camera *camera, char path[LEROBOT_PATH_MAX])
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
	return SL_OK;
}

static enum sl_status
on_episode(void *ctx, json_t *line, size_t number, struct sl_error *err)
{
	struct lerobot *lerobot = ctx;
	const json_t *index = json_object_get(line, "episode_index");
	const json_t *length = json_object_get(line, "length");
	struct sl_source_episode *episode;
	json_int_t value = json_integer_value(index);
	char key[32];
	enum sl_status status;

	(void)number;
	if (!json_is_integer(index) || value < 0 || value > INDEX_MAX)
		return sl_error_set(
		    err, SL_ERR_INVALID, "episode_index is no index");
	if (!json_is_integer(length) || json_integer_value(length) < 0 ||
	    json_integer_value(length) > INT_MAX)
		return sl_error_set(err, SL_ERR_INVALID, "length is no count");
	if ((lerobot->seen[value / 8] >> (value % 8) & 1) != 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "episode_index %lld a second time", (long long)value);
	lerobot->seen[value / 8] |= (unsigned char)(1u << (value % 8));
	snprintf(key, sizeof(key), "episode_%06lld", (long long)value);
	status = source_add_episode(lerobot->source, key, &episode, err);
	if (status != SL_OK)
		return status;
	episode->frames = (uint64_t)json_integer_value(length);
	return set_facets(lerobot, episode, line);
}

static unsigned long long
episode_index(const struct sl_source_episode *episode)
{
	return (unsigned long long)json_integer_value(
	    json_object_get(episode->metadata, "episode_index"));
}

static int
compare_episodes(const void *a, const void *b)
{
	unsigned long long x = episode_index(a);
	unsigned long long y = episode_index(b);

	return (x > y) - (x < y);
}

static enum sl_status
read_episodes(struct lerobot *lerobot)
{
	struct sl_source *source = lerobot->source;
	const json_t *total = json_object_get(lerobot->info, "total_episodes");
	enum sl_status status;

	lerobot->seen = calloc(1, INDEX_MAX / 8 + 1);
	if (lerobot->seen == NULL)
		return SL_ERR_NOMEM;
	status = source_read_lines(
	    source, "meta/episodes.jsonl", on_episode, lerobot, lerobot->err);
	if (status != SL_OK)
		return status;
	if (source->episode_count == 0)
		return sl_error_set(lerobot->err, SL_ERR_INVALID,
		    "meta/episodes.jsonl: no episode");
	qsort(source->episodes, source->episode_count,
	    sizeof(*source->episodes), compare_episodes);
	if (json_integer_value(total) != (json_int_t)source->episode_count)
		return source_warn(source,
		    "meta/info.json says %lld episodes, meta/episodes.jsonl "
		    "has %zu",
		    (long long)json_integer_value(total),
		    source->episode_count);
	return SL_OK;
}

/* Give the file to the episode if it is there. */
static enum sl_status
claim(struct lerobot *lerobot, struct sl_source_episode *episode,
    struct camera *camera, bool *is_there, char path[LEROBOT_PATH_MAX])
{
	ptrdiff_t at;
	enum sl_status status;

	status = place_path(lerobot, episode_index(episode), camera, path);
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

static enum sl_status
set_defect(struct sl_source_episode *episode, const char *path)
{
	if (episode->defect == NULL &&
	    asprintf(&episode->defect, "%s is missing", path) < 0) {
		episode->defect = NULL;
		return SL_ERR_NOMEM;
	}
	return SL_OK;
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
			status = set_defect(episode, path);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

static enum sl_status
claim_videos(struct lerobot *lerobot, struct camera *camera)
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
		    "feature %.*s is declared and has no file",
		    (int)camera->key_len, camera->key);
	for (size_t i = 0; i < source->episode_count; i++) {
		struct sl_source_episode *episode = &source->episodes[i];

		status =
		    place_path(lerobot, episode_index(episode), camera, path);
		if (status == SL_OK &&
		    source_tree_find(&lerobot->tree, path) < 0)
			status = set_defect(episode, path);
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
		struct camera camera = {.key = path + 7};
		const char *end;
		enum sl_status status;

		if (strncmp(path, "images/", 7) != 0)
			continue;
		end = strchr(camera.key, '/');
		if (end == NULL || strncmp(end, "/episode_", 9) != 0)
			continue;
		camera.key_len = (size_t)(end - camera.key);
		status = name_layer(&camera, 1, lerobot->err);
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
static enum sl_status
claim_rest(struct lerobot *lerobot)
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

static enum sl_status
read_all(struct lerobot *lerobot)
{
	enum sl_status status;

	status = read_info(lerobot);
	if (status == SL_OK)
		status = source_tree_read(
		    &lerobot->tree, lerobot->source->dir_fd, lerobot->err);
	if (status != SL_OK)
		return status;
	lerobot->claimed =
	    calloc(lerobot->tree.count + 1, sizeof(*lerobot->claimed));
	if (lerobot->claimed == NULL)
		return SL_ERR_NOMEM;
	status = check_meta(lerobot);
	if (status == SL_OK)
		status = read_episodes(lerobot);
	if (status == SL_OK)
		status = read_features(lerobot);
	if (status == SL_OK && lerobot->video_path != NULL)
		status = find_undeclared(lerobot);
	if (status == SL_OK)
		status = name_layers(lerobot);
	if (status == SL_OK)
		status = claim_states(lerobot);
	for (size_t i = 0; status == SL_OK && lerobot->video_path != NULL &&
	     i < lerobot->camera_count;
	     i++)
		status = claim_videos(lerobot, &lerobot->cameras[i]);
	if (status == SL_OK)
		status = claim_images(lerobot);
	if (status == SL_OK)
		status = claim_rest(lerobot);
	return status;
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
