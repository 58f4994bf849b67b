#include "mcap_pack.h"

#include <stdlib.h>

#include <lz4frame.h>
#include <zstd.h>

#include "sluice/formats/mcap_reader.h"

struct mcap_packer {
	enum sl_mcap_compression compression;
	ZSTD_CCtx *zstd;
	struct sl_buf buf;
};

enum sl_status
mcap_packer_new(
    struct mcap_packer **out, enum sl_mcap_compression compression, int level)
{
	struct mcap_packer *packer = calloc(1, sizeof(*packer));

	*out = NULL;
	if (packer == NULL)
		return SL_ERR_NOMEM;
	packer->compression = compression;
	/* What does not compress grows a little. */
	sl_buf_init(&packer->buf, 2u * SL_MCAP_RECORD_BYTES_MAX);
	if (compression == SL_MCAP_ZSTD) {
		packer->zstd = ZSTD_createCCtx();
		if (packer->zstd == NULL ||
		    ZSTD_isError(ZSTD_CCtx_setParameter(
		        packer->zstd, ZSTD_c_compressionLevel, level))) {
			mcap_packer_free(packer);
			return SL_ERR_NOMEM;
		}
	}
	*out = packer;
	return SL_OK;
}

void
mcap_packer_free(struct mcap_packer *packer)
{
	if (packer == NULL)
		return;
	ZSTD_freeCCtx(packer->zstd);
	sl_buf_clear(&packer->buf);
	free(packer);
}

static enum sl_status
pack_zstd(struct mcap_packer *packer, struct sl_slice records,
    struct sl_mcap_chunk *out, struct sl_error *err)
{
	struct sl_buf *buf = &packer->buf;
	enum sl_status status;
	size_t made;

	status = sl_buf_reserve(buf, ZSTD_compressBound(records.len));
	if (status != SL_OK)
		return status;
	made = ZSTD_compress2(
	    packer->zstd, buf->data, buf->capacity, records.data, records.len);
	if (ZSTD_isError(made))
		return sl_error_set(
		    err, SL_ERR_IO, "zstd: %s", ZSTD_getErrorName(made));
	out->compression = sl_slice_text("zstd");
	out->records = sl_slice_of(buf->data, made);
	return SL_OK;
}

static enum sl_status
pack_lz4(struct mcap_packer *packer, struct sl_slice records,
    struct sl_mcap_chunk *out, struct sl_error *err)
{
	struct sl_buf *buf = &packer->buf;
	enum sl_status status;
	size_t made;

	status =
	    sl_buf_reserve(buf, LZ4F_compressFrameBound(records.len, NULL));
	if (status != SL_OK)
		return status;
	made = LZ4F_compressFrame(
	    buf->data, buf->capacity, records.data, records.len, NULL);
	if (LZ4F_isError(made))
		return sl_error_set(
		    err, SL_ERR_IO, "lz4: %s", LZ4F_getErrorName(made));
	out->compression = sl_slice_text("lz4");
	out->records = sl_slice_of(buf->data, made);
	return SL_OK;
}

enum sl_status
mcap_pack(struct mcap_packer *packer, struct sl_slice records,
    struct sl_mcap_chunk *out, struct sl_error *err)
{
	out->uncompressed_size = records.len;
	out->uncompressed_crc = sl_mcap_crc(0, records);
	sl_buf_reset(&packer->buf);
	switch (packer->compression) {
	case SL_MCAP_ZSTD:
		return pack_zstd(packer, records, out, err);
	case SL_MCAP_LZ4:
		return pack_lz4(packer, records, out, err);
	case SL_MCAP_PLAIN:
		break;
	}
	out->compression = sl_slice_text("");
	out->records = records;
	return SL_OK;
}
