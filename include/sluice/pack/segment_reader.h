/* What is where in a segment's decoded stream, and the check that it is so.
 *
 * Made from the index's file list, it knows every byte of the stream that is
 * not file content, so it compares tar headers and padding exactly.  It keeps
 * no state between chunks: they may come in any order and on any thread. */
#ifndef SLUICE_PACK_SEGMENT_READER_H
#define SLUICE_PACK_SEGMENT_READER_H

#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

struct sl_segment_reader;

struct sl_segment_file {
	struct sl_slice path;
	uint64_t bytes;
};

/* Part of a file. */
struct sl_segment_extent {
	size_t file; /* position in the list */
	uint64_t offset;
	struct sl_slice bytes; /* borrowed from the chunk */
};

/* The same without the bytes. */
struct sl_segment_part {
	size_t file;
	uint64_t offset;
	uint64_t len;
};

typedef enum sl_status sl_segment_extent_fn(
    void *ctx, const struct sl_segment_extent *extent, struct sl_error *err);

/* `files` is copied, the paths are borrowed.  SL_ERR_INVALID for an empty
 * list or a path that sl_tar_layout refuses, SL_ERR_LIMIT for a segment of
 * 2^32 chunks or more. */
SL_MUST_CHECK enum sl_status sl_segment_reader_new(
    struct sl_segment_reader **out, const struct sl_segment_file *files,
    size_t file_count, int64_t published_us);

/* NULL is allowed. */
void sl_segment_reader_free(struct sl_segment_reader *reader);

/* Decoded bytes of the whole segment; chunks that it must have; decoded bytes
 * of its chunk k (0 if there is no such chunk).  An index that says otherwise
 * is wrong. */
uint64_t sl_segment_reader_bytes(const struct sl_segment_reader *reader);
uint32_t sl_segment_reader_chunk_count(const struct sl_segment_reader *reader);
uint32_t sl_segment_reader_chunk_bytes(
    const struct sl_segment_reader *reader, uint32_t chunk);

/* Walk chunk `chunk` (0-based in the segment): compare headers and padding,
 * call `on_extent` for each part of a file, in order.  An empty file gives one
 * extent of 0 bytes, with the chunk that holds the end of its header.
 * SL_ERR_INTEGRITY for any difference, else what the callback returned.
 * Nothing of a wrong chunk is handed out: all is compared first. */
SL_MUST_CHECK enum sl_status sl_segment_reader_walk(
    const struct sl_segment_reader *reader, uint32_t chunk,
    struct sl_slice decoded, sl_segment_extent_fn *on_extent, void *ctx,
    struct sl_error *err);

/* The chunks that hold a part of a file (no bytes: the chunk where the
 * content begins or would begin).  SL_ERR_INVALID outside the file. */
SL_MUST_CHECK enum sl_status sl_segment_reader_cover(
    const struct sl_segment_reader *reader, const struct sl_segment_part *part,
    uint32_t *first, uint32_t *count);

#endif /* SLUICE_PACK_SEGMENT_READER_H */
