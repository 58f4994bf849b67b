/* An MCAP file per episode, whatever it came as. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lerobot_root.h"
#include "mcap_episode.h"
#include "sample.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"
#include "sluice/crypto/sha256.h"

#define MAKER      "sluice-mcap/3"
#define SOURCE_MAX (32u << 20)
/* Hashes of metadata records. */
#define SEEN_MAX (1u << 20)

/* ---- what the source says ---- */

/* The texts of the episode's tasks by their index, which the columns have. */
static json_t *
tasks_of(const struct lerobot_set *set, const struct lerobot_root *root,
    const json_t *line)
{
	json_t *tasks = json_object();
	const json_t *text;
	char index[LEROBOT_INDEX_MAX];
	size_t i;

	json_array_foreach (json_object_get(line, "tasks"), i, text) {
		for (size_t at = 0; at < root->task_count; at++) {
			json_t *known =
			    json_array_get(set->tasks, (size_t)root->tasks[at]);

			if (known == NULL || !json_equal(known, text))
				continue;
			snprintf(index, sizeof(index), "%zu", at);
			(void)json_object_set(tasks, index, known);
		}
	}
	return tasks;
}

/* {"fps", "features", "tasks"} of a LeRobot source, {} of others: all of it
 * that the file depends on.  NULL when out of memory. */
static json_t *
source_of(
    const struct lerobot_set *set, const struct sl_contents_episode *episode)
{
	json_t *source = json_object();

	for (size_t i = 0; i < episode->file_count; i++) {
		const char *path = episode->files[i].path;
		const struct lerobot_root *root = lerobot_root_of(set, path);
		char index[LEROBOT_INDEX_MAX];
		json_t *line;

		if (root == NULL || !lerobot_root_index(path, index))
			continue;
		line = json_object_get(root->lines, index);
		(void)json_object_set(
		    source, "fps", json_object_get(root->info, "fps"));
		(void)json_object_set(source, "features",
		    json_object_get(root->info, "features"));
		if (line == NULL)
			continue;
		(void)json_object_set_new(
		    source, "tasks", tasks_of(set, root, line));
		break;
	}
	return source;
}

/* A mirror may well hold none. */
static enum sl_status
read_roots(
    struct lerobot_set *set, struct export_run *run, struct sl_error *err)
{
	struct sl_error found = {0};
	enum sl_status status;

	*set = (struct lerobot_set){.run = run, .tasks = json_array()};
	if (set->tasks == NULL)
		return SL_ERR_NOMEM;
	status = lerobot_roots_read(set, &found);
	if (status == SL_OK || strcmp(found.code, "not_lerobot") == 0)
		return SL_OK;
	return sl_error_set(err, status, "%s", found.text);
}

/* ---- episodes ---- */

static enum sl_status
hash_source(struct sl_sha256 *hash, const json_t *source)
{
	struct sl_buf text;
	enum sl_status status;

	sl_buf_init(&text, SOURCE_MAX);
	status = sl_json_dump(&text, source);
	if (status == SL_OK)
		sl_sha256_update(hash, text.data, text.len);
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
make_key(const struct mcap_episode *episode, char key[65])
{
	const struct sl_contents_file **files = sample_files(episode->from);
	const char *dataset = episode->run->contents->dataset;
	unsigned char digest[32];
	struct sl_sha256 hash;
	enum sl_status status =
	    files == NULL ? SL_ERR_NOMEM : sl_sha256_init(&hash);

	if (status == SL_OK) {
		sl_sha256_update(&hash, MAKER, sizeof(MAKER));
		sl_sha256_update(&hash, dataset, strlen(dataset) + 1);
		sample_add_to_key(&hash, episode->from);
		for (size_t i = 0; i < episode->from->file_count; i++) {
			const struct sl_contents_file *file = files[i];

			sl_sha256_update(
			    &hash, file->layer, strlen(file->layer) + 1);
			sl_sha256_update(
			    &hash, file->path, strlen(file->path) + 1);
			sl_sha256_update(&hash, file->sha256, 32);
		}
		status = hash_source(&hash, episode->source);
	}
	if (status == SL_OK)
		status = sl_sha256_final(&hash, digest);
	free(files);
	if (status == SL_OK)
		sl_hex_encode(key, digest, 32);
	return status;
}

static enum sl_status
make_file(struct mcap_episode *episode, const char *path, const char *key)
{
	struct export_folder *folder = &episode->run->folder;
	json_t *more;
	enum sl_status status;
	int fd;

	episode->facts = sample_facts(episode->run, episode->from);
	if (episode->facts == NULL)
		return SL_ERR_NOMEM;
	status = export_folder_begin(folder, path, &fd, episode->err);
	if (status == SL_OK)
		status = sl_robot_log_new(
		    &episode->log, sl_mcap_to_fd, &fd, episode->err);
	if (status == SL_OK)
		status = mcap_episode_write(episode);
	sl_robot_log_free(episode->log);
	if (status != SL_OK) {
		export_folder_abandon(folder, fd);
		return status == SL_ERR_FULL
		    ? sl_error_prefix(episode->err, status, "%s", path)
		    : status;
	}
	more = json_array_size(episode->words) == 0
	    ? NULL
	    : json_pack("{s:O}", "words", episode->words);
	return export_folder_commit(folder, fd, key, more, episode->err);
}

static void
repeat_words(const struct mcap_episode *episode, const json_t *noted)
{
	const json_t *word;
	size_t i;

	json_array_foreach (json_object_get(noted, "words"), i, word) {
		if (json_is_string(word))
			export_warn(
			    episode->run, "%s", json_string_value(word));
	}
}

static enum sl_status
export_episode(struct mcap_episode *episode)
{
	char path[SAMPLE_NAME_MAX + 8];
	char name[SAMPLE_NAME_MAX + 1];
	char key[65];
	const json_t *noted;
	enum sl_status status = make_key(episode, key);

	if (status != SL_OK)
		return status;
	sample_name(name, episode->from);
	snprintf(path, sizeof(path), "%s.mcap", name);
	episode->run->result->episodes++;
	noted = export_folder_keep(&episode->run->folder, path, key);
	if (noted == NULL)
		return make_file(episode, path, key);
	repeat_words(episode, noted);
	return SL_OK;
}

static enum sl_status
export_one(struct export_run *run, const struct lerobot_set *set,
    const struct sl_contents_episode *from, struct sl_error *err)
{
	struct sl_error own = {0};
	struct mcap_episode episode = {.run = run,
	    .from = from,
	    .source = source_of(set, from),
	    .words = json_array(),
	    .topics = json_object(),
	    .err = err == NULL ? &own : err};
	enum sl_status status = SL_ERR_NOMEM;

	sl_buf_init(&episode.seen, SEEN_MAX);
	if (episode.source != NULL && episode.words != NULL &&
	    episode.topics != NULL)
		status = export_episode(&episode);
	sl_buf_clear(&episode.seen);
	json_decref(episode.facts);
	json_decref(episode.source);
	json_decref(episode.words);
	json_decref(episode.topics);
	return status;
}

enum sl_status
export_mcap(struct export_run *run, struct sl_error *err)
{
	const struct sl_contents *contents = run->contents;
	struct lerobot_set set;
	enum sl_status status = read_roots(&set, run, err);

	for (size_t i = 0; status == SL_OK && i < contents->episode_count;
	     i++) {
		if (contents->episodes[i].number != 0)
			status =
			    export_one(run, &set, &contents->episodes[i], err);
	}
	lerobot_set_clear(&set);
	return status == SL_OK ? sample_dataset_files(run, err) : status;
}
