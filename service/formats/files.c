#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/catalog/json.h"
#include "sluice/catalog/layer.h"

#include "source_build.h"

#define KEY_MAX 200

static const char *const line_keys[] = {
    "key", "metadata", "metadata_file", "facets", "layers", NULL};
static const char *const dataset_keys[] = {"dataset_files", NULL};

struct reader {
	struct sl_source *source;
	json_t *seen; /* keys so far */
};

static enum sl_status
read_key(struct reader *reader, const json_t *line, const char **out,
    struct sl_error *err)
{
	enum sl_status status;
	size_t len;

	status = sl_json_need_text(out, line, "key", err);
	if (status != SL_OK)
		return status;
	len = strlen(*out);
	if (len == 0 || len > KEY_MAX)
		return sl_error_set(err, SL_ERR_INVALID,
		    "key: 1 to %d bytes are allowed", KEY_MAX);
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)(*out)[i] < ' ' || (*out)[i] == 127 ||
		    (*out)[i] == '/')
			return sl_error_set(err, SL_ERR_INVALID,
			    "key: slashes and control characters are not "
			    "allowed");
	}
	if (json_object_get(reader->seen, *out) != NULL)
		return sl_error_code(err, SL_ERR_INVALID, "duplicate_key",
		    "episode key \"%s\" a second time", *out);
	if (json_object_set_new(reader->seen, *out, json_true()) != 0)
		return SL_ERR_NOMEM;
	return SL_OK;
}

static enum sl_status
read_paths(struct sl_source_episode *episode, const char *layer, json_t *paths,
    struct sl_error *err)
{
	size_t i;
	json_t *path;

	if (!sl_layer_is_valid(sl_slice_text(layer)))
		return sl_error_set(err, SL_ERR_INVALID,
		    "layers: \"%.80s\" is no layer", layer);
	if (!json_is_array(paths) || json_array_size(paths) == 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "layers.%s: not a list of paths", layer);
	json_array_foreach (paths, i, path) {
		enum sl_status status;

		if (!json_is_string(path))
			return sl_error_set(err, SL_ERR_INVALID,
			    "layers.%s[%zu]: not a path", layer, i);
		status = source_add_file(
		    episode, layer, json_string_value(path), err);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

static enum sl_status
read_episode(struct reader *reader, const json_t *line, struct sl_error *err)
{
	struct sl_source_episode *episode;
	const char *key;
	const char *metadata_file;
	const char *layer;
	json_t *metadata;
	json_t *facets;
	json_t *layers;
	json_t *paths;
	enum sl_status status;

	status = sl_json_only_keys(line, line_keys, err);
	if (status == SL_OK)
		status = read_key(reader, line, &key, err);
	if (status == SL_OK)
		status = sl_json_maybe_object(&metadata, line, "metadata", err);
	if (status == SL_OK)
		status = sl_json_maybe_text(
		    &metadata_file, line, "metadata_file", err);
	if (status == SL_OK)
		status = sl_json_maybe_object(&facets, line, "facets", err);
	if (status == SL_OK)
		status = sl_json_need_object(&layers, line, "layers", err);
	if (status == SL_OK)
		status = source_add_episode(reader->source, key, &episode, err);
	if (status == SL_OK && facets != NULL)
		status = sl_facets_from_json(&episode->facets, facets, err);
	if (status != SL_OK)
		return status;
	if (metadata != NULL && metadata_file == NULL &&
	    json_object_update(episode->metadata, metadata) != 0)
		return SL_ERR_NOMEM;
	json_object_foreach (layers, layer, paths) {
		status = read_paths(episode, layer, paths, err);
		if (status != SL_OK)
			return status;
	}
	if (metadata_file != NULL)
		status =
		    source_add_metadata(episode, metadata_file, metadata, err);
	if (status == SL_OK && episode->file_count == 0)
		status = sl_error_set(err, SL_ERR_INVALID, "layers: no file");
	return status;
}

static enum sl_status
read_dataset_files(
    struct sl_source *source, const json_t *line, struct sl_error *err)
{
	json_t *paths;
	json_t *path;
	size_t i;
	enum sl_status status;

	status = sl_json_only_keys(line, dataset_keys, err);
	if (status == SL_OK)
		status = sl_json_need_array(&paths, line, "dataset_files", err);
	if (status != SL_OK)
		return status;
	json_array_foreach (paths, i, path) {
		if (!json_is_string(path))
			return sl_error_set(err, SL_ERR_INVALID,
			    "dataset_files[%zu]: not a path", i);
		status = source_add_dataset_file(
		    source, json_string_value(path), err);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

static enum sl_status
on_line(void *ctx, json_t *line, size_t number, struct sl_error *err)
{
	struct reader *reader = ctx;

	(void)number;
	if (json_object_get(line, "dataset_files") != NULL)
		return read_dataset_files(reader->source, line, err);
	return read_episode(reader, line, err);
}

enum sl_status
sl_files_open(struct sl_source **out, const char *dir, struct sl_error *err)
{
	struct reader reader = {.seen = json_object()};
	enum sl_status status;

	*out = NULL;
	if (reader.seen == NULL)
		return SL_ERR_NOMEM;
	status = source_new(&reader.source, "files", dir, err);
	if (status == SL_OK &&
	    faccessat(reader.source->dir_fd, "episodes.jsonl", F_OK, 0) != 0 &&
	    errno == ENOENT)
		status = sl_error_set(err, SL_ERR_NOT_FOUND,
		    "%s has no episodes.jsonl, so it is no source of the "
		    "format files",
		    dir);
	if (status == SL_OK)
		status = source_read_lines(
		    reader.source, "episodes.jsonl", on_line, &reader, err);
	if (status == SL_OK && reader.source->episode_count == 0)
		status = sl_error_set(
		    err, SL_ERR_INVALID, "episodes.jsonl: no episode");
	if (status == SL_OK)
		*out = reader.source;
	else
		sl_source_free(reader.source);
	json_decref(reader.seen);
	return status;
}
