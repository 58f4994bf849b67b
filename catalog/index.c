#include "sluice/catalog/index.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "index_store.h"
#include "sluice/base/checked.h"
#include "sluice/base/clock.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/path.h"

/* Strings are kept in blocks of this size, or their own if they are longer. */
#define BLOCK_BYTES ((size_t)65536)

/* A tar header, one pax header with its body, and padding, per file. */
#define TAR_OVERHEAD_MAX 4096
#define TAR_BLOCK        512

enum sl_status
sl_index_alloc(struct sl_index **out, struct sl_error *err)
{
	struct sl_index *index = calloc(1, sizeof(*index));

	*out = NULL;
	if (index != NULL)
		index->store = calloc(1, sizeof(*index->store));
	if (index == NULL || index->store == NULL) {
		free(index);
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	*out = index;
	return SL_OK;
}

void
sl_index_free(struct sl_index *index)
{
	if (index == NULL)
		return;
	while (index->store->blocks != NULL) {
		struct sl_index_block *next = index->store->blocks->next;

		free(index->store->blocks);
		index->store->blocks = next;
	}
	free(index->store->pending);
	free(index->store);
	for (uint32_t i = 0; i < index->entry_count; i++)
		sl_entry_clear(&index->entries[i]);
	free(index->entries);
	free(index->segments);
	free(index->files);
	free(index->chunks);
	free(index);
}

const char *
sl_index_copy_text(struct sl_index *index, const char *text)
{
	struct sl_index_block *block = index->store->blocks;
	size_t size = strlen(text) + 1;
	char *copy;

	if (block == NULL || block->size - block->used < size) {
		size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;

		block = malloc(sizeof(*block) + room);
		if (block == NULL)
			return NULL;
		block->used = 0;
		block->size = room;
		block->next = index->store->blocks;
		index->store->blocks = block;
	}
	copy = block->bytes + block->used;
	memcpy(copy, text, size);
	block->used += size;
	return copy;
}

enum sl_status
sl_index_grow(void **table, size_t item_size, size_t count, size_t max,
    const char *what, struct sl_error *err)
{
	size_t capacity = count == 0 ? 16 : count * 2;
	void *grown;

	if (count >= max)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "more than %zu %s in a batch", max, what);
	/* Grown at 0 and at each power of two from 16 on. */
	if (count != 0 && (count < 16 || (count & (count - 1)) != 0))
		return SL_OK;
	grown = realloc(*table, capacity * item_size);
	if (grown == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	*table = grown;
	return SL_OK;
}

static enum sl_status
check_entries(struct sl_index *index, struct sl_error *err)
{
	for (uint32_t i = 0; i < index->entry_count; i++) {
		const struct sl_entry *entry = &index->entries[i];
		enum sl_status status = sl_entry_check(entry, index->seq, err);

		if (status != SL_OK)
			return status;
		if (i > 0 && entry[-1].number >= entry->number)
			return sl_error_set(err, SL_ERR_INVALID,
			    "episode %u is there twice or out of order",
			    entry->number);
		if (entry->number == 0)
			continue;
		switch (entry->op) {
		case SL_ENTRY_ADD:
			index->added++;
			index->duration_ms += entry->facets.duration_ms;
			break;
		case SL_ENTRY_REVISE:
			index->revised++;
			break;
		case SL_ENTRY_RETRACT:
			index->retracted++;
			break;
		}
	}
	return SL_OK;
}

/* Walking the entries in order, their new layers are exactly the segments in
 * order: ordinals are dense and each segment has one owner. */
static enum sl_status
check_ordinals(struct sl_index *index, struct sl_error *err)
{
	uint32_t ordinal = 0;

	for (uint32_t i = 0; i < index->entry_count; i++) {
		const struct sl_entry *entry = &index->entries[i];

		for (size_t j = 0; j < entry->layer_count; j++) {
			const struct sl_entry_layer *layer = &entry->layers[j];
			struct sl_index_segment *segment;

			if (layer->kind != SL_LAYER_NEW)
				continue;
			if (ordinal >= index->segment_count)
				return sl_error_set(err, SL_ERR_INVALID,
				    "episode %u layer %s has no segment",
				    entry->number, layer->name);
			segment = &index->segments[ordinal];
			if (layer->ordinal != ordinal ||
			    segment->number != entry->number ||
			    strcmp(segment->layer, layer->name) != 0)
				return sl_error_set(err, SL_ERR_INVALID,
				    "segment %u is not episode %u layer %s",
				    ordinal, entry->number, layer->name);
			segment->layer = layer->name;
			segment->entry = i;
			ordinal++;
		}
	}
	if (ordinal != index->segment_count)
		return sl_error_set(err, SL_ERR_INVALID,
		    "segment %u belongs to no episode", ordinal);
	return SL_OK;
}

static bool
is_media_type(const char *text)
{
	static const char others[] = "!#$&^_.+-";
	size_t len = strlen(text);
	int slashes = 0;

	if (len < 3 || len > SL_INDEX_MEDIA_MAX || text[0] == '/' ||
	    text[len - 1] == '/')
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '/')
			slashes++;
		else if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    strchr(others, c) == NULL)
			return false;
	}
	return slashes == 1;
}

static enum sl_status
check_file(const struct sl_index_file *file, struct sl_path_set *paths,
    uint32_t owner, struct sl_error *err)
{
	if (file->bytes > SL_INDEX_FILE_MAX)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "a file of %" PRIu64 " bytes", file->bytes);
	if (!is_media_type(file->media_type))
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"%.64s\" is not a media type", file->media_type);
	return sl_path_set_add(paths, sl_slice_text(file->path), owner, err);
}

static enum sl_status
check_segment(struct sl_index *index, struct sl_index_segment *segment,
    struct sl_path_set *paths, struct sl_error *err)
{
	const struct sl_index_file *files = index->files + segment->file_first;

	if (segment->file_count == 0)
		return sl_error_set(err, SL_ERR_INVALID, "no file");
	segment->content_bytes = 0;
	for (uint32_t i = 0; i < segment->file_count; i++) {
		enum sl_status status =
		    check_file(&files[i], paths, segment->number, err);

		if (status != SL_OK)
			return status;
		if (i > 0 && strcmp(files[i - 1].path, files[i].path) >= 0)
			return sl_error_set(err, SL_ERR_INVALID,
			    "files are not in the order of their paths");
		if (!sl_add_u64(segment->content_bytes, files[i].bytes,
		        &segment->content_bytes))
			return sl_error_set(
			    err, SL_ERR_LIMIT, "sizes overflow");
	}
	if (!sl_add_u64(index->content_bytes, segment->content_bytes,
	        &index->content_bytes))
		return sl_error_set(err, SL_ERR_LIMIT, "sizes overflow");
	return SL_OK;
}

enum sl_status
sl_index_check_tables(struct sl_index *index, struct sl_error *err)
{
	struct sl_path_set *paths;
	enum sl_status status = check_entries(index, err);

	if (status == SL_OK)
		status = check_ordinals(index, err);
	if (status != SL_OK)
		return status;
	if (sl_path_set_new(&paths) != SL_OK)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (uint32_t i = 0; status == SL_OK && i < index->segment_count; i++) {
		status = check_segment(index, &index->segments[i], paths, err);
		if (status != SL_OK)
			(void)sl_error_prefix(err, status,
			    "segment %u (episode %u, %s)", i,
			    index->segments[i].number,
			    index->segments[i].layer);
	}
	sl_path_set_free(paths);
	return status;
}

enum sl_status
sl_index_count_chunk(struct sl_index *index, struct sl_index_segment *segment,
    struct sl_index_chunk *chunk, struct sl_error *err)
{
	if (chunk->stored_bytes == 0 ||
	    chunk->stored_bytes > SL_INDEX_STORED_MAX ||
	    chunk->decoded_bytes == 0 ||
	    chunk->decoded_bytes > SL_INDEX_CHUNK_MAX)
		return sl_error_set(err, SL_ERR_INVALID,
		    "a chunk of %u bytes that decodes to %u",
		    chunk->stored_bytes, chunk->decoded_bytes);
	if (segment->decoded_bytes % SL_INDEX_CHUNK_MAX != 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "a chunk after one that is not full");
	chunk->pack_offset = index->chunk_bytes;
	if (segment->decoded_bytes == 0)
		segment->pack_offset = index->chunk_bytes;
	segment->stored_bytes += chunk->stored_bytes;
	segment->decoded_bytes += chunk->decoded_bytes;
	index->chunk_bytes += chunk->stored_bytes;
	return SL_OK;
}

enum sl_status
sl_index_check_sizes(
    const struct sl_index_segment *segment, struct sl_error *err)
{
	uint64_t content = segment->content_bytes;
	uint64_t files = segment->file_count;

	if (segment->decoded_bytes % TAR_BLOCK != 0 ||
	    segment->decoded_bytes < content + files * TAR_BLOCK ||
	    segment->decoded_bytes > content + files * TAR_OVERHEAD_MAX)
		return sl_error_set(err, SL_ERR_INVALID,
		    "chunks decode to %" PRIu64 " bytes, no tar of its %" PRIu64
		    " bytes of files has that size",
		    segment->decoded_bytes, content);
	return SL_OK;
}

static enum sl_status
differs(const char *what, struct sl_error *err)
{
	return sl_error_code(err, SL_ERR_INTEGRITY, "index_mismatch",
	    "index and manifest do not agree: %s", what);
}

enum sl_status
sl_index_check_manifest(const struct sl_index *index,
    const struct sl_manifest *manifest, struct sl_error *err)
{
	if (strcmp(index->dataset, manifest->dataset) != 0)
		return differs("dataset", err);
	if (index->seq != manifest->seq)
		return differs("seq", err);
	if (index->published_us != manifest->published_us)
		return differs("published", err);
	if (index->added != manifest->added ||
	    index->revised != manifest->revised ||
	    index->retracted != manifest->retracted)
		return differs("episodes", err);
	if (index->duration_ms != manifest->duration_ms)
		return differs("duration_s", err);
	if (index->content_bytes != manifest->content_bytes)
		return differs("content_bytes", err);
	/* The end-of-archive frame is more than nothing. */
	if (index->chunk_bytes >= manifest->pack_bytes)
		return differs("pack_bytes", err);
	return SL_OK;
}

const struct sl_entry *
sl_index_find_entry(const struct sl_index *index, uint32_t number)
{
	uint32_t low = 0;
	uint32_t high = index->entry_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (index->entries[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == index->entry_count || index->entries[low].number != number)
		return NULL;
	return &index->entries[low];
}

enum sl_status
sl_index_write_files_sha256(struct sl_buf *buf, const struct sl_index *index)
{
	enum sl_status status = SL_OK;

	for (uint32_t i = 0; status == SL_OK && i < index->file_count; i++) {
		char hash[65];

		sl_hex_encode(hash, index->files[i].sha256, 32);
		status =
		    sl_buf_printf(buf, "%s  %s\n", hash, index->files[i].path);
	}
	return status;
}

void
sl_index_describe(const struct sl_index *index, struct sl_manifest *manifest)
{
	memcpy(manifest->dataset, index->dataset, sizeof(manifest->dataset));
	manifest->seq = index->seq;
	manifest->published_us = index->published_us;
	manifest->added = index->added;
	manifest->revised = index->revised;
	manifest->retracted = index->retracted;
	manifest->duration_ms = index->duration_ms;
	manifest->content_bytes = index->content_bytes;
}
