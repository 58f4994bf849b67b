#include "sluice/pack/unpack.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "sluice/base/buf.h"
#include "sluice/pack/chunk.h"

#include "frame_header.h"
#include "unpack_tar.h"

#define WINDOW_LOG_MAX   23
#define DECODED_BYTES    (128u << 10) /* ZSTD_DStreamOutSize */
#define END_RECORD_BYTES (8 + SL_END_RECORD_JSON_MAX)

enum stage {
	STAGE_START = 0,  /* collects the first bytes of a frame */
	STAGE_FRAME,      /* zstd decodes a frame */
	STAGE_END_RECORD, /* collects the end record */
};

struct sl_unpack {
	struct sl_unpack_limits limits;
	struct sl_unpack_handler handler;
	struct sl_unpack_tar tar;
	enum sl_status failure;
	enum stage stage;
	unsigned char start[FRAME_HEADER_MAX];
	size_t start_len;
	ZSTD_DCtx *context;
	uint64_t total_bytes;
	uint64_t member_count;
	struct sl_buf
	    record; /* the end record's frame, kept once it is whole */
	bool has_record;
	bool is_final; /* nothing may follow */
	struct sl_end_record end_record;
	size_t end_member_at; /* bytes of .sluice/end.json compared */
	bool has_end_member;
	unsigned char decoded[DECODED_BYTES];
};

static enum sl_status
refuse(struct sl_error *err, const char *why)
{
	return sl_error_code(err, SL_ERR_INTEGRITY, "bad_stream", "%s", why);
}

/* The JSON of the end record that came. */
static struct sl_slice
record_json(const struct sl_unpack *unpack)
{
	return sl_slice_of(unpack->record.data + 8, unpack->record.len - 8);
}

/* After the end record, only .sluice/end.json, once, as long as its JSON. */
static enum sl_status
begin_end_member(struct sl_unpack *unpack,
    const struct sl_unpack_member *member, struct sl_error *err)
{
	if (!unpack->has_record || unpack->has_end_member ||
	    !sl_slice_is_text(member->path, SL_END_RECORD_MEMBER) ||
	    member->bytes != record_json(unpack).len)
		return refuse(
		    err, "a member that may not follow the end record");
	unpack->has_end_member = true;
	return SL_OK;
}

static enum sl_status
on_begin(void *ctx, const struct sl_unpack_member *member, struct sl_error *err)
{
	struct sl_unpack *unpack = ctx;

	if (unpack->has_record ||
	    sl_slice_is_text(member->path, SL_END_RECORD_MEMBER))
		return begin_end_member(unpack, member, err);
	if (member->bytes > unpack->limits.member_bytes)
		return sl_error_code(err, SL_ERR_LIMIT, "member_too_large",
		    "%s is larger than it may be",
		    (const char *)member->path.data);
	if (unpack->member_count++ >= unpack->limits.member_count)
		return sl_error_code(err, SL_ERR_LIMIT, "too_many_members",
		    "more files than there may be");
	if (unpack->handler.on_begin == NULL)
		return SL_OK;
	return unpack->handler.on_begin(unpack->handler.ctx, member, err);
}

static enum sl_status
on_data(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	struct sl_unpack *unpack = ctx;

	if (unpack->has_record) {
		/* begin_end_member compared the length. */
		if (memcmp(record_json(unpack).data + unpack->end_member_at,
		        bytes.data, bytes.len) != 0)
			return refuse(err,
			    ".sluice/end.json differs from the end record");
		unpack->end_member_at += bytes.len;
		return SL_OK;
	}
	if (unpack->handler.on_data == NULL)
		return SL_OK;
	return unpack->handler.on_data(unpack->handler.ctx, bytes, err);
}

static enum sl_status
on_end(void *ctx, struct sl_error *err)
{
	struct sl_unpack *unpack = ctx;

	if (unpack->has_record || unpack->handler.on_end == NULL)
		return SL_OK;
	return unpack->handler.on_end(unpack->handler.ctx, err);
}

enum sl_status
sl_unpack_new(struct sl_unpack **out, const struct sl_unpack_limits *limits,
    const struct sl_unpack_handler *handler)
{
	struct sl_unpack *unpack;

	*out = NULL;
	unpack = calloc(1, sizeof(*unpack));
	if (unpack == NULL)
		return SL_ERR_NOMEM;
	unpack->limits = *limits;
	unpack->handler = *handler;
	unpack->tar.handler = (struct sl_unpack_handler){
	    .on_begin = on_begin,
	    .on_data = on_data,
	    .on_end = on_end,
	    .ctx = unpack,
	};
	sl_buf_init(&unpack->record, END_RECORD_BYTES);
	unpack->context = ZSTD_createDCtx();
	if (unpack->context == NULL ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(
	        unpack->context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
		sl_unpack_free(unpack);
		return SL_ERR_NOMEM;
	}
	*out = unpack;
	return SL_OK;
}

void
sl_unpack_free(struct sl_unpack *unpack)
{
	if (unpack == NULL)
		return;
	ZSTD_freeDCtx(unpack->context);
	sl_buf_clear(&unpack->record);
	free(unpack);
}

/* Decode `stored`, all of it or until the frame ends; *used says how much. */
static enum sl_status
decode(struct sl_unpack *unpack, struct sl_slice stored, size_t *used,
    struct sl_error *err)
{
	ZSTD_inBuffer in = {stored.data, stored.len, 0};
	enum sl_status status = SL_OK;
	size_t hint = 1;
	bool is_full = false;

	while (status == SL_OK && hint != 0 && (in.pos < in.size || is_full)) {
		ZSTD_outBuffer out = {
		    unpack->decoded, sizeof(unpack->decoded), 0};

		hint = ZSTD_decompressStream(unpack->context, &out, &in);
		if (ZSTD_isError(hint))
			return refuse(err, "a zstd frame does not decode");
		is_full = out.pos == out.size;
		status = sl_unpack_tar_push(
		    &unpack->tar, sl_slice_of(unpack->decoded, out.pos), err);
	}
	if (hint == 0)
		unpack->stage = STAGE_START;
	*used = in.pos;
	return status;
}

/* A whole frame header is in `start`: judge it, then let zstd see it. */
static enum sl_status
begin_frame(struct sl_unpack *unpack, uint64_t content, struct sl_error *err)
{
	size_t len = unpack->start_len;
	size_t used = 0;
	enum sl_status status;

	if (unpack->is_final || unpack->tar.state == UNPACK_TAR_END)
		return refuse(err, "bytes after the end");
	if (content > unpack->limits.total_bytes - unpack->total_bytes)
		return sl_error_code(err, SL_ERR_LIMIT, "stream_too_large",
		    "more bytes than there may be");
	unpack->total_bytes += content;
	unpack->start_len = 0;
	unpack->stage = STAGE_FRAME;
	ZSTD_DCtx_reset(unpack->context, ZSTD_reset_session_only);
	status = decode(unpack, sl_slice_of(unpack->start, len), &used, err);
	/* No frame with content size and checksum ends within its header. */
	if (status == SL_OK && used != len)
		return refuse(err, "a zstd frame does not decode");
	return status;
}

/* The end record: it ends the stream if a member was under way. */
static enum sl_status
take_record(struct sl_unpack *unpack, struct sl_error *err)
{
	size_t used;
	enum sl_status status;

	status = sl_end_record_decode(
	    &unpack->end_record, sl_buf_slice(&unpack->record), &used, err);
	if (status == SL_ERR_PARTIAL)
		return SL_OK;
	if (status != SL_OK)
		return sl_error_code(err, SL_ERR_INTEGRITY, "bad_end_record",
		    "the end record is malformed");
	if (!sl_unpack_tar_is_between(&unpack->tar)) {
		if (unpack->end_record.status == SL_END_COMPLETE)
			return refuse(err, "complete in the middle of a file");
		unpack->is_final = true;
	}
	unpack->has_record = true;
	unpack->stage = STAGE_START;
	return SL_OK;
}

static enum sl_status
begin_record(struct sl_unpack *unpack, struct sl_error *err)
{
	if (unpack->has_record || unpack->tar.state == UNPACK_TAR_END)
		return refuse(err, "an end record after the end");
	if (sl_buf_append(&unpack->record, unpack->start, unpack->start_len) !=
	    SL_OK)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	unpack->start_len = 0;
	unpack->stage = STAGE_END_RECORD;
	return SL_OK;
}

/* One byte at a time until the header is whole: it is at most 18. */
static enum sl_status
feed_start(struct sl_unpack *unpack, struct sl_slice bytes, size_t *used,
    struct sl_error *err)
{
	uint64_t content = 0;
	enum sl_status status = SL_ERR_PARTIAL;

	*used = 0;
	while (*used < bytes.len && status == SL_ERR_PARTIAL) {
		struct sl_slice start;

		unpack->start[unpack->start_len++] = bytes.data[(*used)++];
		start = sl_slice_of(unpack->start, unpack->start_len);
		if (sl_end_record_begins(start))
			return begin_record(unpack, err);
		status = sl_frame_header_judge(
		    start, SL_CHUNK_DECODED_MAX, &content, err);
	}
	if (status == SL_ERR_PARTIAL)
		return SL_OK;
	if (status != SL_OK)
		return status;
	return begin_frame(unpack, content, err);
}

/* The length is known after 8 bytes, so no byte too many is taken. */
static enum sl_status
feed_record(struct sl_unpack *unpack, struct sl_slice bytes, size_t *used,
    struct sl_error *err)
{
	size_t have = unpack->record.len;
	size_t need = 8;
	enum sl_status status;

	if (have >= need) {
		uint64_t len = sl_frame_number(unpack->record.data + 4, 4);

		need = 8 + (len > SL_END_RECORD_JSON_MAX ? 0 : (size_t)len);
	}
	*used = need - have;
	if (*used > bytes.len)
		*used = bytes.len;
	status = sl_buf_append(&unpack->record, bytes.data, *used);
	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	return take_record(unpack, err);
}

static enum sl_status
feed(struct sl_unpack *unpack, struct sl_slice bytes, size_t *used,
    struct sl_error *err)
{
	switch (unpack->stage) {
	case STAGE_START:
		return feed_start(unpack, bytes, used, err);
	case STAGE_FRAME:
		return decode(unpack, bytes, used, err);
	case STAGE_END_RECORD:
		return feed_record(unpack, bytes, used, err);
	}
	return SL_ERR_STATE;
}

enum sl_status
sl_unpack_push(
    struct sl_unpack *unpack, struct sl_slice bytes, struct sl_error *err)
{
	if (unpack->failure != SL_OK)
		return sl_error_set(
		    err, unpack->failure, "the stream failed before");
	while (bytes.len > 0) {
		size_t used = 0;
		enum sl_status status = feed(unpack, bytes, &used, err);

		if (status != SL_OK) {
			unpack->failure = status;
			return status;
		}
		bytes.data += used;
		bytes.len -= used;
	}
	return SL_OK;
}

enum sl_status
sl_unpack_finish(struct sl_unpack *unpack, struct sl_error *err)
{
	bool is_whole = unpack->tar.state == UNPACK_TAR_END;

	if (unpack->failure != SL_OK)
		return sl_error_set(
		    err, unpack->failure, "the stream failed before");
	/* In the middle of a segment nothing follows the end record. */
	if (unpack->has_record && !unpack->has_end_member &&
	    (unpack->is_final || sl_unpack_tar_is_between(&unpack->tar)))
		is_whole = true;
	if (!is_whole || unpack->stage != STAGE_START || unpack->start_len != 0)
		return sl_error_code(err, SL_ERR_PARTIAL, "incomplete",
		    "the stream was cut short");
	return SL_OK;
}

const struct sl_end_record *
sl_unpack_end_record(const struct sl_unpack *unpack)
{
	return unpack->has_record ? &unpack->end_record : NULL;
}
