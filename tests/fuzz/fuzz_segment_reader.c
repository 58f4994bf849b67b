/* Input: what files a segment has, then edits of its decoded stream.  A chunk
 * must be accepted if and only if no edit changed a byte that is not content,
 * and what is handed out must be the stream's content. */
#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "sluice/pack/chunk.h"
#include "sluice/pack/segment_reader.h"
#include "sluice/pack/tar.h"

#define FILES_MAX    4
#define STREAM_MAX   (3u * SL_CHUNK_DECODED_MAX)
#define PUBLISHED_US INT64_C(1795223700000000)

static unsigned char stream[STREAM_MAX];
static bool is_content[STREAM_MAX];
static struct sl_segment_file files[FILES_MAX];
static size_t content_at[FILES_MAX];
static char paths[FILES_MAX][SL_TAR_PATH_MAX];
static uint64_t handed_out[FILES_MAX];
static size_t stream_len;

struct input {
	const uint8_t *data;
	size_t left;
};

/* The next byte of the input, 0 once it is used up. */
static size_t
next(struct input *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->data++;
}

/* Sizes near the edge of a chunk make headers straddle it. */
static size_t
next_size(struct input *input)
{
	size_t kind = next(input);
	size_t small = next(input) | next(input) << 8;

	return kind < 64 ? SL_CHUNK_DECODED_MAX - 3072 + small % 4096 : small;
}

static void
add_file(struct input *input, size_t i)
{
	struct sl_tar_layout layout;

	memset(paths[i], 'a', sizeof(paths[i]));
	files[i].path = sl_slice_of(paths[i], 1 + next(input) % 240);
	files[i].bytes = i < 2 ? next_size(input) : next(input);
	FUZZ_ASSERT(sl_tar_layout(&layout, files[i].path, files[i].bytes,
	                PUBLISHED_US) == SL_OK);
	FUZZ_ASSERT(stream_len + layout.total_bytes <= STREAM_MAX);
	memset(stream + stream_len, 0, (size_t)layout.total_bytes);
	memset(is_content + stream_len, 0, (size_t)layout.total_bytes);
	memcpy(stream + stream_len, layout.header, layout.header_len);
	content_at[i] = stream_len + layout.header_len;
	memset(is_content + content_at[i], true, (size_t)files[i].bytes);
	stream_len += (size_t)layout.total_bytes;
	handed_out[i] = 0;
}

static enum sl_status
on_extent(
    void *ctx, const struct sl_segment_extent *extent, struct sl_error *err)
{
	size_t file_count = *(size_t *)ctx;

	(void)err;
	FUZZ_ASSERT(extent->file < file_count);
	FUZZ_ASSERT(
	    extent->offset + extent->bytes.len <= files[extent->file].bytes);
	if (extent->bytes.len > 0)
		FUZZ_ASSERT(extent->bytes.data ==
		    stream + content_at[extent->file] + extent->offset);
	handed_out[extent->file] += extent->bytes.len;
	return SL_OK;
}

/* Change bytes; says for each chunk whether it is still right. */
static void
edit(struct input *input, bool is_right[4])
{
	memset(is_right, true, 4);
	while (input->left > 0) {
		size_t at =
		    (next(input) | next(input) << 8 | next(input) << 16) %
		    stream_len;
		unsigned char change = (unsigned char)next(input);

		stream[at] ^= change;
		if (!is_content[at] && change != 0) {
			is_right[at / SL_CHUNK_DECODED_MAX] = false;
			/* A second edit could undo the first. */
			return;
		}
	}
}

static void
walk(const struct sl_segment_reader *reader, const bool is_right[4],
    size_t file_count)
{
	bool is_all_right = true;

	for (uint32_t k = 0; k < sl_segment_reader_chunk_count(reader); k++) {
		struct sl_slice chunk =
		    sl_slice_of(stream + (size_t)k * SL_CHUNK_DECODED_MAX,
		        sl_segment_reader_chunk_bytes(reader, k));

		FUZZ_ASSERT((sl_segment_reader_walk(reader, k, chunk, on_extent,
		                 &file_count, NULL) == SL_OK) == is_right[k]);
		is_all_right = is_all_right && is_right[k];
	}
	for (size_t i = 0; i < file_count && is_all_right; i++)
		FUZZ_ASSERT(handed_out[i] == files[i].bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	size_t file_count = 1 + next(&input) % FILES_MAX;
	struct sl_segment_reader *reader;
	bool is_right[4];

	stream_len = 0;
	for (size_t i = 0; i < file_count; i++)
		add_file(&input, i);
	FUZZ_ASSERT(sl_segment_reader_new(
	                &reader, files, file_count, PUBLISHED_US) == SL_OK);
	FUZZ_ASSERT(sl_segment_reader_bytes(reader) == stream_len);
	edit(&input, is_right);
	walk(reader, is_right, file_count);
	sl_segment_reader_free(reader);
	return 0;
}
