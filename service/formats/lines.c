#include "sluice/formats/lines.h"

#include <stdlib.h>

#include "sluice/base/buf.h"
#include "sluice/base/file.h"

#define BLOCK_BYTES 65536

struct sl_lines {
	int fd;
	uint64_t file_bytes;
	uint64_t read; /* of the file */
	uint64_t number;
	size_t line_max;
	size_t begin; /* of the next line, in the block */
	struct sl_buf block;
};

enum sl_status
sl_lines_open(
    struct sl_lines **out, int fd, uint64_t file_bytes, size_t line_max)
{
	struct sl_lines *lines = calloc(1, sizeof(*lines));

	*out = lines;
	if (lines == NULL)
		return SL_ERR_NOMEM;
	lines->fd = fd;
	lines->file_bytes = file_bytes;
	lines->line_max = line_max;
	sl_buf_init(&lines->block, line_max + 2 * (size_t)BLOCK_BYTES);
	return SL_OK;
}

void
sl_lines_free(struct sl_lines *lines)
{
	if (lines == NULL)
		return;
	sl_buf_clear(&lines->block);
	free(lines);
}

/* Another block behind what is there; the lines before it go. */
static enum sl_status
read_block(struct sl_lines *lines, struct sl_error *err)
{
	uint64_t left = lines->file_bytes - lines->read;
	size_t part = left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES;
	enum sl_status status;

	sl_buf_consume(&lines->block, lines->begin);
	lines->begin = 0;
	status = sl_buf_reserve(&lines->block, part);
	if (status == SL_OK)
		status = sl_file_read_at(lines->fd,
		    lines->block.data + lines->block.len, part, lines->read,
		    err);
	if (status == SL_OK) {
		lines->block.len += part;
		lines->read += part;
	}
	return status;
}

static enum sl_status
too_long(const struct sl_lines *lines, struct sl_error *err)
{
	return sl_error_set(err, SL_ERR_LIMIT,
	    "line %llu is longer than %zu bytes",
	    (unsigned long long)lines->number + 1, lines->line_max);
}

enum sl_status
sl_lines_next(struct sl_lines *lines, bool *is_there, struct sl_line *out,
    struct sl_error *err)
{
	const unsigned char *begin;
	const unsigned char *end = NULL;
	size_t len;
	enum sl_status status;

	*is_there = false;
	for (;;) {
		len = lines->block.len - lines->begin;
		/* An empty block may have no bytes at all. */
		begin = len == 0 ? NULL : lines->block.data + lines->begin;
		end = len == 0 ? NULL : memchr(begin, '\n', len);
		if (end != NULL || lines->read == lines->file_bytes)
			break;
		if (len > lines->line_max)
			return too_long(lines, err);
		status = read_block(lines, err);
		if (status != SL_OK)
			return status;
	}
	if (len == 0)
		return SL_OK;
	if (end != NULL)
		len = (size_t)(end - begin);
	if (len > lines->line_max)
		return too_long(lines, err);
	out->at = lines->read - (lines->block.len - lines->begin);
	out->number = ++lines->number;
	lines->begin += len + (end != NULL);
	if (len > 0 && begin[len - 1] == '\r')
		len--;
	out->text = sl_slice_of(begin, len);
	*is_there = true;
	return SL_OK;
}
