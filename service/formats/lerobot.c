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

#define UNCLAIMED_MAX 3 /* named in warnings; the rest is counted */

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
lerobot_open_file(const struct lerobot *lerobot, const char *path, int *fd,
    uint64_t *bytes, struct sl_error *err)
{
	struct stat info;
	enum sl_status status =
	    sl_source_open_file(fd, lerobot->source->dir_fd, path, err);

	if (status != SL_OK)
		return status;
	if (fstat(*fd, &info) != 0) {
		close(*fd);
		return sl_error_errno(err, "%s", path);
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
	return lerobot->is_v3 ? lerobot_v3_read(lerobot)
	                      : lerobot_v2_read(lerobot);
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
