#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lerobot.h"

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

static enum sl_status
on_episode(void *ctx, json_t *line, size_t number, struct sl_error *err)
{
	(void)number;
	return lerobot_add_episode(ctx, line, err);
}

static enum sl_status
read_episodes(struct lerobot *lerobot)
{
	enum sl_status status;

	status = source_read_lines(lerobot->source, "meta/episodes.jsonl",
	    on_episode, lerobot, lerobot->err);
	return status == SL_OK ? lerobot_finish_episodes(lerobot) : status;
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
			status = source_set_part(episode, SL_SOURCE_TABLE, path,
			    lerobot_episode_index(episode), episode->frames);
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

enum sl_status
lerobot_v2_read(struct lerobot *lerobot)
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
