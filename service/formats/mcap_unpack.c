#include "mcap_unpack.h"

#include <stdlib.h>

#include <lz4frame.h>
#include <zstd.h>

#include "sluice/formats/mcap_reader.h"

#include "mcap_bytes.h"

/* What the formats can make of a byte at most, so that a few bytes cannot ask
 * for a large buffer: a zstd block is 4 bytes or more and gives 128 KiB or
 * less (RFC 8878, 3.1.1.2), an lz4 byte gives 255. */
#define ZSTD_GAIN_MAX (128u << 8)
#define LZ4_GAIN_MAX  255u

struct mcap_unpacker {
	ZSTD_DCtx *zstd;
	LZ4F_dctx *lz4;
	struct sl_buf buf;
};

enum sl_status
mcap_unpacker_new(struct mcap_unpacker **out)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return SL_ERR_NOMEM;
	sl_buf_init(&(*out)->buf, SL_MCAP_RECORD_BYTES_MAX);
	return SL_OK;
}

void
mcap_unpacker_free(struct mcap_unpacker *unpacker)
{
	if (unpacker == NULL)
		return;
	ZSTD_freeDCtx(unpacker->zstd);
	LZ4F_freeDecompressionContext(unpacker->lz4);
	sl_buf_clear(&unpacker->buf);
	free(unpacker);
}

/* Room for what the chunk says it unpacks to, if that can be. */
static enum sl_status
make_room(struct mcap_unpacker *unpacker, const struct sl_mcap_chunk *chunk,
    uint64_t gain_max, struct sl_error *err)
{
	if (chunk->uncompressed_size > unpacker->buf.max)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "Chunk: unpacks to %llu bytes, more than %zu",
		    (unsigned long long)chunk->uncompressed_size,
		    unpacker->buf.max);
	if (chunk->uncompressed_size > chunk->records.len * gain_max)
		return sl_error_set(err, SL_ERR_INVALID,
		    "Chunk: %zu bytes cannot unpack to %llu",
		    chunk->records.len,
		    (unsigned long long)chunk->uncompressed_size);
	sl_buf_reset(&unpacker->buf);
	return sl_buf_reserve(&unpacker->buf, (size_t)chunk->uncompressed_size);
}

static enum sl_status
check_size(
    const struct sl_mcap_chunk *chunk, uint64_t size, struct sl_error *err)
{
	if (size == chunk->uncompressed_size)
		return SL_OK;
	return sl_error_set(err, SL_ERR_INVALID,
	    "Chunk: unpacks to %llu bytes, its head says %llu",
	    (unsigned long long)size,
	    (unsigned long long)chunk->uncompressed_size);
}

static enum sl_status
unpack_zstd(struct mcap_unpacker *unpacker, const struct sl_mcap_chunk *chunk,
    struct sl_error *err)
{
	struct sl_buf *buf = &unpacker->buf;
	enum sl_status status;
	size_t made;

	status = make_room(unpacker, chunk, ZSTD_GAIN_MAX, err);
	if (status != SL_OK)
		return status;
	if (unpacker->zstd == NULL)
		unpacker->zstd = ZSTD_createDCtx();
	if (unpacker->zstd == NULL)
		return SL_ERR_NOMEM;
	made = ZSTD_decompressDCtx(unpacker->zstd, buf->data,
	    (size_t)chunk->uncompressed_size, chunk->records.data,
	    chunk->records.len);
	if (ZSTD_isError(made))
		return sl_error_set(err, SL_ERR_INVALID, "Chunk: zstd: %s",
		    ZSTD_getErrorName(made));
	buf->len = made;
	return check_size(chunk, made, err);
}

static enum sl_status
unpack_lz4(struct mcap_unpacker *unpacker, const struct sl_mcap_chunk *chunk,
    struct sl_error *err)
{
	struct sl_buf *buf = &unpacker->buf;
	size_t used = 0;
	size_t hint = 1;
	enum sl_status status;

	status = make_room(unpacker, chunk, LZ4_GAIN_MAX, err);
	if (status != SL_OK)
		return status;
	if (unpacker->lz4 == NULL &&
	    LZ4F_isError(
	        LZ4F_createDecompressionContext(&unpacker->lz4, LZ4F_VERSION)))
		return SL_ERR_NOMEM;
	LZ4F_resetDecompressionContext(unpacker->lz4);
	/* 0: the frame has ended. */
	while (hint != 0) {
		size_t room = (size_t)chunk->uncompressed_size - buf->len;
		size_t left = chunk->records.len - used;
		size_t made = room;
		size_t took = left;

		hint = LZ4F_decompress(unpacker->lz4, buf->data + buf->len,
		    &made, chunk->records.data + used, &took, NULL);
		if (LZ4F_isError(hint))
			return sl_error_set(err, SL_ERR_INVALID,
			    "Chunk: lz4: %s", LZ4F_getErrorName(hint));
		buf->len += made;
		used += took;
		if (hint != 0 && made == 0 && took == 0)
			return sl_error_set(err, SL_ERR_INVALID,
			    "Chunk: lz4: the frame does not end");
	}
	if (used != chunk->records.len)
		return sl_error_set(err, SL_ERR_INVALID,
		    "Chunk: %zu bytes behind its lz4 frame",
		    chunk->records.len - used);
	return check_size(chunk, buf->len, err);
}

enum sl_status
mcap_unpack(struct mcap_unpacker *unpacker, const struct sl_mcap_chunk *chunk,
    struct sl_slice *out, struct sl_error *err)
{
	enum sl_status status;
	uint32_t crc;

	if (chunk->compression.len == 0) {
		*out = chunk->records;
		status = check_size(chunk, out->len, err);
	} else {
		if (sl_slice_is_text(chunk->compression, "zstd"))
			status = unpack_zstd(unpacker, chunk, err);
		else if (sl_slice_is_text(chunk->compression, "lz4"))
			status = unpack_lz4(unpacker, chunk, err);
		else
			status = sl_error_set(err, SL_ERR_INVALID,
			    "Chunk: compression \"%.*s\" is neither zstd "
			    "nor lz4",
			    mcap_width(chunk->compression),
			    (const char *)chunk->compression.data);
		*out = sl_buf_slice(&unpacker->buf);
	}
	if (status != SL_OK || chunk->uncompressed_crc == 0)
		return status;
	crc = sl_mcap_crc(0, *out);
	if (crc != chunk->uncompressed_crc)
		return sl_error_set(err, SL_ERR_INTEGRITY,
		    "Chunk: the CRC of its records is %u, its head says %u",
		    crc, chunk->uncompressed_crc);
	return SL_OK;
}
