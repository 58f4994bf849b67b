/* Runs of equal numbers and runs of packed bits, as levels, dictionary
 * indices and booleans are stored (Encodings.md, "Run Length Encoding /
 * Bit-Packing Hybrid").  Borrows the bytes. */
#ifndef SL_FORMATS_PARQUET_RLE_H
#define SL_FORMATS_PARQUET_RLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/slice.h"

struct parquet_rle {
	const unsigned char *at;
	const unsigned char *end;
	unsigned width; /* bits of a number, at most 32 */
	uint32_t max;   /* a greater number is an error */
	uint64_t repeat_left;
	uint32_t repeated;
	/* Numbers left in the packed run, and the bit that is next. */
	uint64_t packed_left;
	uint64_t bit;
};

/* False if the width is too large. */
bool parquet_rle_init(struct parquet_rle *rle, struct sl_slice bytes,
    unsigned width, uint32_t max);

/* Exactly `count` numbers; false if there are not so many, or one is too
 * great. */
bool parquet_rle_bytes(
    struct parquet_rle *rle, unsigned char *out, size_t count);
bool parquet_rle_numbers(struct parquet_rle *rle, uint32_t *out, size_t count);

/* Bits that numbers up to `max` need. */
unsigned parquet_bit_width(uint32_t max);

/* Append `count` numbers of `width` bits. */
SL_MUST_CHECK enum sl_status parquet_rle_write(
    struct sl_buf *buf, const uint32_t *numbers, size_t count, unsigned width);

#endif /* SL_FORMATS_PARQUET_RLE_H */
