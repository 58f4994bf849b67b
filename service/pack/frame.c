#include "sluice/pack/frame.h"

#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "sluice/pack/tar.h"

/* zstd of 1,024 zero bytes, made once and fixed: a pack's last bytes do not
 * depend on the library's version. */
static const unsigned char end_of_archive[] = {0x28, 0xB5, 0x2F, 0xFD, 0x64,
    0x00, 0x03, 0x4D, 0x00, 0x00, 0x10, 0x00, 0x00, 0x01, 0x00, 0xFB, 0x2B,
    0x80, 0x05, 0xCD, 0xAC, 0x85, 0xF0};

struct sl_slice
sl_frame_end_of_archive(void)
{
	return sl_slice_of(end_of_archive, sizeof(end_of_archive));
}

enum sl_status
sl_frame_bytes(struct sl_buf *out, enum sl_level level, struct sl_slice bytes)
{
	struct sl_chunk_encoder *encoder;
	enum sl_status status;

	status = sl_chunk_encoder_new(&encoder);
	if (status != SL_OK)
		return status;
	status = sl_chunk_encode(encoder, level, bytes, out);
	sl_chunk_encoder_free(encoder);
	return status;
}

/* All of `member` as frames. */
static enum sl_status
put_frames(struct sl_buf *out, struct sl_slice member)
{
	struct sl_chunk_encoder *encoder;
	enum sl_status status;

	status = sl_chunk_encoder_new(&encoder);
	for (size_t at = 0; status == SL_OK && at < member.len;) {
		size_t len = member.len - at;

		if (len > SL_CHUNK_DECODED_MAX)
			len = SL_CHUNK_DECODED_MAX;
		status = sl_chunk_encode(encoder, SL_LEVEL_HEAD,
		    sl_slice_of(member.data + at, len), out);
		at += len;
	}
	sl_chunk_encoder_free(encoder);
	return status;
}

enum sl_status
sl_frame_member(struct sl_buf *out, struct sl_slice path,
    struct sl_slice content, int64_t published_us, struct sl_error *err)
{
	static const unsigned char zeros[SL_TAR_BLOCK_BYTES];
	struct sl_tar_layout layout;
	struct sl_buf member;
	enum sl_status status;

	status = sl_tar_layout(&layout, path, content.len, published_us);
	if (status != SL_OK)
		return sl_error_set(
		    err, status, "this member has no tar header");
	sl_buf_init(&member, (size_t)layout.total_bytes);
	status = sl_buf_reserve(&member, (size_t)layout.total_bytes);
	if (status == SL_OK)
		status =
		    sl_buf_append(&member, layout.header, layout.header_len);
	if (status == SL_OK)
		status = sl_buf_append(&member, content.data, content.len);
	if (status == SL_OK)
		status = sl_buf_append(&member, zeros, layout.padding_len);
	if (status == SL_OK)
		status = put_frames(out, sl_buf_slice(&member));
	sl_buf_clear(&member);
	if (status != SL_OK)
		return sl_error_set(err, status, "%s", sl_status_text(status));
	return SL_OK;
}

enum sl_status
sl_frame_measure(size_t *out, struct sl_slice bytes)
{
	size_t len = ZSTD_findFrameCompressedSize(bytes.data, bytes.len);

	if (!ZSTD_isError(len)) {
		*out = len;
		return SL_OK;
	}
	return ZSTD_getErrorCode(len) == ZSTD_error_srcSize_wrong
	    ? SL_ERR_PARTIAL
	    : SL_ERR_INTEGRITY;
}
