#include "survivor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/pack/chunk.h"
#include "sluice/pack/tar.h"
#include "tree.h"

enum sl_status
sl_survivor_open(struct sl_survivor *survivor, int root, int meta,
    size_t batch_count, struct sl_error *err)
{
	survivor->root = root;
	survivor->buffer = malloc(SL_CHUNK_DECODED_MAX);
	if (survivor->buffer == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	return sl_checks_open(&survivor->checks, meta, batch_count, err);
}

void
sl_survivor_close(struct sl_survivor *survivor)
{
	sl_checks_close(&survivor->checks);
	free(survivor->buffer);
	survivor->buffer = NULL;
}

/* Part of a segment's stream: [begin, end). */
struct window {
	uint64_t begin;
	uint64_t end;
	unsigned char *out;
};

/* Where the window and a piece of the stream at `at` overlap; false if
 * nowhere. */
static bool
overlap(const struct window *window, uint64_t at, uint64_t len, uint64_t *from,
    size_t *count)
{
	uint64_t begin = at > window->begin ? at : window->begin;
	uint64_t end = at + len < window->end ? at + len : window->end;

	if (begin >= end)
		return false;
	*from = begin;
	*count = (size_t)(end - begin);
	return true;
}

static bool
copy_content(const struct sl_survivor *survivor, const struct window *window,
    const struct sl_index_file *file, uint64_t at)
{
	struct sl_error ignored = {0};
	uint64_t from;
	size_t count;
	enum sl_status status;
	int fd;

	if (!overlap(window, at, file->bytes, &from, &count))
		return true;
	if (sl_tree_open(survivor->root, file->path, &fd, &ignored) != SL_OK)
		return false;
	status = sl_file_read_at(fd, window->out + (from - window->begin),
	    count, from - at, &ignored);
	close(fd);
	return status == SL_OK;
}

/* Fill the window with what the tree has; false if it lacks something. */
static bool
rebuild(const struct sl_survivor *survivor, const struct window *window,
    const struct sl_want *want)
{
	uint64_t at = 0;

	for (uint32_t i = 0; i < want->segment->file_count && at < window->end;
	     i++) {
		const struct sl_index_file *file =
		    &want->index->files[want->segment->file_first + i];
		struct sl_tar_layout layout;
		uint64_t from;
		size_t count;

		if (sl_tar_layout(&layout, sl_slice_text(file->path),
		        file->bytes, want->index->published_us) != SL_OK)
			return false;
		if (overlap(window, at, layout.header_len, &from, &count))
			memcpy(window->out + (from - window->begin),
			    layout.header + (from - at), count);
		if (!copy_content(
		        survivor, window, file, at + layout.header_len))
			return false;
		/* Padding: the buffer was zeroed. */
		at += layout.total_bytes;
	}
	return true;
}

bool
sl_survivor_has(
    struct sl_survivor *survivor, const struct sl_want *want, uint32_t chunk)
{
	uint64_t begin = (uint64_t)(chunk - want->segment->chunk_first) *
	    SL_CHUNK_DECODED_MAX;
	uint32_t len = want->index->chunks[chunk].decoded_bytes;
	const struct window window = {begin, begin + len, survivor->buffer};
	uint32_t check;

	if (sl_checks_prepare(&survivor->checks, want->seq, NULL) != SL_OK)
		return false;
	check = sl_checks_get(&survivor->checks, want->seq, chunk);
	if (check == 0)
		return false;
	memset(survivor->buffer, 0, len);
	return rebuild(survivor, &window, want) &&
	    sl_checks_of(sl_slice_of(survivor->buffer, len)) == check;
}
