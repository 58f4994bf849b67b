/* Making an index: collect, seal, count chunks. */
#include <stdlib.h>
#include <string.h>

#include "index_store.h"
#include "sluice/catalog/path.h"

enum sl_status
sl_index_build_new(struct sl_index **out, const char *dataset, uint32_t seq,
    int64_t published_us, struct sl_error *err)
{
	struct sl_index *index;
	enum sl_status status;

	*out = NULL;
	if (!sl_dataset_name_is_valid(sl_slice_text(dataset)) || seq == 0 ||
	    seq > SL_SEQ_MAX || published_us < 0 || published_us % 1000000 != 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "not a dataset's name, a batch number and a whole second");
	status = sl_index_alloc(&index, err);
	if (status != SL_OK)
		return status;
	memcpy(index->dataset, dataset, strlen(dataset) + 1);
	index->seq = seq;
	index->published_us = published_us;
	*out = index;
	return SL_OK;
}

static enum sl_status
not_now(const char *what, struct sl_error *err)
{
	return sl_error_set(err, SL_ERR_STATE, "%s at the wrong time", what);
}

enum sl_status
sl_index_add_entry(
    struct sl_index *index, const struct sl_entry *entry, struct sl_error *err)
{
	struct sl_entry *copy;
	enum sl_status status;

	if (index->store->sealed)
		return not_now("an entry", err);
	status =
	    sl_index_grow((void **)&index->entries, sizeof(index->entries[0]),
	        index->entry_count, SL_INDEX_EPISODES_MAX, "episodes", err);
	if (status != SL_OK)
		return status;
	copy = &index->entries[index->entry_count];
	*copy = *entry;
	copy->layers = NULL;
	copy->layer_count = 0;
	for (size_t i = 0; i < entry->layer_count; i++) {
		struct sl_entry_layer layer = entry->layers[i];

		if (layer.kind == SL_LAYER_NEW)
			layer.seq = index->seq;
		status = sl_entry_add_layer(copy, &layer, err);
		if (status != SL_OK) {
			sl_entry_clear(copy);
			return status;
		}
	}
	index->entry_count++;
	return SL_OK;
}

enum sl_status
sl_index_add_file(struct sl_index *index, uint32_t number, const char *layer,
    const struct sl_index_file *file, struct sl_error *err)
{
	struct sl_index_store *store = index->store;
	struct sl_index_pending *pending;
	enum sl_status status = sl_path_judge(sl_slice_text(file->path), err);

	if (store->sealed)
		return not_now("a file", err);
	if (status == SL_OK && !sl_layer_is_valid(sl_slice_text(layer)))
		status = sl_error_set(
		    err, SL_ERR_INVALID, "\"%.64s\" is not a layer", layer);
	if (status == SL_OK)
		status = sl_index_grow((void **)&store->pending,
		    sizeof(store->pending[0]), store->pending_count,
		    SL_INDEX_FILES_MAX, "files", err);
	if (status != SL_OK)
		return status;
	pending = &store->pending[store->pending_count];
	pending->number = number;
	memcpy(pending->layer, layer, strlen(layer) + 1);
	pending->file = *file;
	pending->file.path = sl_index_copy_text(index, file->path);
	pending->file.media_type = sl_index_copy_text(index, file->media_type);
	if (pending->file.path == NULL || pending->file.media_type == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	store->pending_count++;
	return SL_OK;
}

static int
compare_entries(const void *a, const void *b)
{
	uint32_t left = ((const struct sl_entry *)a)->number;
	uint32_t right = ((const struct sl_entry *)b)->number;

	return left < right ? -1 : left > right;
}

static int
compare_pending(const void *a, const void *b)
{
	const struct sl_index_pending *left = a;
	const struct sl_index_pending *right = b;
	int order;

	if (left->number != right->number)
		return left->number < right->number ? -1 : 1;
	order = strcmp(left->layer, right->layer);
	return order != 0 ? order : strcmp(left->file.path, right->file.path);
}

/* The next segment, with the files that are next and belong to it. */
static enum sl_status
make_segment(struct sl_index *index, const struct sl_entry *entry,
    struct sl_entry_layer *layer, struct sl_error *err)
{
	const struct sl_index_store *store = index->store;
	struct sl_index_segment *segment;
	enum sl_status status =
	    sl_index_grow((void **)&index->segments, sizeof(index->segments[0]),
	        index->segment_count, SL_INDEX_SEGMENTS_MAX, "segments", err);

	if (status != SL_OK)
		return status;
	layer->ordinal = index->segment_count;
	segment = &index->segments[index->segment_count++];
	memset(segment, 0, sizeof(*segment));
	segment->number = entry->number;
	segment->layer = layer->name;
	segment->file_first = index->file_count;
	while (index->file_count < store->pending_count) {
		const struct sl_index_pending *next =
		    &store->pending[index->file_count];

		if (next->number != entry->number ||
		    strcmp(next->layer, layer->name) != 0)
			break;
		index->files[index->file_count++] = next->file;
		segment->file_count++;
	}
	return SL_OK;
}

static enum sl_status
make_segments(struct sl_index *index, struct sl_error *err)
{
	const struct sl_index_store *store = index->store;

	for (uint32_t i = 0; i < index->entry_count; i++) {
		struct sl_entry *entry = &index->entries[i];

		for (size_t j = 0; j < entry->layer_count; j++) {
			enum sl_status status = SL_OK;

			if (entry->layers[j].kind == SL_LAYER_NEW)
				status = make_segment(
				    index, entry, &entry->layers[j], err);
			if (status != SL_OK)
				return status;
		}
	}
	if (index->file_count < store->pending_count)
		return sl_error_set(err, SL_ERR_INVALID,
		    "episode %u has no new layer %s for \"%.120s\"",
		    store->pending[index->file_count].number,
		    store->pending[index->file_count].layer,
		    store->pending[index->file_count].file.path);
	return SL_OK;
}

enum sl_status
sl_index_seal(struct sl_index *index, struct sl_error *err)
{
	struct sl_index_store *store = index->store;
	enum sl_status status;

	if (store->sealed)
		return not_now("seal", err);
	store->sealed = true;
	index->files = calloc(store->pending_count + 1, sizeof(*index->files));
	if (index->files == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	if (index->entry_count > 0)
		qsort(index->entries, index->entry_count,
		    sizeof(index->entries[0]), compare_entries);
	if (store->pending_count > 0)
		qsort(store->pending, store->pending_count,
		    sizeof(store->pending[0]), compare_pending);
	status = make_segments(index, err);
	if (status == SL_OK)
		status = sl_index_check_tables(index, err);
	free(store->pending);
	store->pending = NULL;
	store->pending_count = 0;
	return status;
}

enum sl_status
sl_index_add_chunk(struct sl_index *index, uint32_t stored_bytes,
    uint32_t decoded_bytes, const unsigned char blake2b[32],
    struct sl_error *err)
{
	struct sl_index_chunk chunk = {0};
	struct sl_index_segment *segment;
	enum sl_status status;

	if (!index->store->sealed ||
	    index->store->segments_ended == index->segment_count)
		return not_now("a chunk", err);
	segment = &index->segments[index->store->segments_ended];
	chunk.stored_bytes = stored_bytes;
	chunk.decoded_bytes = decoded_bytes;
	memcpy(chunk.blake2b, blake2b, sizeof(chunk.blake2b));
	status =
	    sl_index_grow((void **)&index->chunks, sizeof(index->chunks[0]),
	        index->chunk_count, SL_INDEX_CHUNKS_MAX, "chunks", err);
	if (status == SL_OK)
		status = sl_index_count_chunk(index, segment, &chunk, err);
	if (status != SL_OK)
		return status;
	if (segment->chunk_count++ == 0)
		segment->chunk_first = index->chunk_count;
	index->chunks[index->chunk_count++] = chunk;
	return SL_OK;
}

enum sl_status
sl_index_end_segment(struct sl_index *index, struct sl_error *err)
{
	const struct sl_index_segment *segment;
	enum sl_status status;

	if (!index->store->sealed ||
	    index->store->segments_ended == index->segment_count)
		return not_now("the end of a segment", err);
	segment = &index->segments[index->store->segments_ended];
	status = sl_index_check_sizes(segment, err);
	if (status != SL_OK)
		return sl_error_prefix(
		    err, status, "segment %u", index->store->segments_ended);
	index->store->segments_ended++;
	return SL_OK;
}
