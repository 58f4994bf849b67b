#include "varint.h"

bool
varint_take_long(
    const unsigned char **at, const unsigned char *end, uint64_t *out)
{
	const unsigned char *next = *at;
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint64_t group;

		if (next == end)
			return false;
		group = *next & 0x7f;
		if (group << shift >> shift != group)
			return false;
		value |= group << shift;
		if (*next++ < 0x80) {
			*at = next;
			*out = value;
			return true;
		}
	}
	return false;
}

enum sl_status
varint_append(struct sl_buf *buf, uint64_t value)
{
	unsigned char bytes[VARINT_BYTES_MAX];
	size_t len = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[len++] = (unsigned char)(value | 0x80);
	bytes[len++] = (unsigned char)value;
	return sl_buf_append(buf, bytes, len);
}
