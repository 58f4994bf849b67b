/* An index from the bytes of index.json, strictly. */
#include <stdlib.h>
#include <string.h>

#include "index_store.h"
#include "sluice/base/clock.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"

static enum sl_status
malformed(const char *what, struct sl_error *err)
{
	return sl_error_set(err, SL_ERR_INVALID, "%s", what);
}

/* An array of integers 0 … max at `at`? */
static bool
read_number(const json_t *array, size_t at, uint64_t max, uint64_t *out)
{
	const json_t *value = json_array_get(array, at);
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < 0 || (uint64_t)number > max)
		return false;
	*out = (uint64_t)number;
	return true;
}

static bool
read_hash(const json_t *array, size_t at, unsigned char out[32])
{
	const char *text = json_string_value(json_array_get(array, at));

	return text != NULL &&
	    sl_hex_decode(out, 32, sl_slice_text(text)) == SL_OK;
}

static enum sl_status
parse_retraction(
    struct sl_entry *entry, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {
	    "op", "id", "number", "revision", "reason", NULL};
	const char *reason;
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status = sl_json_need_text(&reason, object, "reason", err);
	if (status != SL_OK)
		return status;
	if (!sl_slug_is_valid(sl_slice_text(reason)))
		return malformed("\"reason\" is not a slug", err);
	memcpy(entry->reason, reason, strlen(reason) + 1);
	return SL_OK;
}

static enum sl_status
parse_content(struct sl_entry *entry, const json_t *object, uint32_t seq,
    struct sl_error *err)
{
	static const char *const keys[] = {
	    "op", "id", "number", "revision", "facets", "layers", NULL};
	json_t *facets;
	json_t *layers;
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status = sl_json_need_object(&facets, object, "facets", err);
	if (status == SL_OK)
		status = sl_facets_from_json(&entry->facets, facets, err);
	if (status == SL_OK)
		status = sl_json_need_object(&layers, object, "layers", err);
	if (status == SL_OK)
		status = sl_entry_layers_from_json(entry, layers, seq, err);
	return status;
}

static enum sl_status
parse_entry(struct sl_index *index, const json_t *object, struct sl_error *err)
{
	struct sl_entry *entry = &index->entries[index->entry_count++];
	const char *op;
	enum sl_status status = sl_json_need_text(&op, object, "op", err);

	if (status == SL_OK &&
	    sl_entry_op_by_name(&entry->op, sl_slice_text(op)) != SL_OK)
		status = malformed("\"op\" is not add, revise or retract", err);
	if (status == SL_OK)
		status = sl_json_need_uuid(&entry->id, object, "id", err);
	if (status == SL_OK)
		status = sl_json_need_u32(
		    &entry->number, object, "number", SL_NUMBER_MAX, err);
	if (status == SL_OK)
		status = sl_json_need_u32(
		    &entry->revision, object, "revision", SL_NUMBER_MAX, err);
	if (status != SL_OK)
		return status;
	return entry->op == SL_ENTRY_RETRACT
	    ? parse_retraction(entry, object, err)
	    : parse_content(entry, object, index->seq, err);
}

static enum sl_status
parse_entries(
    struct sl_index *index, const json_t *object, struct sl_error *err)
{
	json_t *episodes;
	size_t count;
	enum sl_status status =
	    sl_json_need_array(&episodes, object, "episodes", err);

	if (status != SL_OK)
		return status;
	count = json_array_size(episodes);
	if (count > SL_INDEX_EPISODES_MAX)
		return sl_error_set(err, SL_ERR_LIMIT, "more than %d episodes",
		    SL_INDEX_EPISODES_MAX);
	index->entries = calloc(count + 1, sizeof(*index->entries));
	if (index->entries == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		status = parse_entry(index, json_array_get(episodes, i), err);
		if (status != SL_OK)
			return sl_error_prefix(err, status, "episodes[%zu]", i);
	}
	return SL_OK;
}

static enum sl_status
parse_file(struct sl_index *index, const json_t *array, struct sl_error *err)
{
	struct sl_index_file *file;
	const char *path = json_string_value(json_array_get(array, 0));
	const char *media = json_string_value(json_array_get(array, 3));
	enum sl_status status =
	    sl_index_grow((void **)&index->files, sizeof(index->files[0]),
	        index->file_count, SL_INDEX_FILES_MAX, "files", err);

	if (status != SL_OK)
		return status;
	file = &index->files[index->file_count];
	if (json_array_size(array) != 4 || path == NULL || media == NULL ||
	    !read_number(array, 1, SL_INDEX_FILE_MAX, &file->bytes) ||
	    !read_hash(array, 2, file->sha256))
		return malformed(
		    "a file is not [path, bytes, sha256, media type]", err);
	file->path = sl_index_copy_text(index, path);
	file->media_type = sl_index_copy_text(index, media);
	if (file->path == NULL || file->media_type == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	index->file_count++;
	return SL_OK;
}

/* "chunks":[first,count]; spans follow each other without a gap. */
static enum sl_status
parse_span(struct sl_index *index, struct sl_index_segment *segment,
    const json_t *span, struct sl_error *err)
{
	uint64_t first;
	uint64_t count;
	uint32_t expected = 0;

	if (json_array_size(span) != 2 ||
	    !read_number(span, 0, SL_INDEX_CHUNKS_MAX, &first) ||
	    !read_number(span, 1, SL_INDEX_CHUNKS_MAX, &count) || count == 0)
		return malformed("\"chunks\" is not [first, count]", err);
	if (segment > index->segments)
		expected = segment[-1].chunk_first + segment[-1].chunk_count;
	if (first != expected)
		return malformed("chunks overlap or leave a gap", err);
	segment->chunk_first = (uint32_t)first;
	segment->chunk_count = (uint32_t)count;
	return SL_OK;
}

static enum sl_status
parse_segment(
    struct sl_index *index, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {
	    "episode", "layer", "files", "chunks", NULL};
	struct sl_index_segment *segment =
	    &index->segments[index->segment_count];
	json_t *files;
	json_t *span;
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status = sl_json_need_u32(
		    &segment->number, object, "episode", SL_NUMBER_MAX, err);
	if (status == SL_OK)
		status =
		    sl_json_need_text(&segment->layer, object, "layer", err);
	if (status == SL_OK)
		status = sl_json_need_array(&files, object, "files", err);
	if (status == SL_OK)
		status = sl_json_need_array(&span, object, "chunks", err);
	if (status == SL_OK)
		status = parse_span(index, segment, span, err);
	if (status != SL_OK)
		return status;
	segment->file_first = index->file_count;
	for (size_t i = 0; i < json_array_size(files); i++) {
		status = parse_file(index, json_array_get(files, i), err);
		if (status != SL_OK)
			return sl_error_prefix(err, status, "files[%zu]", i);
	}
	segment->file_count = index->file_count - segment->file_first;
	index->segment_count++;
	return SL_OK;
}

static enum sl_status
parse_segments(
    struct sl_index *index, const json_t *object, struct sl_error *err)
{
	json_t *segments;
	size_t count;
	enum sl_status status =
	    sl_json_need_array(&segments, object, "segments", err);

	if (status != SL_OK)
		return status;
	count = json_array_size(segments);
	if (count > SL_INDEX_SEGMENTS_MAX)
		return sl_error_set(err, SL_ERR_LIMIT, "more than %d segments",
		    SL_INDEX_SEGMENTS_MAX);
	index->segments = calloc(count + 1, sizeof(*index->segments));
	if (index->segments == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		status = parse_segment(index, json_array_get(segments, i), err);
		if (status != SL_OK)
			return sl_error_prefix(err, status, "segments[%zu]", i);
	}
	return SL_OK;
}

static enum sl_status
parse_chunks(struct sl_index *index, const json_t *array, struct sl_error *err)
{
	size_t count = json_array_size(array);

	if (count > SL_INDEX_CHUNKS_MAX)
		return sl_error_set(err, SL_ERR_LIMIT, "more than %d chunks",
		    SL_INDEX_CHUNKS_MAX);
	index->chunks = calloc(count + 1, sizeof(*index->chunks));
	if (index->chunks == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(array, i);
		struct sl_index_chunk *chunk =
		    &index->chunks[index->chunk_count++];
		uint64_t stored;
		uint64_t decoded;

		if (json_array_size(item) != 3 ||
		    !read_number(item, 0, SL_INDEX_STORED_MAX, &stored) ||
		    !read_number(item, 1, SL_INDEX_CHUNK_MAX, &decoded) ||
		    !read_hash(item, 2, chunk->blake2b))
			return sl_error_set(err, SL_ERR_INVALID,
			    "chunks[%zu] is not [stored, decoded, blake2b]", i);
		chunk->stored_bytes = (uint32_t)stored;
		chunk->decoded_bytes = (uint32_t)decoded;
	}
	return SL_OK;
}

/* Spans are known to follow each other; do they fill the table, and do the
 * sizes add up? */
static enum sl_status
count_chunks(struct sl_index *index, struct sl_error *err)
{
	uint64_t next = 0;

	for (uint32_t i = 0; i < index->segment_count; i++) {
		struct sl_index_segment *segment = &index->segments[i];
		enum sl_status status = SL_OK;

		next = (uint64_t)segment->chunk_first + segment->chunk_count;
		if (next > index->chunk_count)
			return malformed("a segment without its chunks", err);
		for (uint64_t j = segment->chunk_first;
		     status == SL_OK && j < next; j++)
			status = sl_index_count_chunk(
			    index, segment, &index->chunks[j], err);
		if (status == SL_OK)
			status = sl_index_check_sizes(segment, err);
		if (status != SL_OK)
			return sl_error_prefix(err, status, "segment %u", i);
	}
	if (next != index->chunk_count)
		return malformed("a chunk without a segment", err);
	return SL_OK;
}

static enum sl_status
parse_heading(
    struct sl_index *index, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"version", "dataset", "seq",
	    "published", "episodes", "segments", "chunks", NULL};
	const char *dataset;
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status = sl_json_need_version(object, 1, err);
	if (status == SL_OK)
		status = sl_json_need_text(&dataset, object, "dataset", err);
	if (status == SL_OK &&
	    !sl_dataset_name_is_valid(sl_slice_text(dataset)))
		status = malformed("\"dataset\" is not a dataset's name", err);
	if (status == SL_OK)
		memcpy(index->dataset, dataset, strlen(dataset) + 1);
	if (status == SL_OK)
		status = sl_json_need_u32(
		    &index->seq, object, "seq", SL_SEQ_MAX, err);
	if (status == SL_OK && index->seq == 0)
		status = malformed("\"seq\" is 0", err);
	if (status == SL_OK)
		status = sl_json_need_time(
		    &index->published_us, object, "published", err);
	if (status == SL_OK && index->published_us % 1000000 != 0)
		status = malformed("\"published\" is not a whole second", err);
	return status;
}

static enum sl_status
parse_tables(struct sl_index *index, const json_t *object, struct sl_error *err)
{
	json_t *chunks;
	enum sl_status status = parse_heading(index, object, err);

	if (status == SL_OK)
		status = parse_entries(index, object, err);
	if (status == SL_OK)
		status = parse_segments(index, object, err);
	if (status == SL_OK)
		status = sl_json_need_array(&chunks, object, "chunks", err);
	if (status == SL_OK)
		status = parse_chunks(index, chunks, err);
	/* From here on layer names are the entries', not jansson's. */
	if (status == SL_OK)
		status = sl_index_check_tables(index, err);
	if (status == SL_OK)
		status = count_chunks(index, err);
	return status;
}

enum sl_status
sl_index_parse(
    struct sl_index **out, struct sl_slice text, struct sl_error *err)
{
	struct sl_index *index;
	json_t *object;
	enum sl_status status;

	*out = NULL;
	status = sl_json_parse(&object, text, SL_INDEX_BYTES_MAX, err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "index");
	status = sl_index_alloc(&index, err);
	if (status == SL_OK)
		status = parse_tables(index, object, err);
	json_decref(object);
	if (status != SL_OK) {
		sl_index_free(index);
		return sl_error_prefix(err, status, "index");
	}
	index->store->sealed = true;
	index->store->segments_ended = index->segment_count;
	*out = index;
	return SL_OK;
}
