#include "carry.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/crypto/sha256.h"
#include "sluice/pack/chunk.h"
#include "sluice/pack/segment_reader.h"

/* Metadata of all sources of a dataset together. */
#define CONTENT_BYTES_MAX (512u << 20)

struct carry {
	struct plan_item *item;
	struct known *known;
	const struct sl_index *index;
	const struct sl_index_segment *segment;
	struct sl_segment_reader *reader;
	struct sl_chunk_decoder *decoder;
	unsigned char *stored;
	unsigned char *decoded;
	int fd;
	struct sl_error *err;
};

/* The item's file that wants this one's bytes; NULL if it is not kept. */
static struct plan_file *
find_wanted(struct plan_item *item, const char *path)
{
	for (size_t i = 0; i < item->file_count; i++) {
		if (item->files[i].dir == NULL &&
		    strcmp(item->files[i].file.path, path) == 0)
			return &item->files[i];
	}
	return NULL;
}

static enum sl_status
on_extent(
    void *ctx, const struct sl_segment_extent *extent, struct sl_error *err)
{
	struct carry *carry = ctx;
	const struct sl_index_file *file =
	    &carry->index->files[carry->segment->file_first + extent->file];
	struct plan_file *wanted = find_wanted(carry->item, file->path);

	(void)err;
	if (wanted == NULL)
		return SL_OK;
	if (wanted->content == NULL) {
		wanted->content = malloc(sizeof(*wanted->content));
		if (wanted->content == NULL)
			return SL_ERR_NOMEM;
		sl_buf_init(wanted->content, CONTENT_BYTES_MAX);
	}
	return sl_buf_append(
	    wanted->content, extent->bytes.data, extent->bytes.len);
}

static enum sl_status
read_chunk(struct carry *carry, uint32_t place)
{
	const struct sl_index_chunk *chunk =
	    &carry->index->chunks[carry->segment->chunk_first + place];
	struct sl_slice stored = {carry->stored, chunk->stored_bytes};
	enum sl_status status;

	if (chunk->stored_bytes > SL_CHUNK_STORED_MAX ||
	    chunk->decoded_bytes > SL_CHUNK_DECODED_MAX)
		return sl_error_set(
		    carry->err, SL_ERR_INTEGRITY, "a chunk is too large");
	status = sl_file_read_at(carry->fd, carry->stored, chunk->stored_bytes,
	    chunk->pack_offset, carry->err);
	if (status == SL_OK && sl_chunk_check(stored, chunk->blake2b) != SL_OK)
		status = sl_error_set(carry->err, SL_ERR_INTEGRITY,
		    "chunk %u of batch %u is damaged",
		    carry->segment->chunk_first + place, carry->index->seq);
	if (status == SL_OK)
		status = sl_chunk_decode(carry->decoder, stored, carry->decoded,
		    chunk->decoded_bytes, carry->err);
	if (status == SL_OK)
		status = sl_segment_reader_walk(carry->reader, place,
		    sl_slice_of(carry->decoded, chunk->decoded_bytes),
		    on_extent, carry, carry->err);
	return status;
}

static enum sl_status
open_reader(struct carry *carry)
{
	const struct sl_index_segment *segment = carry->segment;
	struct sl_segment_file *files;
	enum sl_status status;

	files = calloc(segment->file_count + 1, sizeof(*files));
	if (files == NULL)
		return SL_ERR_NOMEM;
	for (uint32_t i = 0; i < segment->file_count; i++) {
		const struct sl_index_file *file =
		    &carry->index->files[segment->file_first + i];

		files[i].path = sl_slice_text(file->path);
		files[i].bytes = file->bytes;
	}
	status = sl_segment_reader_new(&carry->reader, files,
	    segment->file_count, carry->index->published_us);
	free(files);
	if (status == SL_OK &&
	    sl_segment_reader_chunk_count(carry->reader) !=
	        segment->chunk_count)
		status = sl_error_set(carry->err, SL_ERR_INTEGRITY,
		    "batch %u: the dataset files do not fit their chunks",
		    carry->index->seq);
	return status;
}

static enum sl_status
open_pack(struct carry *carry)
{
	struct sl_object_name object = {carry->known->dataset,
	    carry->known->batches[carry->index->seq - 1].publication,
	    "pack.tar.zst"};
	uint64_t bytes;
	enum sl_status status;

	status = sl_objects_get(
	    carry->known->objects, &object, &carry->fd, &bytes, carry->err);
	if (status == SL_OK)
		status = sl_chunk_decoder_new(&carry->decoder);
	if (status != SL_OK)
		return status;
	carry->stored = malloc(SL_CHUNK_STORED_MAX);
	carry->decoded = malloc(SL_CHUNK_DECODED_MAX);
	if (carry->stored == NULL || carry->decoded == NULL)
		return SL_ERR_NOMEM;
	return open_reader(carry);
}

static enum sl_status
check_content(const struct plan_item *item, struct sl_error *err)
{
	for (size_t i = 0; i < item->file_count; i++) {
		const struct plan_file *file = &item->files[i];
		unsigned char sha256[32];

		if (file->dir != NULL)
			continue;
		if (file->content == NULL ||
		    file->content->len != file->file.bytes ||
		    sl_sha256_of(sha256, sl_buf_slice(file->content)) !=
		        SL_OK ||
		    memcmp(sha256, file->file.sha256, 32) != 0)
			return sl_error_set(err, SL_ERR_INTEGRITY,
			    "%s: not as it was published", file->file.path);
	}
	return SL_OK;
}

enum sl_status
carry_files(struct plan_item *item, struct known *known,
    const struct known_layer *layer, struct sl_error *err)
{
	struct carry carry = {
	    .item = item, .known = known, .fd = -1, .err = err};
	bool needed = false;
	enum sl_status status;

	for (size_t i = 0; i < item->file_count; i++)
		needed |= item->files[i].dir == NULL;
	if (!needed)
		return SL_OK;
	status = known_index(&carry.index, known, layer->seq, err);
	if (status != SL_OK)
		return status;
	carry.segment = &carry.index->segments[layer->ordinal];
	status = open_pack(&carry);
	for (uint32_t i = 0; status == SL_OK && i < carry.segment->chunk_count;
	     i++)
		status = read_chunk(&carry, i);
	if (status == SL_OK)
		status = check_content(item, err);
	if (carry.fd >= 0)
		close(carry.fd);
	sl_segment_reader_free(carry.reader);
	sl_chunk_decoder_free(carry.decoder);
	free(carry.stored);
	free(carry.decoded);
	return status;
}
