#include "lerobot_v3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Walk one data file; one that cannot be read is the fault of the episodes
 * that should be in it. */
static enum sl_status
walk_shard(struct lerobot_v3 *v3, const char *path, struct lerobot_rows *found)
{
	struct lerobot *lerobot = v3->lerobot;
	struct sl_error why = {0};
	uint64_t strangers = 0;
	enum sl_status status;

	status = lerobot_shard_walk(
	    lerobot, path, found, v3->row_count, &strangers, &why);
	if (status == SL_ERR_INVALID || status == SL_ERR_LIMIT)
		return source_warn(lerobot->source, "%s: %s", path, why.text);
	if (status != SL_OK)
		return sl_error_set(lerobot->err, status, "%s", why.text);
	if (strangers > 0)
		return source_warn(lerobot->source,
		    "%s: %llu rows belong to no episode of meta/episodes", path,
		    (unsigned long long)strangers);
	return SL_OK;
}

static enum sl_status
walk_shards(struct lerobot_v3 *v3)
{
	const char *path;
	size_t at = 0;
	struct lerobot_rows *found = calloc(v3->row_count + 1, sizeof(*found));
	enum sl_status status = found == NULL ? SL_ERR_NOMEM : SL_OK;

	for (size_t i = 0; status == SL_OK && i < v3->row_count; i++)
		found[i] = v3->rows[i].rows;
	while (status == SL_OK &&
	    (path = lerobot_v3_next_table(v3, "data/", &at)) != NULL)
		status = walk_shard(v3, path, found);
	for (size_t i = 0; found != NULL && i < v3->row_count; i++)
		v3->rows[i].rows = found[i];
	free(found);
	return status;
}

static enum sl_status
judge_rows(struct lerobot_v3 *v3, const struct lerobot_v3_row *row,
    struct sl_source_episode *episode, const char *declared)
{
	const struct lerobot_rows *rows = &row->rows;
	struct sl_error why = {0};

	if (source_tree_find(&v3->lerobot->tree, declared) < 0 &&
	    rows->path == NULL)
		return lerobot_set_defect(episode, "%s is missing", declared);
	if (rows->path == NULL)
		return lerobot_set_defect(
		    episode, "%s has no rows of it that can be read", declared);
	return lerobot_rows_judge(
	           rows, episode->frames, "meta/episodes", &why) == SL_OK
	    ? SL_OK
	    : lerobot_set_defect(episode, "%s", why.text);
}

static enum sl_status
expand(struct lerobot_v3 *v3, const char *pattern, unsigned long long chunk,
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
claim_state(struct lerobot_v3 *v3, const struct lerobot_v3_row *row,
    struct sl_source_episode *episode)
{
	unsigned long long index = row->rows.index;
	char path[LEROBOT_PATH_MAX];
	enum sl_status status;

	status = expand(v3, v3->data_path, row->chunk, row->file, NULL, path);
	if (status == SL_OK)
		status = judge_rows(v3, row, episode, path);
	if (status != SL_OK || episode->defect != NULL ||
	    row->rows.path == NULL)
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
		status = expand(v3, LEROBOT_V3_DATA_PATH,
		    index / v3->lerobot->chunks_size, index, NULL, path);
	if (status == SL_OK)
		status =
		    source_add_file(episode, "state", path, v3->lerobot->err);
	if (status == SL_OK)
		status = source_set_part(episode, SL_SOURCE_ROWS,
		    row->rows.path, row->rows.first, row->rows.count);
	return status;
}

static enum sl_status
count_films(struct lerobot_v3 *v3)
{
	struct lerobot *lerobot = v3->lerobot;
	char path[LEROBOT_PATH_MAX];

	for (size_t i = 0; i < v3->row_count * lerobot->camera_count; i++) {
		const struct lerobot_v3_row *row =
		    &v3->rows[i / lerobot->camera_count];
		size_t n = i % lerobot->camera_count;
		const struct lerobot_v3_film *film = &row->films[n];
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
claim_film(struct lerobot_v3 *v3, const struct lerobot_v3_row *row,
    struct lerobot_camera *camera, struct sl_source_episode *episode)
{
	const struct lerobot_v3_film *film =
	    &row->films[camera - v3->lerobot->cameras];
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
	status = expand(v3, LEROBOT_V3_VIDEO_PATH,
	    index / v3->lerobot->chunks_size, index, camera, path);
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
claim_all(struct lerobot_v3 *v3)
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

enum sl_status
lerobot_v3_claim_files(struct lerobot_v3 *v3)
{
	enum sl_status status = walk_shards(v3);

	return status == SL_OK ? claim_all(v3) : status;
}
