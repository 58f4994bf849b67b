/* Little-endian numbers of 1 to 8 bytes, and texts that are shown. */
#ifndef SL_FORMATS_MCAP_BYTES_H
#define SL_FORMATS_MCAP_BYTES_H

#include <stdint.h>
#include <string.h>

#include "sluice/base/buf.h"

static inline uint64_t
mcap_get(const unsigned char *bytes, size_t width)
{
	uint64_t value = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	memcpy(&value, bytes, width);
#else
	for (size_t i = width; i > 0; i--)
		value = value << 8 | bytes[i - 1];
#endif
	return value;
}

static inline void
mcap_set(unsigned char *bytes, size_t width, uint64_t value)
{
	for (size_t i = 0; i < width; i++)
		bytes[i] = (unsigned char)(value >> (8 * i));
}

static inline enum sl_status
mcap_put(struct sl_buf *buf, size_t width, uint64_t value)
{
	unsigned char bytes[8];

	mcap_set(bytes, sizeof(bytes), value);
	return sl_buf_append(buf, bytes, width);
}

/* How much of a text of the file goes into a message: "%.*s". */
static inline int
mcap_width(struct sl_slice text)
{
	return text.len > 100 ? 100 : (int)text.len;
}

#endif /* SL_FORMATS_MCAP_BYTES_H */
