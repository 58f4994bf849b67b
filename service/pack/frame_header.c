#include "frame_header.h"

#include <stdbool.h>

#include "sluice/pack/chunk.h"

#define MAGIC_BYTES 4

uint64_t
sl_frame_number(const unsigned char *bytes, size_t len)
{
	uint64_t value = 0;

	for (size_t i = len; i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

/* RFC 8878, 3.1.1.1.2: exponent and eighths. */
static uint64_t
window_of(unsigned char byte)
{
	uint64_t base = UINT64_C(1) << (10 + (byte >> 3));

	return base + base / 8 * (byte & 7);
}

static enum sl_status
refuse(struct sl_error *err, const char *why)
{
	return sl_error_code(
	    err, SL_ERR_INTEGRITY, "bad_frame", "zstd frame %s", why);
}

enum sl_status
sl_frame_header_judge(struct sl_slice bytes, uint64_t content_max,
    uint64_t *content, struct sl_error *err)
{
	static const size_t size_bytes[4] = {0, 2, 4, 8};
	unsigned descriptor;
	bool is_single;
	size_t at = MAGIC_BYTES + 1;
	size_t len;
	uint64_t window = 0;

	if (bytes.len < at)
		return SL_ERR_PARTIAL;
	if (sl_frame_number(bytes.data, MAGIC_BYTES) != FRAME_MAGIC)
		return refuse(err, "has another magic number");
	descriptor = bytes.data[MAGIC_BYTES];
	is_single = (descriptor & 0x20) != 0;
	/* Also the bit that RFC 8878 lets a decoder ignore: one content, one
	 * spelling. */
	if ((descriptor & 0x18) != 0)
		return refuse(err, "has a reserved bit set");
	if ((descriptor & 0x04) == 0)
		return refuse(err, "has no checksum");
	if ((descriptor & 0x03) != 0)
		return refuse(err, "wants a dictionary");
	len = size_bytes[descriptor >> 6];
	if (len == 0 && is_single)
		len = 1;
	if (len == 0)
		return refuse(err, "does not state its content size");
	if (bytes.len < at + (is_single ? 0 : 1) + len)
		return SL_ERR_PARTIAL;
	if (!is_single)
		window = window_of(bytes.data[at++]);
	*content = sl_frame_number(bytes.data + at, len);
	if (len == 2)
		*content += 256;
	if (window > SL_CHUNK_WINDOW_MAX)
		return refuse(err, "claims a window above 8 MiB");
	if (*content > content_max)
		return refuse(err, "claims more content than is allowed");
	return SL_OK;
}
