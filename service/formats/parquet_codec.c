#include "parquet_codec.h"

#include <brotli/decode.h>
#include <libdeflate.h>
#include <limits.h>
#include <lz4.h>
#include <snappy-c.h>
#include <zstd.h>

#include "sluice/formats/parquet_column.h"

/* Unpack into the `room` bytes that plain has behind its end; false if it is
 * not possible, or there are more. */
typedef bool unpack_fn(
    struct parquet_unpacker *unpacker, struct sl_slice stored, size_t room);

static bool
unpack_snappy(
    struct parquet_unpacker *unpacker, struct sl_slice stored, size_t room)
{
	size_t len = room;

	if (snappy_uncompress((const char *)stored.data, stored.len,
	        (char *)unpacker->plain.data, &len) != SNAPPY_OK)
		return false;
	unpacker->plain.len = len;
	return true;
}

/* Members may follow one another (RFC 1952, 2.2). */
static bool
unpack_gzip(
    struct parquet_unpacker *unpacker, struct sl_slice stored, size_t room)
{
	struct sl_buf *plain = &unpacker->plain;

	if (unpacker->gzip == NULL)
		unpacker->gzip = libdeflate_alloc_decompressor();
	if (unpacker->gzip == NULL)
		return false;
	while (stored.len > 0) {
		size_t taken = 0;
		size_t len = 0;

		if (libdeflate_gzip_decompress_ex(unpacker->gzip, stored.data,
		        stored.len, plain->data + plain->len, room - plain->len,
		        &taken, &len) != LIBDEFLATE_SUCCESS)
			return false;
		plain->len += len;
		stored = sl_slice_of(stored.data + taken, stored.len - taken);
	}
	return true;
}

static bool
unpack_brotli(
    struct parquet_unpacker *unpacker, struct sl_slice stored, size_t room)
{
	size_t len = room;

	if (BrotliDecoderDecompress(stored.len, stored.data, &len,
	        unpacker->plain.data) != BROTLI_DECODER_RESULT_SUCCESS)
		return false;
	unpacker->plain.len = len;
	return true;
}

static bool
unpack_zstd(
    struct parquet_unpacker *unpacker, struct sl_slice stored, size_t room)
{
	size_t len;

	if (unpacker->zstd == NULL)
		unpacker->zstd = ZSTD_createDCtx();
	if (unpacker->zstd == NULL)
		return false;
	len = ZSTD_decompressDCtx(unpacker->zstd, unpacker->plain.data, room,
	    stored.data, stored.len);
	if (ZSTD_isError(len) != 0)
		return false;
	unpacker->plain.len = len;
	return true;
}

static bool
unpack_lz4(
    struct parquet_unpacker *unpacker, struct sl_slice stored, size_t room)
{
	int len;

	if (stored.len > INT_MAX || room > INT_MAX)
		return false;
	len = LZ4_decompress_safe((const char *)stored.data,
	    (char *)unpacker->plain.data, (int)stored.len, (int)room);
	if (len < 0)
		return false;
	unpacker->plain.len = (size_t)len;
	return true;
}

/* What is not unpacked: lzo, and lz4 in a frame of Hadoop's own, which
 * parquet-format has given up for lz4_raw. */
static const struct codec {
	const char *name;
	unpack_fn *unpack;
	/* Bytes that one stored byte can stand for, rounded up: snappy copies
	 * 64 bytes by 3; deflate 258 by 2 bits; brotli's blocks are 16 MiB;
	 * zstd's blocks 128 KiB, of 4 (RFC 8878, 3.1.1.2). */
	uint32_t gain_max;
} codecs[] = {
    [PARQUET_UNCOMPRESSED] = {"none", NULL, 1},
    [PARQUET_SNAPPY] = {"snappy", unpack_snappy, 22},
    [PARQUET_GZIP] = {"gzip", unpack_gzip, 1032},
    [PARQUET_LZO] = {"lzo", NULL, 0},
    [PARQUET_BROTLI] = {"brotli", unpack_brotli, 16u << 20},
    [PARQUET_LZ4] = {"lz4", NULL, 0},
    [PARQUET_ZSTD] = {"zstd", unpack_zstd, 32768},
    [PARQUET_LZ4_RAW] = {"lz4_raw", unpack_lz4, 255},
};

void
parquet_unpacker_init(struct parquet_unpacker *unpacker)
{
	*unpacker = (struct parquet_unpacker){0};
	sl_buf_init(&unpacker->plain, SL_PARQUET_PAGE_MAX);
}

void
parquet_unpacker_clear(struct parquet_unpacker *unpacker)
{
	sl_buf_clear(&unpacker->plain);
	ZSTD_freeDCtx(unpacker->zstd);
	libdeflate_free_decompressor(unpacker->gzip);
	unpacker->zstd = NULL;
	unpacker->gzip = NULL;
}

enum sl_status
parquet_unpack(struct parquet_unpacker *unpacker, uint32_t codec,
    struct sl_slice stored, size_t plain_bytes, struct sl_error *err)
{
	const struct codec *kind = &codecs[codec];
	bool is_whole;

	sl_buf_reset(&unpacker->plain);
	if (plain_bytes == 0)
		return SL_OK;
	if (kind->unpack == NULL)
		return sl_error_set(err, SL_ERR_INVALID,
		    "parquet: codec %s is not read; write the file again with "
		    "zstd, snappy, gzip, brotli, lz4_raw or none",
		    kind->name);
	is_whole = plain_bytes / kind->gain_max <= stored.len;
	if (is_whole && sl_buf_reserve(&unpacker->plain, plain_bytes) != SL_OK)
		return SL_ERR_NOMEM;
	is_whole = is_whole && kind->unpack(unpacker, stored, plain_bytes) &&
	    unpacker->plain.len == plain_bytes;
	if (!is_whole)
		return sl_error_set(err, SL_ERR_INVALID,
		    "parquet: a page does not decompress to what it says");
	return SL_OK;
}
