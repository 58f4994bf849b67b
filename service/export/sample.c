#include "sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"

#define KEY_MAX       64
#define METADATA_MAX  (16u << 20)
#define EPISODES_PATH "episodes/"

static bool
is_safe(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* "episodes/KEY/…", as MCAP sources have it, or the name of a file of rows. */
static struct sl_slice
find_key(const struct sl_contents_episode *episode)
{
	for (size_t i = 0; i < episode->file_count; i++) {
		const char *path = episode->files[i].path;
		const char *at = strstr(path, EPISODES_PATH);

		if (at != NULL && (at == path || at[-1] == '/') &&
		    strchr(at + strlen(EPISODES_PATH), '/') != NULL) {
			at += strlen(EPISODES_PATH);
			return sl_slice_of(at, strcspn(at, "/"));
		}
	}
	for (size_t i = 0; i < episode->file_count; i++) {
		const char *slash = strrchr(episode->files[i].path, '/');

		if (strcmp(episode->files[i].layer, "state") == 0 &&
		    slash != NULL)
			return sl_slice_of(slash + 1, strcspn(slash + 1, "."));
	}
	return sl_slice_text("episode");
}

void
sample_name(
    char out[SAMPLE_NAME_MAX + 1], const struct sl_contents_episode *episode)
{
	struct sl_slice key = find_key(episode);
	size_t len = key.len < KEY_MAX ? key.len : KEY_MAX;
	int at = snprintf(out, SAMPLE_NAME_MAX, "%06u-", episode->number);

	for (size_t i = 0; i < len; i++) {
		char c = (char)key.data[i];

		out[at++] = is_safe(c) ? c : '_';
	}
	out[at] = '\0';
}

static int
compare_files(const void *a, const void *b)
{
	const struct sl_contents_file *const *x = a;
	const struct sl_contents_file *const *y = b;
	int order = strcmp((*x)->layer, (*y)->layer);

	return order != 0 ? order : strcmp((*x)->path, (*y)->path);
}

const struct sl_contents_file **
sample_files(const struct sl_contents_episode *episode)
{
	const struct sl_contents_file **files =
	    malloc((episode->file_count + 1) * sizeof(*files));

	if (files == NULL)
		return NULL;
	for (size_t i = 0; i < episode->file_count; i++)
		files[i] = &episode->files[i];
	qsort(files, episode->file_count, sizeof(*files), compare_files);
	return files;
}

/* NULL if it is none, which is worth a word. */
static json_t *
read_metadata(const struct export_run *run, const struct sl_contents_file *file)
{
	struct sl_error err = {0};
	json_t *value = NULL;
	struct sl_buf text;
	enum sl_status status;
	int fd;

	status = sl_contents_open_file(&fd, run->contents, file->path, &err);
	if (status != SL_OK)
		return NULL;
	sl_buf_init(&text, METADATA_MAX);
	status = file->bytes > METADATA_MAX
	    ? SL_ERR_LIMIT
	    : sl_buf_reserve(&text, (size_t)file->bytes);
	if (status == SL_OK)
		status = sl_file_read_at(
		    fd, text.data, (size_t)file->bytes, 0, &err);
	if (status == SL_OK) {
		text.len = (size_t)file->bytes;
		status = sl_json_parse(
		    &value, sl_buf_slice(&text), METADATA_MAX, &err);
	}
	close(fd);
	sl_buf_clear(&text);
	if (status != SL_OK)
		export_warn(run, "%s is no JSON object: it is not repeated",
		    file->path);
	return value;
}

bool
sample_has_suffix(const char *path, const char *suffix)
{
	size_t len = strlen(path);
	size_t suffix_len = strlen(suffix);

	return len >= suffix_len &&
	    strcmp(path + len - suffix_len, suffix) == 0;
}

const struct sl_contents_file *
sample_metadata_file(const struct sl_contents_episode *episode)
{
	for (size_t i = 0; i < episode->file_count; i++) {
		const struct sl_contents_file *file = &episode->files[i];

		if (strcmp(file->layer, "meta") == 0 &&
		    sample_has_suffix(file->path, ".json"))
			return file;
	}
	return NULL;
}

json_t *
sample_facts(
    const struct export_run *run, const struct sl_contents_episode *episode)
{
	char id[SL_UUID_TEXT_LEN + 1];
	const struct sl_contents_file *file = sample_metadata_file(episode);
	json_t *metadata = file == NULL ? NULL : read_metadata(run, file);
	json_t *facets = json_object();
	json_t *facts;

	sl_uuid_format(id, &episode->id);
	for (unsigned i = 0; i < SL_FACET_COUNT; i++) {
		const char *value = episode->facets[i];

		if (value != NULL && value[0] != '\0')
			(void)json_object_set_new(facets,
			    sl_facet_name((enum sl_facet)i),
			    json_string(value));
	}
	facts = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:o}", "dataset",
	    run->contents->dataset, "episode", id, "number",
	    (json_int_t)episode->number, "revision",
	    (json_int_t)episode->revision, "batch", (json_int_t)episode->batch,
	    "duration_ms", (json_int_t)episode->duration_ms, "facets", facets);
	if (metadata != NULL && facts != NULL)
		(void)json_object_set(facts, "metadata", metadata);
	json_decref(metadata);
	return facts;
}

void
sample_add_to_key(
    struct sl_sha256 *hash, const struct sl_contents_episode *episode)
{
	const uint32_t numbers[] = {episode->number, episode->revision,
	    episode->batch, episode->duration_ms};

	sl_sha256_update(hash, numbers, sizeof(numbers));
	sl_sha256_update(hash, episode->id.bytes, sizeof(episode->id.bytes));
	for (unsigned i = 0; i < SL_FACET_COUNT; i++) {
		const char *value = episode->facets[i];

		/* With its end, so that two texts are never one. */
		if (value == NULL)
			value = "";
		sl_sha256_update(hash, value, strlen(value) + 1);
	}
	sl_sha256_update(
	    hash, &episode->file_count, sizeof(episode->file_count));
}

enum sl_status
sample_dataset_files(struct export_run *run, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	/* They are small, and nothing else in the folder is a link. */
	run->folder.may_copy = true;
	for (size_t i = 0; i < run->contents->episode_count; i++) {
		const struct sl_contents_episode *own =
		    &run->contents->episodes[i];

		for (size_t n = 0;
		     own->number == 0 && status == SL_OK && n < own->file_count;
		     n++) {
			char *path = NULL;

			if (asprintf(&path, "dataset/%s", own->files[n].path) <
			    0)
				return SL_ERR_NOMEM;
			status =
			    export_folder_link(run, &own->files[n], path, err);
			free(path);
		}
	}
	return status;
}
