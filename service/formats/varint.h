/* Whole numbers in seven-bit groups, the lowest first, as Parquet, Thrift and
 * protobuf store them (LEB128; protobuf.dev, "Base 128 Varints"), and zigzag,
 * which keeps small negative numbers short. */
#ifndef SL_FORMATS_VARINT_H
#define SL_FORMATS_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"

/* Bytes of the greatest number. */
#define VARINT_BYTES_MAX 10

/* Behind varint_take(): a number of more than one byte. */
bool varint_take_long(
    const unsigned char **at, const unsigned char *end, uint64_t *out);

/* Take a number off the bytes from *at to `end`.  False, and nothing taken,
 * if they end within it or it needs more than 64 bits. */
static inline bool
varint_take(const unsigned char **at, const unsigned char *end, uint64_t *out)
{
	if (*at == end || **at >= 0x80)
		return varint_take_long(at, end, out);
	*out = *(*at)++;
	return true;
}

SL_MUST_CHECK enum sl_status varint_append(struct sl_buf *buf, uint64_t value);

/* 0, -1, 1, -2 ... are 0, 1, 2, 3 ... */
static inline uint64_t
varint_zigzag(int64_t value)
{
	return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t
varint_unzigzag(uint64_t value)
{
	return (int64_t)(value >> 1 ^ (~(value & 1) + 1));
}

#endif /* SL_FORMATS_VARINT_H */
