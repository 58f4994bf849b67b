#include <stdio.h>
#include <string.h>

#include "sluice/base/checked.h"

#include "lerobot.h"

#define CHUNKS_MAX 1000000

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
	lerobot->is_v3 = strcmp(version, "v3.0") == 0;
	if (!lerobot->is_v3 && strcmp(version, "v2.0") != 0 &&
	    strcmp(version, "v2.1") != 0)
		return sl_error_set(lerobot->err, SL_ERR_INVALID,
		    "meta/info.json: codebase_version %.32s is not read, "
		    "only v2.0, v2.1 and v3.0",
		    version);
	return SL_OK;
}

enum sl_status
lerobot_read_info(struct lerobot *lerobot)
{
	json_t *value;
	const char *robot;
	enum sl_status status;

	status = source_read_json(
	    lerobot->source, "meta/info.json", &lerobot->info, lerobot->err);
	if (status == SL_ERR_NOT_FOUND)
		return sl_error_prefix(
		    lerobot->err, status, "not a LeRobot dataset");
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

static struct lerobot_camera *
find_camera(struct lerobot *lerobot, const char *key, size_t len)
{
	for (size_t i = 0; i < lerobot->camera_count; i++) {
		struct lerobot_camera *camera = &lerobot->cameras[i];

		if (camera->key_len == len &&
		    strncmp(camera->key, key, len) == 0)
			return camera;
	}
	return NULL;
}

static enum sl_status
add_camera(struct lerobot *lerobot, const char *key, size_t len,
    struct lerobot_camera **out)
{
	if (lerobot->camera_count == LEROBOT_CAMERAS_MAX)
		return sl_error_set(lerobot->err, SL_ERR_LIMIT,
		    "more than %d cameras", LEROBOT_CAMERAS_MAX);
	*out = &lerobot->cameras[lerobot->camera_count++];
	**out = (struct lerobot_camera){.key = key, .key_len = len};
	return SL_OK;
}

enum sl_status
lerobot_read_features(struct lerobot *lerobot)
{
	json_t *features = json_object_get(lerobot->info, "features");
	const char *key;
	json_t *feature;

	json_object_foreach (features, key, feature) {
		const char *type =
		    json_string_value(json_object_get(feature, "dtype"));
		json_t *more = json_object_get(feature, "info");
		struct lerobot_camera *camera = NULL;
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
enum sl_status
lerobot_find_undeclared(struct lerobot *lerobot)
{
	for (size_t i = 0; i < lerobot->tree.count; i++) {
		const char *path = lerobot->tree.paths[i];
		struct lerobot_camera *camera = NULL;
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
enum sl_status
lerobot_name_layer(
    struct lerobot_camera *camera, unsigned parts, struct sl_error *err)
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
has_twin(const struct lerobot *lerobot, const struct lerobot_camera *camera)
{
	for (size_t i = 0; i < lerobot->camera_count; i++) {
		const struct lerobot_camera *other = &lerobot->cameras[i];

		if (other != camera && strcmp(other->layer, camera->layer) == 0)
			return true;
	}
	return false;
}

enum sl_status
lerobot_name_layers(struct lerobot *lerobot)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < lerobot->camera_count; i++)
		status =
		    lerobot_name_layer(&lerobot->cameras[i], 1, lerobot->err);
	for (size_t i = 0; status == SL_OK && i < lerobot->camera_count; i++) {
		struct lerobot_camera *camera = &lerobot->cameras[i];

		for (unsigned parts = 2;
		     status == SL_OK && parts < 8 && has_twin(lerobot, camera);
		     parts++)
			status =
			    lerobot_name_layer(camera, parts, lerobot->err);
		if (has_twin(lerobot, camera))
			return sl_error_set(lerobot->err, SL_ERR_INVALID,
			    "camera %.*s: no layer name can be made of it",
			    (int)camera->key_len, camera->key);
	}
	return status;
}

/* "0:100" → 100; -1 if it is anything else. */
static long long
split_end(const json_t *split)
{
	const char *text = json_string_value(split);
	uint64_t end;

	if (text == NULL || strncmp(text, "0:", 2) != 0 ||
	    !sl_parse_u64(text + 2, INT32_MAX, &end))
		return -1;
	return (long long)end;
}

static enum sl_status
check_total(struct lerobot *lerobot, const char *key, unsigned long long found)
{
	const json_t *total = json_object_get(lerobot->info, key);

	if (!json_is_integer(total) ||
	    (unsigned long long)json_integer_value(total) == found)
		return SL_OK;
	return source_warn(lerobot->source,
	    "meta/info.json: %s is %lld, there are %llu", key,
	    (long long)json_integer_value(total), found);
}

static enum sl_status
check_splits(struct lerobot *lerobot)
{
	size_t count = lerobot->source->episode_count;
	const char *name;
	json_t *split;

	json_object_foreach (
	    json_object_get(lerobot->info, "splits"), name, split) {
		if (split_end(split) <= (long long)count)
			continue;
		if (source_warn(lerobot->source,
		        "meta/info.json: split %s is %s, there are %zu "
		        "episodes",
		        name, json_string_value(split), count) != SL_OK)
			return SL_ERR_NOMEM;
	}
	return SL_OK;
}

enum sl_status
lerobot_check_totals(struct lerobot *lerobot, size_t videos)
{
	const struct sl_source *source = lerobot->source;
	unsigned long long frames = 0;
	unsigned long long chunks = 0;
	enum sl_status status;

	for (size_t i = 0; i < source->episode_count; i++)
		frames += source->episodes[i].frames;
	if (source->episode_count > 0)
		chunks = lerobot_episode_index(
		             &source->episodes[source->episode_count - 1]) /
		        lerobot->chunks_size +
		    1;
	status = check_total(lerobot, "total_frames", frames);
	if (status == SL_OK)
		status = check_total(lerobot, "total_videos", videos);
	if (status == SL_OK)
		status = check_total(lerobot, "total_chunks", chunks);
	if (status == SL_OK)
		status = check_splits(lerobot);
	return status;
}
