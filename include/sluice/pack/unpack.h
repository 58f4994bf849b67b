/* Reads a delivery (.tar.zst) as it arrives, in bounded memory.
 *
 * Frames must be ours: content size and checksum present, window at most
 * 8 MiB, decoded size at most SL_CHUNK_DECODED_MAX.  Tar headers must be what
 * sl_tar_layout writes for the path, size and time that they state.  The end
 * record is parsed and kept; after it only the member .sluice/end.json with
 * the same JSON, and the end of the archive, may come.  Nothing is opened or
 * written here: paths are the caller's to judge.
 *
 * One thread at a time.  After a failure every push returns it again. */
#ifndef SLUICE_PACK_UNPACK_H
#define SLUICE_PACK_UNPACK_H

#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/pack/end_record.h"

struct sl_unpack;

/* Exceeding one is SL_ERR_LIMIT.  0 means nothing is allowed. */
struct sl_unpack_limits {
	uint64_t member_bytes; /* content of one member */
	uint64_t member_count;
	uint64_t total_bytes; /* all decoded bytes of the stream */
};

struct sl_unpack_member {
	struct sl_slice path; /* borrowed, NUL-terminated, until `end` */
	uint64_t bytes;
	int64_t mtime_us; /* whole seconds */
};

/* Called during push: begin, data… (none for an empty member), end.  Another
 * status than SL_OK stops the reader with it.  Any may be NULL. */
struct sl_unpack_handler {
	enum sl_status (*on_begin)(void *ctx,
	    const struct sl_unpack_member *member, struct sl_error *err);
	enum sl_status (*on_data)(
	    void *ctx, struct sl_slice bytes, struct sl_error *err);
	enum sl_status (*on_end)(void *ctx, struct sl_error *err);
	void *ctx;
};

/* Both structs are copied. */
SL_MUST_CHECK enum sl_status sl_unpack_new(struct sl_unpack **out,
    const struct sl_unpack_limits *limits,
    const struct sl_unpack_handler *handler);

/* NULL is allowed. */
void sl_unpack_free(struct sl_unpack *unpack);

/* The stream's next bytes, any length.  SL_ERR_INTEGRITY for damage,
 * SL_ERR_LIMIT, or a handler's status. */
SL_MUST_CHECK enum sl_status sl_unpack_push(
    struct sl_unpack *unpack, struct sl_slice bytes, struct sl_error *err);

/* No more bytes come.  SL_OK if the stream stopped where a frame and what the
 * end record promises are complete: an end record came (it may say refused or
 * interrupted: look), or, without one, the end of the archive.  Otherwise
 * SL_ERR_PARTIAL. */
SL_MUST_CHECK enum sl_status sl_unpack_finish(
    struct sl_unpack *unpack, struct sl_error *err);

/* The end record; NULL before it came.  Borrowed.  A delivery without one is
 * incomplete whatever finish says: that is for plain packs. */
const struct sl_end_record *sl_unpack_end_record(
    const struct sl_unpack *unpack);

#endif /* SLUICE_PACK_UNPACK_H */
