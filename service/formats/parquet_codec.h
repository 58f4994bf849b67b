/* The bytes of a page, decompressed (Compression.md of parquet-format).
 *
 * The owner embeds the unpacker and clears it; one thread at a time. */
#ifndef SL_FORMATS_PARQUET_CODEC_H
#define SL_FORMATS_PARQUET_CODEC_H

#include "parquet_format.h"

struct parquet_unpacker {
	struct sl_buf plain; /* what the last page was unpacked to */
	void *zstd;          /* both made when first needed */
	void *gzip;
};

void parquet_unpacker_init(struct parquet_unpacker *unpacker);
void parquet_unpacker_clear(struct parquet_unpacker *unpacker);

/* `codec` is an enum parquet_codec.  SL_ERR_INVALID if it is not read, or the
 * bytes are not exactly `plain_bytes` long; there is no memory for a length
 * that so many compressed bytes cannot stand for. */
SL_MUST_CHECK enum sl_status parquet_unpack(struct parquet_unpacker *unpacker,
    uint32_t codec, struct sl_slice stored, size_t plain_bytes,
    struct sl_error *err);

#endif /* SL_FORMATS_PARQUET_CODEC_H */
