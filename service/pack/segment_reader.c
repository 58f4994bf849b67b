#include "sluice/pack/segment_reader.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/pack/chunk.h"
#include "sluice/pack/tar.h"

struct member {
	struct sl_slice path;
	uint64_t bytes;
	uint64_t start;   /* of its header in the decoded stream */
	uint64_t content; /* where its header ends */
};

struct sl_segment_reader {
	int64_t published_us;
	uint64_t bytes;
	size_t member_count;
	struct member members[];
};

/* Lay the members out one after the other. */
static enum sl_status
place_members(struct sl_segment_reader *reader)
{
	struct sl_tar_layout layout;

	for (size_t i = 0; i < reader->member_count; i++) {
		struct member *member = &reader->members[i];
		enum sl_status status;

		status = sl_tar_layout(
		    &layout, member->path, member->bytes, reader->published_us);
		if (status != SL_OK)
			return status;
		member->start = reader->bytes;
		member->content = member->start + layout.header_len;
		/* Both are far below 2^63, so this cannot wrap. */
		reader->bytes += layout.total_bytes;
		if (reader->bytes / SL_CHUNK_DECODED_MAX >= UINT32_MAX)
			return SL_ERR_LIMIT;
	}
	return SL_OK;
}

enum sl_status
sl_segment_reader_new(struct sl_segment_reader **out,
    const struct sl_segment_file *files, size_t file_count,
    int64_t published_us)
{
	struct sl_segment_reader *reader;
	enum sl_status status;

	*out = NULL;
	if (file_count == 0)
		return SL_ERR_INVALID;
	if (file_count > (SIZE_MAX - sizeof(*reader)) / sizeof(struct member))
		return SL_ERR_LIMIT;
	reader =
	    calloc(1, sizeof(*reader) + file_count * sizeof(struct member));
	if (reader == NULL)
		return SL_ERR_NOMEM;
	reader->published_us = published_us;
	reader->member_count = file_count;
	for (size_t i = 0; i < file_count; i++) {
		reader->members[i].path = files[i].path;
		reader->members[i].bytes = files[i].bytes;
	}
	status = place_members(reader);
	if (status != SL_OK) {
		sl_segment_reader_free(reader);
		return status;
	}
	*out = reader;
	return SL_OK;
}

void
sl_segment_reader_free(struct sl_segment_reader *reader)
{
	free(reader);
}

uint64_t
sl_segment_reader_bytes(const struct sl_segment_reader *reader)
{
	return reader->bytes;
}

uint32_t
sl_segment_reader_chunk_count(const struct sl_segment_reader *reader)
{
	return (uint32_t)((reader->bytes + SL_CHUNK_DECODED_MAX - 1) /
	    SL_CHUNK_DECODED_MAX);
}

uint32_t
sl_segment_reader_chunk_bytes(
    const struct sl_segment_reader *reader, uint32_t chunk)
{
	uint64_t start = (uint64_t)chunk * SL_CHUNK_DECODED_MAX;

	if (start >= reader->bytes)
		return 0;
	if (reader->bytes - start > SL_CHUNK_DECODED_MAX)
		return SL_CHUNK_DECODED_MAX;
	return (uint32_t)(reader->bytes - start);
}

/* The member that holds byte `position` of the stream. */
static size_t
find_member(const struct sl_segment_reader *reader, uint64_t position)
{
	size_t low = 0;
	size_t high = reader->member_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (reader->members[middle].start <= position)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The part of the stream that a chunk is. */
struct view {
	uint64_t start;
	uint64_t end;
	const unsigned char *data;
};

/* Bytes from..to of the stream as far as they lie in the view. */
static struct sl_slice
clip(const struct view *view, uint64_t from, uint64_t to)
{
	if (from < view->start)
		from = view->start;
	if (to > view->end)
		to = view->end;
	if (from >= to)
		return sl_slice_of(NULL, 0);
	return sl_slice_of(
	    view->data + (from - view->start), (size_t)(to - from));
}

static bool
is_header_right(const struct sl_segment_reader *reader,
    const struct member *member, const struct view *view)
{
	struct sl_slice header = clip(view, member->start, member->content);
	struct sl_tar_layout layout;
	uint64_t skipped;

	if (header.len == 0)
		return true;
	if (sl_tar_layout(&layout, member->path, member->bytes,
	        reader->published_us) != SL_OK)
		return false;
	skipped = view->start > member->start ? view->start - member->start : 0;
	return memcmp(header.data, layout.header + skipped, header.len) == 0;
}

static bool
is_padding_right(const struct member *member, const struct view *view)
{
	uint64_t from = member->content + member->bytes;
	struct sl_slice padding =
	    clip(view, from, from + -from % SL_TAR_BLOCK_BYTES);

	for (size_t i = 0; i < padding.len; i++)
		if (padding.data[i] != 0)
			return false;
	return true;
}

/* Everything in the view that is not content. */
static enum sl_status
compare(const struct sl_segment_reader *reader, const struct view *view,
    struct sl_error *err)
{
	for (size_t i = find_member(reader, view->start);
	     i < reader->member_count && reader->members[i].start < view->end;
	     i++) {
		const struct member *member = &reader->members[i];

		if (!is_header_right(reader, member, view))
			return sl_error_code(err, SL_ERR_INTEGRITY,
			    "tar_header_differs",
			    "the tar header of %.*s is not what the index says",
			    (int)member->path.len, member->path.data);
		if (!is_padding_right(member, view))
			return sl_error_code(err, SL_ERR_INTEGRITY,
			    "tar_padding_differs",
			    "the padding after %.*s is not zero",
			    (int)member->path.len, member->path.data);
	}
	return SL_OK;
}

/* Where an empty file's only extent is: its header's last byte. */
static bool
is_empty_here(const struct member *member, const struct view *view)
{
	return member->bytes == 0 && member->content > view->start &&
	    member->content <= view->end;
}

static enum sl_status
hand_out(const struct sl_segment_reader *reader, const struct view *view,
    sl_segment_extent_fn *on_extent, void *ctx, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	for (size_t i = find_member(reader, view->start); status == SL_OK &&
	     i < reader->member_count && reader->members[i].start < view->end;
	     i++) {
		const struct member *member = &reader->members[i];
		struct sl_segment_extent extent = {.file = i};

		extent.bytes = clip(
		    view, member->content, member->content + member->bytes);
		if (extent.bytes.len == 0 && !is_empty_here(member, view))
			continue;
		if (view->start > member->content)
			extent.offset = view->start - member->content;
		status = on_extent(ctx, &extent, err);
	}
	return status;
}

enum sl_status
sl_segment_reader_walk(const struct sl_segment_reader *reader, uint32_t chunk,
    struct sl_slice decoded, sl_segment_extent_fn *on_extent, void *ctx,
    struct sl_error *err)
{
	struct view view;
	enum sl_status status;

	if (decoded.len == 0 ||
	    decoded.len != sl_segment_reader_chunk_bytes(reader, chunk))
		return sl_error_code(err, SL_ERR_INTEGRITY,
		    "chunk_size_differs",
		    "chunk %u of the segment has another size than its files "
		    "make",
		    chunk);
	view.start = (uint64_t)chunk * SL_CHUNK_DECODED_MAX;
	view.end = view.start + decoded.len;
	view.data = decoded.data;
	status = compare(reader, &view, err);
	if (status != SL_OK)
		return status;
	return hand_out(reader, &view, on_extent, ctx, err);
}

enum sl_status
sl_segment_reader_cover(const struct sl_segment_reader *reader,
    const struct sl_segment_part *part, uint32_t *first, uint32_t *count)
{
	const struct member *member;
	uint64_t from;
	uint64_t last;

	if (part->file >= reader->member_count)
		return SL_ERR_INVALID;
	member = &reader->members[part->file];
	if (part->offset > member->bytes ||
	    part->len > member->bytes - part->offset)
		return SL_ERR_INVALID;
	from = member->content + part->offset;
	last = from + part->len - 1;
	if (part->len == 0)
		from = last = member->content - 1;
	*first = (uint32_t)(from / SL_CHUNK_DECODED_MAX);
	*count = (uint32_t)(last / SL_CHUNK_DECODED_MAX) - *first + 1;
	return SL_OK;
}
