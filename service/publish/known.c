#include "known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/checked.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"
#include "sluice/store/dataset.h"

/* ---- reading the rows ---- */

/* "7.12" */
static bool
parse_place(struct known_layer *layer, const char *text)
{
	char seq[16];
	const char *dot = strchr(text, '.');
	uint64_t a;
	uint64_t b;

	if (dot == NULL || dot - text >= (ptrdiff_t)sizeof(seq))
		return false;
	memcpy(seq, text, (size_t)(dot - text));
	seq[dot - text] = '\0';
	if (!sl_parse_u64(seq, SL_SEQ_MAX, &a) ||
	    !sl_parse_u64(dot + 1, SL_INDEX_SEGMENTS_MAX, &b))
		return false;
	layer->seq = (uint32_t)a;
	layer->ordinal = (uint32_t)b;
	return true;
}

static int
compare_layers(const void *a, const void *b)
{
	const struct known_layer *x = a;
	const struct known_layer *y = b;

	return strcmp(x->name, y->name);
}

static enum sl_status
read_layers(struct known_episode *episode, json_t *layers, struct sl_error *err)
{
	const char *name;
	json_t *place;

	if (json_object_size(layers) == 0)
		return SL_OK;
	episode->layers =
	    calloc(json_object_size(layers), sizeof(*episode->layers));
	if (episode->layers == NULL)
		return SL_ERR_NOMEM;
	json_object_foreach (layers, name, place) {
		struct known_layer *layer =
		    &episode->layers[episode->layer_count];

		layer->name = name;
		if (!json_is_string(place) ||
		    !parse_place(layer, json_string_value(place)))
			return sl_error_set(
			    err, SL_ERR_INTEGRITY, "layers.%s: no place", name);
		episode->layer_count++;
	}
	qsort(episode->layers, episode->layer_count, sizeof(*episode->layers),
	    compare_layers);
	return SL_OK;
}

static enum sl_status
read_row(struct known_episode *out, const json_t *row, struct sl_error *err)
{
	const char *digest;
	json_t *layers;
	enum sl_status status;

	status =
	    sl_json_need_u32(&out->number, row, "number", SL_NUMBER_MAX, err);
	if (status == SL_OK)
		status = sl_json_need_uuid(&out->id, row, "id", err);
	if (status == SL_OK)
		status = sl_json_need_u32(
		    &out->revision, row, "revision", SL_NUMBER_MAX, err);
	if (status == SL_OK)
		status =
		    sl_json_need_bool(&out->retracted, row, "retracted", err);
	if (status == SL_OK)
		status = sl_json_need_text(&out->site, row, "site", err);
	if (status == SL_OK)
		status = sl_json_need_text(&out->key, row, "key", err);
	if (status == SL_OK)
		status = sl_json_need_text(&digest, row, "digest", err);
	if (status == SL_OK)
		status = sl_json_need_object(&layers, row, "layers", err);
	if (status == SL_OK)
		status = read_layers(out, layers, err);
	if (status == SL_OK && out->number > 0 &&
	    sl_hex_decode(out->digest, sizeof(out->digest),
	        sl_slice_text(digest)) != SL_OK)
		status = sl_error_set(err, SL_ERR_INTEGRITY, "digest");
	return status;
}

static int
compare_numbers(const void *a, const void *b)
{
	const struct known_episode *x = a;
	const struct known_episode *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static int
compare_identity(
    const struct known_episode *episode, const char *site, const char *key)
{
	int sites = strcmp(episode->site, site);

	return sites != 0 ? sites : strcmp(episode->key, key);
}

static int
compare_keys(const void *a, const void *b)
{
	const struct known_episode *const *x = a;
	const struct known_episode *const *y = b;

	return compare_identity(*x, (*y)->site, (*y)->key);
}

static enum sl_status
read_rows(struct known *known, struct sl_error *err)
{
	size_t count = json_array_size(known->rows);
	json_t *row;
	size_t i;

	known->episodes = calloc(count + 1, sizeof(*known->episodes));
	known->by_key = calloc(count + 1, sizeof(*known->by_key));
	if (known->episodes == NULL || known->by_key == NULL)
		return SL_ERR_NOMEM;
	json_array_foreach (known->rows, i, row) {
		enum sl_status status;

		known->episode_count++;
		status = read_row(&known->episodes[i], row, err);
		if (status != SL_OK)
			return sl_error_prefix(
			    err, status, "known episode %zu", i);
	}
	qsort(
	    known->episodes, count, sizeof(*known->episodes), compare_numbers);
	for (i = 0; i < count; i++)
		known->by_key[i] = &known->episodes[i];
	qsort(
	    known->by_key, count, sizeof(struct known_episode *), compare_keys);
	return SL_OK;
}

static enum sl_status
read_batches(
    struct known *known, const json_t *publications, struct sl_error *err)
{
	size_t count = json_array_size(publications);
	const json_t *row;
	size_t i;

	known->batches = calloc(count + 1, sizeof(*known->batches));
	if (known->batches == NULL)
		return SL_ERR_NOMEM;
	json_array_foreach (publications, i, row) {
		const char *state;
		uint32_t seq = 0;
		enum sl_status status;

		status = sl_json_need_text(&state, row, "state", err);
		if (status == SL_OK)
			status =
			    sl_json_need_u32(&seq, row, "seq", SL_SEQ_MAX, err);
		if (status != SL_OK)
			return status;
		if (strcmp(state, "visible") != 0)
			continue;
		if (seq == 0 || seq > count)
			return sl_error_set(err, SL_ERR_INTEGRITY,
			    "the list of batches has a gap");
		if (seq > known->batch_count)
			known->batch_count = seq;
		known->batches[seq - 1].seq = seq;
		status = sl_json_need_uuid(
		    &known->batches[seq - 1].publication, row, "id", err);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

enum sl_status
known_load(struct known *out, struct sl_db *db, struct sl_objects *objects,
    const char *dataset, const json_t *publications, struct sl_error *err)
{
	enum sl_status status;

	*out = (struct known){.dataset = dataset, .objects = objects};
	status = sl_store_dataset_known(&out->rows, db, dataset, NULL, err);
	if (status == SL_OK)
		status = read_rows(out, err);
	if (status == SL_OK)
		status = read_batches(out, publications, err);
	return status;
}

void
known_clear(struct known *known)
{
	for (size_t i = 0; i < known->episode_count; i++)
		free(known->episodes[i].layers);
	for (size_t i = 0; i < known->batch_count; i++)
		sl_index_free(known->batches[i].index);
	free(known->episodes);
	free(known->by_key);
	free(known->batches);
	json_decref(known->rows);
	*known = (struct known){0};
}

/* ---- finding ---- */

struct known_episode *
known_find(const struct known *known, const char *site, const char *key)
{
	size_t low = 0;
	size_t high = known->episode_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_identity(known->by_key[middle], site, key);

		if (order == 0)
			return known->by_key[middle]->number == 0
			    ? NULL
			    : known->by_key[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

struct known_episode *
known_find_number(const struct known *known, uint64_t number)
{
	struct known_episode wanted = {.number = (uint32_t)number};

	if (known->episode_count == 0 || number > SL_NUMBER_MAX)
		return NULL;
	return bsearch(&wanted, known->episodes, known->episode_count,
	    sizeof(wanted), compare_numbers);
}

const struct known_layer *
known_find_layer(const struct known_episode *episode, const char *layer)
{
	struct known_layer wanted = {.name = layer};

	if (episode->layer_count == 0)
		return NULL;
	return bsearch(&wanted, episode->layers, episode->layer_count,
	    sizeof(wanted), compare_layers);
}

/* Does "site/key", or the key alone, mean this episode? */
static bool
is_called(const struct known_episode *episode, const char *name)
{
	size_t site_len = strlen(episode->site);

	return strcmp(episode->key, name) == 0 ||
	    (strncmp(episode->site, name, site_len) == 0 &&
	        name[site_len] == '/' &&
	        strcmp(episode->key, name + site_len + 1) == 0);
}

enum sl_status
known_resolve(struct known_episode **out, const struct known *known,
    const char *name, struct sl_error *err)
{
	struct sl_uuid id;
	uint64_t number;
	bool has_id = sl_uuid_parse(&id, sl_slice_text(name)) == SL_OK;

	*out = NULL;
	if (sl_parse_u64(name, SL_NUMBER_MAX, &number))
		*out = number == 0 ? NULL : known_find_number(known, number);
	for (size_t i = 0; *out == NULL && has_id && i < known->episode_count;
	     i++) {
		if (known->episodes[i].number > 0 &&
		    sl_uuid_is(&known->episodes[i].id, &id))
			*out = &known->episodes[i];
	}
	if (*out != NULL)
		return SL_OK;
	for (size_t i = 0; i < known->episode_count; i++) {
		if (known->episodes[i].number == 0 ||
		    !is_called(&known->episodes[i], name))
			continue;
		if (*out != NULL)
			return sl_error_set(err, SL_ERR_INVALID,
			    "several episodes are called \"%s\"; give the "
			    "number",
			    name);
		*out = &known->episodes[i];
	}
	if (*out == NULL)
		return sl_error_code(err, SL_ERR_NOT_FOUND, "episode_not_found",
		    "%s has no episode \"%s\"", known->dataset, name);
	return SL_OK;
}

/* ---- indices ---- */

static enum sl_status
read_object(struct known *known, const struct known_batch *batch,
    const char *name, struct sl_buf *buf, struct sl_error *err)
{
	struct sl_object_name object = {
	    known->dataset, batch->publication, name};
	uint64_t bytes;
	enum sl_status status;
	int fd;

	status = sl_objects_get(known->objects, &object, &fd, &bytes, err);
	if (status != SL_OK)
		return status;
	status = bytes > buf->max ? SL_ERR_LIMIT
	                          : sl_buf_reserve(buf, (size_t)bytes);
	if (status == SL_OK)
		status = sl_file_read_at(fd, buf->data, (size_t)bytes, 0, err);
	if (status == SL_OK)
		buf->len = (size_t)bytes;
	close(fd);
	return status;
}

static enum sl_status
load_index(struct known *known, struct known_batch *batch, struct sl_error *err)
{
	struct sl_manifest manifest;
	struct sl_buf text;
	struct sl_buf index;
	enum sl_status status;

	sl_buf_init(&text, SL_MANIFEST_BYTES_MAX);
	sl_buf_init(&index, SL_INDEX_BYTES_MAX);
	status = read_object(known, batch, "manifest", &text, err);
	if (status == SL_OK)
		status = sl_manifest_parse(&manifest, sl_buf_slice(&text), err);
	if (status == SL_OK)
		status = read_object(known, batch, "index.json", &index, err);
	if (status == SL_OK)
		status = sl_manifest_check_object(
		    &manifest, SL_MANIFEST_INDEX, sl_buf_slice(&index), err);
	if (status == SL_OK)
		status =
		    sl_index_parse(&batch->index, sl_buf_slice(&index), err);
	if (status == SL_OK)
		status = sl_index_check_manifest(batch->index, &manifest, err);
	sl_buf_clear(&text);
	sl_buf_clear(&index);
	return status == SL_OK ? SL_OK
	                       : sl_error_prefix(err, status, "batch %u of %s",
	                             batch->seq, known->dataset);
}

enum sl_status
known_index(const struct sl_index **out, struct known *known, uint32_t seq,
    struct sl_error *err)
{
	struct known_batch *batch;
	enum sl_status status;

	if (seq == 0 || seq > known->batch_count ||
	    known->batches[seq - 1].seq != seq)
		return sl_error_set(
		    err, SL_ERR_INTEGRITY, "there is no batch %u", seq);
	batch = &known->batches[seq - 1];
	if (batch->index == NULL) {
		status = load_index(known, batch, err);
		if (status != SL_OK)
			return status;
	}
	*out = batch->index;
	return SL_OK;
}

enum sl_status
known_files(const struct sl_index_file **files, size_t *count,
    struct known *known, const struct known_layer *layer, struct sl_error *err)
{
	const struct sl_index_segment *segment;
	const struct sl_index *index = NULL;
	enum sl_status status;

	status = known_index(&index, known, layer->seq, err);
	if (status != SL_OK)
		return status;
	if (layer->ordinal >= index->segment_count)
		return sl_error_set(err, SL_ERR_INTEGRITY,
		    "batch %u has no segment %u", layer->seq, layer->ordinal);
	segment = &index->segments[layer->ordinal];
	*files = index->files + segment->file_first;
	*count = segment->file_count;
	return SL_OK;
}
