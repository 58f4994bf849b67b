#include "lerobot_v3.h"

#include <stdlib.h>
#include <string.h>

/* A description of an episode in text; all of them are held. */
#define TEXT_MAX (512u << 20)

static enum sl_status
add_info(struct lerobot_v3 *v3)
{
	struct lerobot *lerobot = v3->lerobot;
	const struct sl_source *source = lerobot->source;
	json_t *info = json_copy(lerobot->info);
	unsigned long long videos = 0;
	unsigned long long last =
	    v3->rows[v3->row_count - 1].rows.index / lerobot->chunks_size;
	ptrdiff_t at = source_tree_find(&lerobot->tree, "meta/info.json");
	char *text;
	int bad;

	for (size_t i = 0; i < lerobot->camera_count; i++)
		videos += lerobot->cameras[i].found_count;
	if (at >= 0)
		lerobot->claimed[at] = true;
	(void)json_object_del(info, "data_files_size_in_mb");
	(void)json_object_del(info, "video_files_size_in_mb");
	bad =
	    json_object_set_new(info, "codebase_version", json_string("v2.1"));
	bad |= json_object_set_new(
	    info, "data_path", json_string(LEROBOT_V3_DATA_PATH));
	if (v3->video_path != NULL)
		bad |= json_object_set_new(
		    info, "video_path", json_string(LEROBOT_V3_VIDEO_PATH));
	bad |= json_object_set_new(info, "total_episodes",
	    json_integer((json_int_t)source->episode_count));
	bad |= json_object_set_new(
	    info, "total_videos", json_integer((json_int_t)videos));
	bad |= json_object_set_new(
	    info, "total_chunks", json_integer((json_int_t)last + 1));
	text = bad != 0 ? NULL : json_dumps(info, JSON_INDENT(4));
	json_decref(info);
	return source_add_generated(
	    lerobot->source, "meta/info.json", text, lerobot->err);
}

static enum sl_status
read_v3(struct lerobot_v3 *v3)
{
	struct lerobot *lerobot = v3->lerobot;
	enum sl_status status;

	status = lerobot_read_features(lerobot);
	if (status == SL_OK)
		status = lerobot_name_layers(lerobot);
	if (status == SL_OK)
		status = lerobot_v3_read_tasks(v3);
	if (status == SL_OK)
		status = lerobot_v3_read_episodes(v3);
	if (status == SL_OK)
		status = lerobot_v3_claim_files(v3);
	if (status == SL_OK)
		status = add_info(v3);
	if (status == SL_OK)
		status = lerobot_v3_add_text(
		    v3, "meta/episodes.jsonl", &v3->episodes);
	if (status == SL_OK && v3->stats.len > 0)
		status = lerobot_v3_add_text(
		    v3, "meta/episodes_stats.jsonl", &v3->stats);
	if (status == SL_OK)
		status = lerobot_claim_rest(lerobot);
	if (status == SL_OK)
		status = lerobot_check_totals(lerobot, 0);
	return status;
}

const char *
lerobot_v3_next_table(struct lerobot_v3 *v3, const char *folder, size_t *at)
{
	static const char suffix[] = ".parquet";
	const size_t suffix_len = sizeof(suffix) - 1;
	struct lerobot *lerobot = v3->lerobot;

	while (*at < lerobot->tree.count) {
		size_t i = (*at)++;
		const char *path = lerobot->tree.paths[i];
		size_t len = strlen(path);

		if (strncmp(path, folder, strlen(folder)) != 0 ||
		    len <= suffix_len ||
		    strcmp(path + len - suffix_len, suffix) != 0)
			continue;
		lerobot->claimed[i] = true;
		return path;
	}
	return NULL;
}

enum sl_status
lerobot_v3_add_text(
    struct lerobot_v3 *v3, const char *path, struct sl_buf *text)
{
	const char *copied = sl_buf_text(text);
	enum sl_status status;

	if (copied == NULL)
		return SL_ERR_NOMEM;
	status = source_add_generated(
	    v3->lerobot->source, path, strdup(copied), v3->lerobot->err);
	sl_buf_clear(text);
	return status;
}

enum sl_status
lerobot_v3_read(struct lerobot *lerobot)
{
	struct lerobot_v3 v3 = {.lerobot = lerobot,
	    .data_path = lerobot->data_path,
	    .video_path = lerobot->video_path,
	    .film_uses = json_object()};
	enum sl_status status;

	sl_buf_init(&v3.tasks, TEXT_MAX);
	sl_buf_init(&v3.episodes, TEXT_MAX);
	sl_buf_init(&v3.stats, TEXT_MAX);
	status = v3.film_uses == NULL ? SL_ERR_NOMEM : read_v3(&v3);
	for (size_t i = 0; i < v3.row_count; i++) {
		free(v3.rows[i].rows.path);
		free(v3.rows[i].films);
	}
	free(v3.rows);
	json_decref(v3.film_uses);
	sl_buf_clear(&v3.tasks);
	sl_buf_clear(&v3.episodes);
	sl_buf_clear(&v3.stats);
	return status;
}
