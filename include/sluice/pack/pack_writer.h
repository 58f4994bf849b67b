/* Writes a pack: segments, each a tar stream cut into chunks of 4 MiB that
 * worker threads compress and hash, handed on in order, then the
 * end-of-archive frame.
 *
 * begin_segment, add_file…, end_segment, …, finish.  One thread calls; it
 * reads files, and the sink runs on it, never on a worker.  Chunks under way
 * are bounded (two per worker and two more, 8.3 MiB each).  After a failure
 * only free is allowed, and every other call returns that failure. */
#ifndef SLUICE_PACK_PACK_WRITER_H
#define SLUICE_PACK_PACK_WRITER_H

#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/base/workers.h"
#include "sluice/crypto/blake2b.h"
#include "sluice/crypto/sha256.h"
#include "sluice/pack/chunk.h"

struct sl_pack_writer;

/* One row of the chunk table. */
struct sl_pack_chunk {
	uint32_t stored_bytes;
	uint32_t decoded_bytes;
	unsigned char hash[SL_BLAKE2B_BYTES]; /* of the stored bytes */
};

/* Where a segment is: chunks first..first+count-1 of the pack. */
struct sl_pack_span {
	uint32_t chunk_first;
	uint32_t chunk_count;
};

/* Takes the pack's next bytes. */
typedef enum sl_status sl_pack_sink_fn(
    void *ctx, struct sl_slice bytes, struct sl_error *err);

/* `workers` is borrowed and must outlive the writer; `thread_count` is how
 * many threads it has.  `published_us` goes into every tar header. */
struct sl_pack_options {
	struct sl_workers *workers;
	unsigned thread_count;
	int64_t published_us;
	sl_pack_sink_fn *sink;
	void *sink_ctx;
};

SL_MUST_CHECK enum sl_status sl_pack_writer_new(
    struct sl_pack_writer **out, const struct sl_pack_options *options);

/* Waits for chunks under way.  NULL is allowed. */
void sl_pack_writer_free(struct sl_pack_writer *writer);

SL_MUST_CHECK enum sl_status sl_pack_writer_begin_segment(
    struct sl_pack_writer *writer, enum sl_level level, struct sl_error *err);

/* A file of the open segment.  `sha256` NULL, or the hash that its bytes must
 * have. */
struct sl_pack_file {
	struct sl_slice path;
	uint64_t bytes;
	const unsigned char *sha256;
};

/* Read exactly file->bytes from `fd`, from its beginning.  A file that is
 * shorter or longer, or whose hash differs, is SL_ERR_INTEGRITY. */
SL_MUST_CHECK enum sl_status sl_pack_writer_add_fd(
    struct sl_pack_writer *writer, const struct sl_pack_file *file, int fd,
    struct sl_error *err);

/* The same with the content in memory (file->bytes must be its length). */
SL_MUST_CHECK enum sl_status sl_pack_writer_add_bytes(
    struct sl_pack_writer *writer, const struct sl_pack_file *file,
    struct sl_slice content, struct sl_error *err);

/* An empty segment is SL_ERR_INVALID.  The span is final; the chunk rows are
 * known after finish. */
SL_MUST_CHECK enum sl_status sl_pack_writer_end_segment(
    struct sl_pack_writer *writer, struct sl_pack_span *out,
    struct sl_error *err);

/* Write what is under way and the end-of-archive frame. */
SL_MUST_CHECK enum sl_status sl_pack_writer_finish(
    struct sl_pack_writer *writer, struct sl_error *err);

/* After finish: the chunk table, borrowed, and the pack's length with the
 * end-of-archive frame. */
const struct sl_pack_chunk *sl_pack_writer_chunks(
    const struct sl_pack_writer *writer, uint32_t *count);
uint64_t sl_pack_writer_bytes(const struct sl_pack_writer *writer);

#endif /* SLUICE_PACK_PACK_WRITER_H */
