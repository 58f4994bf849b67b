#include <stdlib.h>
#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/draft.h"
#include "sluice/catalog/json.h"

#define DRAFT_VERSION  1
#define FILE_BYTES_MAX (UINT64_C(1) << 42)

static const char *const draft_keys[] = {"version", "dataset", "site", "into",
    "source", "created", "episodes", "dataset_files", "warnings", "left_out",
    NULL};
static const char *const source_keys[] = {"format", "name", "digest", NULL};
static const char *const episode_keys[] = {
    "key", "metadata", "facets", "layers", NULL};
static const char *const file_keys[] = {
    "path", "bytes", "sha256", "media_type", NULL};
static const char *const left_out_keys[] = {"key", "reason", NULL};

/* ---- reading ---- */

static enum sl_status
read_file(struct sl_draft_file *out, const json_t *value, const char *layer,
    struct sl_error *err)
{
	enum sl_status status;

	*out = (struct sl_draft_file){.layer = layer};
	status = sl_json_only_keys(value, file_keys, err);
	if (status == SL_OK)
		status = sl_json_need_text(&out->path, value, "path", err);
	if (status == SL_OK)
		status = sl_json_need_u64(
		    &out->bytes, value, "bytes", FILE_BYTES_MAX, err);
	if (status == SL_OK)
		status = sl_json_need_hex(
		    out->sha256, sizeof(out->sha256), value, "sha256", err);
	if (status == SL_OK)
		status = sl_json_need_text(
		    &out->media_type, value, "media_type", err);
	return status;
}

static enum sl_status
read_layers(struct sl_draft *draft, const json_t *layers, struct sl_error *err)
{
	const char *layer;
	json_t *files;
	json_t *value;
	size_t i;

	json_object_foreach ((json_t *)(uintptr_t)layers, layer, files) {
		if (!json_is_array(files))
			return sl_error_set(
			    err, SL_ERR_INVALID, "layers: not a list of files");
		json_array_foreach (files, i, value) {
			struct sl_draft_file file;
			enum sl_status status;

			status = read_file(&file, value, layer, err);
			if (status == SL_OK)
				status = sl_draft_add_file(draft, &file);
			if (status != SL_OK)
				return status;
		}
	}
	return SL_OK;
}

static enum sl_status
read_episode(struct sl_draft *draft, const json_t *value, struct sl_error *err)
{
	struct sl_facets facets;
	const char *key;
	json_t *metadata;
	json_t *object;
	json_t *layers;
	enum sl_status status;

	status = sl_json_only_keys(value, episode_keys, err);
	if (status == SL_OK)
		status = sl_json_need_text(&key, value, "key", err);
	if (status == SL_OK &&
	    (key[0] == '\0' || strlen(key) > SL_DRAFT_KEY_MAX))
		status = sl_error_set(err, SL_ERR_INVALID, "key: bad length");
	if (status == SL_OK)
		status = sl_json_need_object(&metadata, value, "metadata", err);
	if (status == SL_OK)
		status = sl_json_need_object(&object, value, "facets", err);
	if (status == SL_OK)
		status = sl_facets_from_json(&facets, object, err);
	if (status == SL_OK)
		status = sl_json_need_object(&layers, value, "layers", err);
	if (status == SL_OK)
		status = sl_draft_add_episode(draft, key, metadata, &facets);
	if (status == SL_OK)
		status = read_layers(draft, layers, err);
	return status;
}

static enum sl_status
read_dataset_file(
    struct sl_draft *draft, const json_t *value, struct sl_error *err)
{
	struct sl_draft_file file;
	enum sl_status status;

	status = read_file(&file, value, "meta", err);
	return status != SL_OK ? status
	                       : sl_draft_add_dataset_file(draft, &file);
}

static enum sl_status
read_warning(struct sl_draft *draft, const json_t *value, struct sl_error *err)
{
	if (!json_is_string(value))
		return sl_error_set(err, SL_ERR_INVALID, "not a text");
	return sl_draft_add_warning(draft, json_string_value(value));
}

static enum sl_status
read_left_out(struct sl_draft *draft, const json_t *value, struct sl_error *err)
{
	const char *key;
	const char *reason;
	enum sl_status status;

	status = sl_json_only_keys(value, left_out_keys, err);
	if (status == SL_OK)
		status = sl_json_need_text(&key, value, "key", err);
	if (status == SL_OK)
		status = sl_json_need_text(&reason, value, "reason", err);
	return status != SL_OK ? status
	                       : sl_draft_add_left_out(draft, key, reason);
}

typedef enum sl_status read_item_fn(
    struct sl_draft *draft, const json_t *value, struct sl_error *err);

static enum sl_status
read_list(struct sl_draft *draft, const json_t *root, const char *key,
    read_item_fn *read_item, struct sl_error *err)
{
	json_t *list;
	json_t *value;
	size_t i;
	enum sl_status status;

	status = sl_json_need_array(&list, root, key, err);
	if (status != SL_OK)
		return status;
	json_array_foreach (list, i, value) {
		status = read_item(draft, value, err);
		if (status != SL_OK)
			return sl_error_prefix(err, status, "%s[%zu]", key, i);
	}
	return SL_OK;
}

static enum sl_status
read_head(struct sl_draft **out, const json_t *root, struct sl_error *err)
{
	const char *dataset;
	const char *site;
	const char *into;
	const char *format;
	const char *name;
	json_t *source;
	int64_t created_us;
	enum sl_status status;

	status = sl_json_only_keys(root, draft_keys, err);
	if (status == SL_OK)
		status = sl_json_need_version(root, DRAFT_VERSION, err);
	if (status == SL_OK)
		status = sl_json_need_text(&dataset, root, "dataset", err);
	if (status == SL_OK)
		status = sl_json_need_text(&site, root, "site", err);
	if (status == SL_OK)
		status = sl_json_need_text(&into, root, "into", err);
	if (status == SL_OK)
		status = sl_json_need_object(&source, root, "source", err);
	if (status == SL_OK)
		status = sl_json_only_keys(source, source_keys, err);
	if (status == SL_OK)
		status = sl_json_need_text(&format, source, "format", err);
	if (status == SL_OK)
		status = sl_json_need_text(&name, source, "name", err);
	if (status == SL_OK)
		status = sl_json_need_time(&created_us, root, "created", err);
	if (status == SL_OK)
		status = sl_draft_new(out, dataset, site, into, err);
	if (status == SL_OK)
		status = sl_draft_set_source(*out, format, name, created_us);
	return status;
}

/* The digest that was written must be the one that the content gives. */
static enum sl_status
check_digest(
    const struct sl_draft *draft, const json_t *root, struct sl_error *err)
{
	unsigned char digest[32];
	enum sl_status status;

	status = sl_json_need_hex(digest, sizeof(digest),
	    json_object_get(root, "source"), "digest", err);
	if (status == SL_OK &&
	    memcmp(digest, draft->digest, sizeof(digest)) != 0)
		status = sl_error_set(err, SL_ERR_INTEGRITY,
		    "the draft was changed: its digest differs");
	return status;
}

enum sl_status
sl_draft_parse(
    struct sl_draft **out, struct sl_slice text, struct sl_error *err)
{
	struct sl_draft *draft = NULL;
	json_t *root;
	enum sl_status status;

	*out = NULL;
	status = sl_json_parse(&root, text, SL_DRAFT_BYTES_MAX, err);
	if (status != SL_OK)
		return status;
	status = read_head(&draft, root, err);
	if (status == SL_OK)
		status = read_list(draft, root, "episodes", read_episode, err);
	if (status == SL_OK)
		status = read_list(
		    draft, root, "dataset_files", read_dataset_file, err);
	if (status == SL_OK)
		status = read_list(draft, root, "warnings", read_warning, err);
	if (status == SL_OK)
		status = read_list(draft, root, "left_out", read_left_out, err);
	if (status == SL_OK)
		status = sl_draft_seal(draft, err);
	if (status == SL_OK)
		status = check_digest(draft, root, err);
	json_decref(root);
	if (status != SL_OK) {
		sl_draft_free(draft);
		return status;
	}
	*out = draft;
	return SL_OK;
}

/* ---- writing; a NULL from jansson is memory, reported once at the end ---- */

static json_t *
file_to_json(const struct sl_draft_file *file)
{
	char hex[65];

	sl_hex_encode(hex, file->sha256, sizeof(file->sha256));
	return json_pack("{s:s, s:I, s:s, s:s}", "path", file->path, "bytes",
	    (json_int_t)file->bytes, "sha256", hex, "media_type",
	    file->media_type);
}

static json_t *
layers_to_json(const struct sl_draft_episode *episode)
{
	json_t *layers = json_object();

	for (size_t i = 0; layers != NULL && i < episode->file_count; i++) {
		const struct sl_draft_file *file = &episode->files[i];
		json_t *files = json_object_get(layers, file->layer);

		if (files == NULL) {
			files = json_array();
			if (json_object_set_new(layers, file->layer, files) !=
			    0)
				goto fail;
		}
		if (json_array_append_new(files, file_to_json(file)) != 0)
			goto fail;
	}
	return layers;

fail:
	json_decref(layers);
	return NULL;
}

static json_t *
episodes_to_json(const struct sl_draft *draft)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < draft->episode_count; i++) {
		const struct sl_draft_episode *episode = &draft->episodes[i];
		json_t *value = json_pack("{s:s, s:O, s:o, s:o}", "key",
		    episode->key, "metadata", episode->metadata, "facets",
		    sl_facets_to_json(&episode->facets), "layers",
		    layers_to_json(episode));

		if (json_array_append_new(list, value) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
dataset_files_to_json(const struct sl_draft *draft)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < draft->dataset_file_count; i++) {
		if (json_array_append_new(
		        list, file_to_json(&draft->dataset_files[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
notes_to_json(const struct sl_draft *draft, bool warnings)
{
	size_t count = warnings ? draft->warning_count : draft->left_out_count;
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < count; i++) {
		json_t *value = warnings
		    ? json_string(draft->warnings[i])
		    : json_pack("{s:s, s:s}", "key", draft->left_out[i].key,
		          "reason", draft->left_out[i].reason);

		if (json_array_append_new(list, value) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

enum sl_status
sl_draft_write(struct sl_buf *buf, const struct sl_draft *draft)
{
	char created[SL_TIME_TEXT_MAX];
	char digest[65];
	json_t *root;
	enum sl_status status;

	sl_time_format(created, draft->created_us);
	sl_hex_encode(digest, draft->digest, sizeof(draft->digest));
	root = json_pack("{s:i, s:s, s:s, s:s, s:{s:s, s:s, s:s}, s:s, s:o, "
	                 "s:o, s:o, s:o}",
	    "version", DRAFT_VERSION, "dataset", draft->dataset, "site",
	    draft->site, "into", draft->into, "source", "format", draft->format,
	    "name", draft->source, "digest", digest, "created", created,
	    "episodes", episodes_to_json(draft), "dataset_files",
	    dataset_files_to_json(draft), "warnings",
	    notes_to_json(draft, true), "left_out",
	    notes_to_json(draft, false));
	if (root == NULL)
		return SL_ERR_NOMEM;
	status = sl_json_dump(buf, root);
	json_decref(root);
	if (status == SL_OK)
		status = sl_buf_append(buf, "\n", 1);
	return status;
}
