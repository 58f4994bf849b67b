#include "parquet_delta.h"

#include <string.h>

#include "varint.h"

/* Writers use 128 numbers in 4 miniblocks; DuckDB 2,048 in 8. */
#define BLOCK_MAX (1u << 16)
#define MINI_MAX  512

static bool
read_zigzag(struct parquet_delta *delta, uint64_t *out)
{
	uint64_t value;

	if (!varint_take(&delta->at, delta->end, &value))
		return false;
	*out = (uint64_t)varint_unzigzag(value);
	return true;
}

bool
parquet_delta_init(
    struct parquet_delta *delta, struct sl_slice bytes, uint64_t max)
{
	uint64_t block;
	uint64_t minis;

	*delta = (struct parquet_delta){
	    .at = bytes.data, .end = bytes.data + bytes.len, .is_first = true};
	if (!varint_take(&delta->at, delta->end, &block) ||
	    !varint_take(&delta->at, delta->end, &minis) ||
	    !varint_take(&delta->at, delta->end, &delta->left) ||
	    !read_zigzag(delta, &delta->last))
		return false;
	if (minis < 1 || minis > MINI_MAX || block < 1 || block > BLOCK_MAX ||
	    block % minis != 0 || block / minis % 8 != 0 || delta->left > max)
		return false;
	delta->mini_count = (uint32_t)minis;
	delta->mini_size = (uint32_t)(block / minis);
	delta->mini = delta->mini_count;
	return true;
}

static bool
next_mini(struct parquet_delta *delta)
{
	uint64_t bytes;

	if (delta->mini == delta->mini_count) {
		if (!read_zigzag(delta, &delta->min_delta) ||
		    (size_t)(delta->end - delta->at) < delta->mini_count)
			return false;
		delta->widths = delta->at;
		delta->at += delta->mini_count;
		delta->mini = 0;
	}
	delta->width = delta->widths[delta->mini++];
	bytes = (uint64_t)delta->width * delta->mini_size / 8;
	if (delta->width > 64 || bytes > (uint64_t)(delta->end - delta->at))
		return false;
	delta->bits = delta->at;
	delta->at += bytes;
	delta->mini_left = delta->mini_size;
	delta->bit = 0;
	return true;
}

/* Up to 64 bits from any place of the miniblock. */
static uint64_t
read_bits(struct parquet_delta *delta)
{
	const unsigned char *at = delta->bits + delta->bit / 8;
	unsigned shift = delta->bit % 8;
	size_t there = (size_t)(delta->end - at);
	uint64_t word = 0;

	if (delta->width == 0)
		return 0;
	memcpy(&word, at, there < sizeof(word) ? there : sizeof(word));
	word >>= shift;
	if (shift + delta->width > 64)
		word |= (uint64_t)at[8] << (64 - shift);
	delta->bit += delta->width;
	return delta->width == 64 ? word
	                          : word & (((uint64_t)1 << delta->width) - 1);
}

bool
parquet_delta_next(struct parquet_delta *delta, int64_t *out)
{
	if (delta->left == 0)
		return false;
	if (delta->is_first) {
		delta->is_first = false;
	} else {
		if (delta->mini_left == 0 && !next_mini(delta))
			return false;
		delta->last += delta->min_delta + read_bits(delta);
		delta->mini_left--;
	}
	delta->left--;
	*out = (int64_t)delta->last;
	return true;
}

bool
parquet_delta_lengths(
    struct parquet_delta *delta, struct sl_slice *bytes, uint64_t max)
{
	struct parquet_delta walk;
	int64_t length;

	if (!parquet_delta_init(delta, *bytes, max))
		return false;
	walk = *delta;
	while (walk.left > 0) {
		if (!parquet_delta_next(&walk, &length) || length < 0)
			return false;
	}
	*bytes = sl_slice_of(walk.at, (size_t)(walk.end - walk.at));
	return true;
}
