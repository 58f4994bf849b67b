#include "sluice/catalog/draft.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/base/array.h"
#include "sluice/base/clock.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/layer.h"
#include "sluice/crypto/sha256.h"

#include "draft_strings.h"

static bool
copy_text(char *out, size_t room, const char *text)
{
	size_t len = strlen(text);

	if (len >= room)
		return false;
	memcpy(out, text, len + 1);
	return true;
}

enum sl_status
sl_draft_new(struct sl_draft **out, const char *dataset, const char *site,
    const char *into, struct sl_error *err)
{
	struct sl_draft *draft;
	enum sl_status status;

	*out = NULL;
	if (!sl_dataset_name_is_valid(sl_slice_text(dataset)))
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"%.80s\" is no dataset name", dataset);
	if (!sl_slug_is_valid(sl_slice_text(site)))
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"%.80s\" is no site name: use a-z, 0-9, '.', '_', '-'",
		    site);
	if (into[0] != '\0') {
		status = sl_path_judge(sl_slice_text(into), err);
		if (status != SL_OK)
			return status;
	}
	draft = calloc(1, sizeof(*draft));
	if (draft == NULL)
		return SL_ERR_NOMEM;
	draft->source = "";
	draft->strings = draft_strings_new();
	if (draft->strings == NULL) {
		sl_draft_free(draft);
		return SL_ERR_NOMEM;
	}
	(void)copy_text(draft->dataset, sizeof(draft->dataset), dataset);
	(void)copy_text(draft->site, sizeof(draft->site), site);
	(void)copy_text(draft->into, sizeof(draft->into), into);
	*out = draft;
	return SL_OK;
}

void
sl_draft_free(struct sl_draft *draft)
{
	if (draft == NULL)
		return;
	for (size_t i = 0; i < draft->episode_count; i++) {
		json_decref(draft->episodes[i].metadata);
		free(draft->episodes[i].files);
	}
	free(draft->episodes);
	free(draft->dataset_files);
	free(draft->warnings);
	free(draft->left_out);
	draft_strings_free(draft->strings);
	free(draft);
}

enum sl_status
sl_draft_set_source(struct sl_draft *draft, const char *format,
    const char *source, int64_t created_us)
{
	if (!copy_text(draft->format, sizeof(draft->format), format))
		return SL_ERR_INVALID;
	draft->source = draft_strings_add(draft->strings, source);
	draft->created_us = created_us;
	return draft->source == NULL ? SL_ERR_NOMEM : SL_OK;
}

enum sl_status
sl_draft_add_episode(struct sl_draft *draft, const char *key, json_t *metadata,
    const struct sl_facets *facets)
{
	struct sl_draft_episode *episodes;
	struct sl_draft_episode *episode;

	if (draft->episode_count == SL_DRAFT_EPISODES_MAX)
		return SL_ERR_LIMIT;
	episodes = sl_array_room(
	    draft->episodes, draft->episode_count, sizeof(*episodes));
	if (episodes == NULL)
		return SL_ERR_NOMEM;
	draft->episodes = episodes;
	episode = &episodes[draft->episode_count];
	*episode = (struct sl_draft_episode){
	    .key = draft_strings_add(draft->strings, key), .facets = *facets};
	if (episode->key == NULL)
		return SL_ERR_NOMEM;
	episode->metadata = json_incref(metadata);
	draft->episode_count++;
	return SL_OK;
}

static enum sl_status
add_file(struct sl_draft *draft, struct sl_draft_file **files, size_t *count,
    const struct sl_draft_file *file)
{
	struct sl_draft_file *room =
	    sl_array_room(*files, *count, sizeof(*room));
	struct sl_draft_file *copy;

	if (room == NULL)
		return SL_ERR_NOMEM;
	*files = room;
	copy = &room[*count];
	*copy = *file;
	copy->layer = draft_strings_add(draft->strings, file->layer);
	copy->path = draft_strings_add(draft->strings, file->path);
	copy->media_type = draft_strings_add(draft->strings, file->media_type);
	if (copy->layer == NULL || copy->path == NULL ||
	    copy->media_type == NULL)
		return SL_ERR_NOMEM;
	(*count)++;
	return SL_OK;
}

enum sl_status
sl_draft_add_file(struct sl_draft *draft, const struct sl_draft_file *file)
{
	struct sl_draft_episode *last;

	if (draft->episode_count == 0)
		return SL_ERR_STATE;
	last = &draft->episodes[draft->episode_count - 1];
	return add_file(draft, &last->files, &last->file_count, file);
}

enum sl_status
sl_draft_add_dataset_file(
    struct sl_draft *draft, const struct sl_draft_file *file)
{
	return add_file(
	    draft, &draft->dataset_files, &draft->dataset_file_count, file);
}

enum sl_status
sl_draft_add_warning(struct sl_draft *draft, const char *text)
{
	const char *copy = draft_strings_add(draft->strings, text);
	const char **warnings = sl_array_room(
	    draft->warnings, draft->warning_count, sizeof(*warnings));

	if (warnings == NULL)
		return SL_ERR_NOMEM;
	draft->warnings = warnings;
	if (copy == NULL)
		return SL_ERR_NOMEM;
	draft->warnings[draft->warning_count++] = copy;
	return SL_OK;
}

enum sl_status
sl_draft_add_left_out(
    struct sl_draft *draft, const char *key, const char *reason)
{
	struct sl_draft_left_out item = {
	    .key = draft_strings_add(draft->strings, key),
	    .reason = draft_strings_add(draft->strings, reason)};
	struct sl_draft_left_out *left_out =
	    sl_array_room(draft->left_out, draft->left_out_count, sizeof(item));

	if (left_out == NULL)
		return SL_ERR_NOMEM;
	draft->left_out = left_out;
	if (item.key == NULL || item.reason == NULL)
		return SL_ERR_NOMEM;
	draft->left_out[draft->left_out_count++] = item;
	return SL_OK;
}

static int
compare_files(const void *a, const void *b)
{
	const struct sl_draft_file *x = a;
	const struct sl_draft_file *y = b;
	int layers = strcmp(x->layer, y->layer);

	return layers != 0 ? layers : strcmp(x->path, y->path);
}

static int
compare_episodes(const void *a, const void *b)
{
	const struct sl_draft_episode *x = a;
	const struct sl_draft_episode *y = b;

	return strcmp(x->key, y->key);
}

static void
hash_files(
    struct sl_sha256 *hash, const struct sl_draft_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		sl_sha256_update(
		    hash, files[i].layer, strlen(files[i].layer) + 1);
		sl_sha256_update(
		    hash, files[i].path, strlen(files[i].path) + 1);
		sl_sha256_update(
		    hash, files[i].sha256, sizeof(files[i].sha256));
	}
}

static enum sl_status
digest_episode(struct sl_draft_episode *episode)
{
	struct sl_sha256 hash;
	enum sl_status status;

	status = sl_sha256_init(&hash);
	if (status != SL_OK)
		return status;
	/* With their names, so that a facet more changes no digest. */
	for (size_t i = 0; i < SL_FACET_COUNT; i++) {
		const char *name = sl_facet_name((enum sl_facet)i);
		const char *value = episode->facets.value[i];

		if (value[0] == '\0')
			continue;
		sl_sha256_update(&hash, name, strlen(name) + 1);
		sl_sha256_update(&hash, value, strlen(value) + 1);
	}
	/* Little-endian whatever the machine. */
	for (unsigned shift = 0; shift < 32; shift += 8) {
		unsigned char byte =
		    (unsigned char)(episode->facets.duration_ms >> shift);

		sl_sha256_update(&hash, &byte, 1);
	}
	hash_files(&hash, episode->files, episode->file_count);
	return sl_sha256_final(&hash, episode->digest);
}

static enum sl_status
digest_draft(struct sl_draft *draft)
{
	struct sl_sha256 hash;
	enum sl_status status;

	status = sl_sha256_init(&hash);
	if (status != SL_OK)
		return status;
	sl_sha256_update(&hash, draft->dataset, strlen(draft->dataset) + 1);
	sl_sha256_update(&hash, draft->site, strlen(draft->site) + 1);
	sl_sha256_update(&hash, draft->into, strlen(draft->into) + 1);
	for (size_t i = 0; i < draft->episode_count; i++) {
		const struct sl_draft_episode *episode = &draft->episodes[i];

		sl_sha256_update(&hash, episode->key, strlen(episode->key) + 1);
		sl_sha256_update(
		    &hash, episode->digest, sizeof(episode->digest));
	}
	hash_files(&hash, draft->dataset_files, draft->dataset_file_count);
	return sl_sha256_final(&hash, draft->digest);
}

static enum sl_status
judge_files(struct sl_path_set *paths, const struct sl_draft_file *files,
    size_t count, uint32_t owner, struct sl_error *err)
{
	for (size_t i = 0; i < count; i++) {
		enum sl_status status;

		if (!sl_layer_is_valid(sl_slice_text(files[i].layer)))
			return sl_error_set(err, SL_ERR_INVALID,
			    "\"%.80s\" is no layer", files[i].layer);
		status = sl_path_set_add(
		    paths, sl_slice_text(files[i].path), owner, err);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

static enum sl_status
judge_all(const struct sl_draft *draft, struct sl_error *err)
{
	struct sl_path_set *paths;
	enum sl_status status;

	status = sl_path_set_new(&paths);
	if (status != SL_OK)
		return status;
	status = judge_files(
	    paths, draft->dataset_files, draft->dataset_file_count, 0, err);
	for (size_t i = 0; status == SL_OK && i < draft->episode_count; i++) {
		const struct sl_draft_episode *episode = &draft->episodes[i];

		if (i > 0 && strcmp(episode[-1].key, episode->key) == 0)
			status =
			    sl_error_code(err, SL_ERR_INVALID, "duplicate_key",
			        "episode \"%s\" is there twice", episode->key);
		else
			status = judge_files(paths, episode->files,
			    episode->file_count, (uint32_t)i + 1, err);
		if (status != SL_OK)
			status = sl_error_prefix(
			    err, status, "episode %s", episode->key);
	}
	sl_path_set_free(paths);
	return status;
}

static void
sort_files(struct sl_draft_file *files, size_t count)
{
	if (count > 1)
		qsort(files, count, sizeof(*files), compare_files);
}

enum sl_status
sl_draft_seal(struct sl_draft *draft, struct sl_error *err)
{
	enum sl_status status;

	if (draft->episode_count > 1)
		qsort(draft->episodes, draft->episode_count,
		    sizeof(*draft->episodes), compare_episodes);
	sort_files(draft->dataset_files, draft->dataset_file_count);
	for (size_t i = 0; i < draft->episode_count; i++) {
		sort_files(
		    draft->episodes[i].files, draft->episodes[i].file_count);
		status = digest_episode(&draft->episodes[i]);
		if (status != SL_OK)
			return status;
	}
	status = digest_draft(draft);
	if (status != SL_OK)
		return status;
	return judge_all(draft, err);
}

const struct sl_draft_episode *
sl_draft_find(const struct sl_draft *draft, const char *key)
{
	struct sl_draft_episode wanted = {.key = key};

	if (draft->episode_count == 0)
		return NULL;
	return bsearch(&wanted, draft->episodes, draft->episode_count,
	    sizeof(wanted), compare_episodes);
}
