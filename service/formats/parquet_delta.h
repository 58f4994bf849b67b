/* Whole numbers as differences in blocks (Encodings.md, "Delta Encoding"),
 * which DuckDB writes for integers and for the lengths of strings.  Borrows
 * the bytes. */
#ifndef SL_FORMATS_PARQUET_DELTA_H
#define SL_FORMATS_PARQUET_DELTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/slice.h"

struct parquet_delta {
	const unsigned char *at;
	const unsigned char *end;
	uint64_t left;       /* numbers still to be given */
	uint64_t last;       /* the number before, modulo 2^64 */
	uint64_t min_delta;  /* of the block */
	uint32_t mini_count; /* miniblocks of a block */
	uint32_t mini_size;  /* numbers of a miniblock */
	uint32_t mini;       /* which one is next */
	const unsigned char *widths;
	const unsigned char *bits; /* of the miniblock under way */
	uint32_t mini_left;
	unsigned width;
	uint64_t bit;
	bool is_first;
};

/* Reads the header; false if it is wrong, or claims more than `max`. */
bool parquet_delta_init(
    struct parquet_delta *delta, struct sl_slice bytes, uint64_t max);
bool parquet_delta_next(struct parquet_delta *delta, int64_t *out);

/* The same, of lengths: false if one is negative; `bytes` becomes what comes
 * behind them. */
bool parquet_delta_lengths(
    struct parquet_delta *delta, struct sl_slice *bytes, uint64_t max);

#endif /* SL_FORMATS_PARQUET_DELTA_H */
