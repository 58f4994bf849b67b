#include "sluice/pack/chunk.h"

#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "frame_header.h"

#define WINDOW_LOG_MAX 23 /* SL_CHUNK_WINDOW_MAX */

_Static_assert(1u << WINDOW_LOG_MAX == SL_CHUNK_WINDOW_MAX, "8 MiB");

enum sl_level
sl_level_of_media(const char *media_type)
{
	static const char *const compressed[] = {
	    "video/",
	    "image/",
	    "audio/",
	    "application/vnd.apache.parquet",
	    "application/zip",
	    "application/gzip",
	    "application/zstd",
	    "application/x-xz",
	    "application/x-7z-compressed",
	    "application/x-bzip2",
	    "application/x-hdf5",
	};

	for (size_t i = 0; i < sizeof(compressed) / sizeof(*compressed); i++)
		if (strncmp(media_type, compressed[i], strlen(compressed[i])) ==
		    0)
			return SL_LEVEL_MEDIA;
	return SL_LEVEL_DATA;
}

struct sl_chunk_encoder {
	ZSTD_CCtx *context;
};

enum sl_status
sl_chunk_encoder_new(struct sl_chunk_encoder **out)
{
	struct sl_chunk_encoder *encoder;

	*out = NULL;
	encoder = calloc(1, sizeof(*encoder));
	if (encoder == NULL)
		return SL_ERR_NOMEM;
	encoder->context = ZSTD_createCCtx();
	if (encoder->context == NULL ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(
	        encoder->context, ZSTD_c_checksumFlag, 1)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(
	        encoder->context, ZSTD_c_contentSizeFlag, 1))) {
		sl_chunk_encoder_free(encoder);
		return SL_ERR_NOMEM;
	}
	*out = encoder;
	return SL_OK;
}

void
sl_chunk_encoder_free(struct sl_chunk_encoder *encoder)
{
	if (encoder == NULL)
		return;
	ZSTD_freeCCtx(encoder->context);
	free(encoder);
}

enum sl_status
sl_chunk_encode(struct sl_chunk_encoder *encoder, enum sl_level level,
    struct sl_slice decoded, struct sl_buf *out)
{
	enum sl_status status;
	size_t bound;
	size_t made;

	if (decoded.len == 0 || decoded.len > SL_CHUNK_DECODED_MAX)
		return SL_ERR_INVALID;
	if (ZSTD_isError(ZSTD_CCtx_setParameter(
	        encoder->context, ZSTD_c_compressionLevel, (int)level)))
		return SL_ERR_INVALID;
	bound = ZSTD_compressBound(decoded.len);
	status = sl_buf_reserve(out, bound);
	if (status != SL_OK)
		return status;
	made = ZSTD_compress2(encoder->context, out->data + out->len, bound,
	    decoded.data, decoded.len);
	/* The only error left with room for the bound is memory. */
	if (ZSTD_isError(made))
		return SL_ERR_NOMEM;
	out->len += made;
	return SL_OK;
}

struct sl_chunk_decoder {
	ZSTD_DCtx *context;
};

enum sl_status
sl_chunk_decoder_new(struct sl_chunk_decoder **out)
{
	struct sl_chunk_decoder *decoder;

	*out = NULL;
	decoder = calloc(1, sizeof(*decoder));
	if (decoder == NULL)
		return SL_ERR_NOMEM;
	decoder->context = ZSTD_createDCtx();
	if (decoder->context == NULL ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(
	        decoder->context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
		sl_chunk_decoder_free(decoder);
		return SL_ERR_NOMEM;
	}
	*out = decoder;
	return SL_OK;
}

void
sl_chunk_decoder_free(struct sl_chunk_decoder *decoder)
{
	if (decoder == NULL)
		return;
	ZSTD_freeDCtx(decoder->context);
	free(decoder);
}

static enum sl_status
refuse(struct sl_error *err, const char *why)
{
	return sl_error_code(
	    err, SL_ERR_INTEGRITY, "bad_chunk", "the chunk %s", why);
}

enum sl_status
sl_chunk_decode(struct sl_chunk_decoder *decoder, struct sl_slice stored,
    void *out, size_t decoded_bytes, struct sl_error *err)
{
	uint64_t content;
	enum sl_status status;
	size_t used;
	size_t made;

	if (decoded_bytes == 0 || decoded_bytes > SL_CHUNK_DECODED_MAX)
		return refuse(err, "has an impossible decoded size");
	status =
	    sl_frame_header_judge(stored, SL_CHUNK_DECODED_MAX, &content, err);
	if (status == SL_ERR_PARTIAL)
		return refuse(err, "is cut short");
	if (status != SL_OK)
		return status;
	if (content != decoded_bytes)
		return refuse(err, "states another decoded size");
	/* ZSTD_decompressDCtx would go on with a second frame. */
	used = ZSTD_findFrameCompressedSize(stored.data, stored.len);
	if (ZSTD_isError(used) || used != stored.len)
		return refuse(err, "is not exactly one frame");
	made = ZSTD_decompressDCtx(
	    decoder->context, out, decoded_bytes, stored.data, stored.len);
	if (ZSTD_isError(made) || made != decoded_bytes)
		return refuse(err, "does not decode");
	return SL_OK;
}

enum sl_status
sl_chunk_check(
    struct sl_slice stored, const unsigned char hash[SL_BLAKE2B_BYTES])
{
	unsigned char actual[SL_BLAKE2B_BYTES];

	sl_blake2b_of(actual, stored);
	if (memcmp(actual, hash, sizeof(actual)) != 0)
		return SL_ERR_INTEGRITY;
	return SL_OK;
}
