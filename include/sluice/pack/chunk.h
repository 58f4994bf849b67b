/* A chunk: one zstd frame of at most 4 MiB decoded (RFC 8878), window at most
 * 8 MiB, content size and checksum present, no dictionary.
 *
 * Encoder and decoder keep work memory; one thread at a time uses each. */
#ifndef SLUICE_PACK_CHUNK_H
#define SLUICE_PACK_CHUNK_H

#include <stddef.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/crypto/blake2b.h"

#define SL_CHUNK_DECODED_MAX (4u << 20)
/* What 4 MiB can become at worst (ZSTD_COMPRESSBOUND). */
#define SL_CHUNK_STORED_MAX (SL_CHUNK_DECODED_MAX + (SL_CHUNK_DECODED_MAX >> 8))
#define SL_CHUNK_WINDOW_MAX (8u << 20)

/* zstd levels. */
enum sl_level {
	SL_LEVEL_MEDIA =
	    -20, /* for what does not compress: near copying speed */
	SL_LEVEL_HEAD = 1,
	SL_LEVEL_DATA = 3,
};

/* SL_LEVEL_MEDIA for a media type whose content is compressed already
 * (video, image, audio, parquet, zip and the like), else SL_LEVEL_DATA. */
enum sl_level sl_level_of_media(const char *media_type);

struct sl_chunk_encoder;

SL_MUST_CHECK enum sl_status sl_chunk_encoder_new(
    struct sl_chunk_encoder **out);
void sl_chunk_encoder_free(struct sl_chunk_encoder *encoder);

/* Append `decoded` (1..SL_CHUNK_DECODED_MAX bytes) as one frame to `out`. */
SL_MUST_CHECK enum sl_status sl_chunk_encode(struct sl_chunk_encoder *encoder,
    enum sl_level level, struct sl_slice decoded, struct sl_buf *out);

struct sl_chunk_decoder;

SL_MUST_CHECK enum sl_status sl_chunk_decoder_new(
    struct sl_chunk_decoder **out);
void sl_chunk_decoder_free(struct sl_chunk_decoder *decoder);

/* Decode `stored`, which must be exactly one frame of exactly `decoded_bytes`
 * content, into `out` (room for that many).  Window, sizes and flags are
 * checked before memory is taken or a byte is written.  SL_ERR_INTEGRITY. */
SL_MUST_CHECK enum sl_status sl_chunk_decode(struct sl_chunk_decoder *decoder,
    struct sl_slice stored, void *out, size_t decoded_bytes,
    struct sl_error *err);

/* SL_OK if BLAKE2b-256 of `stored` is `hash`, else SL_ERR_INTEGRITY. */
SL_MUST_CHECK enum sl_status sl_chunk_check(
    struct sl_slice stored, const unsigned char hash[SL_BLAKE2B_BYTES]);

#endif /* SLUICE_PACK_CHUNK_H */
