#include "parquet_rle.h"

#include <string.h>

#include "varint.h"

#define WIDTH_MAX 32
/* Numbers unpacked at a time. */
#define BLOCK 256
/* Equal numbers from which on a run is shorter than packed bits. */
#define RUN_MIN 8
/* Of a run's head: what eight numbers per group cannot overflow. */
#define HEAD_MAX (((uint64_t)1 << 35) - 1)

bool
parquet_rle_init(struct parquet_rle *rle, struct sl_slice bytes, unsigned width,
    uint32_t max)
{
	*rle = (struct parquet_rle){.at = bytes.data,
	    .end = bytes.data + bytes.len,
	    .width = width,
	    .max = max};
	return width <= WIDTH_MAX;
}

static bool
next_run(struct parquet_rle *rle)
{
	uint64_t head;
	unsigned bytes = (rle->width + 7) / 8;

	/* Nothing needs to be written of numbers that can only be 0. */
	if (rle->width == 0 && rle->at == rle->end) {
		rle->repeat_left = UINT32_MAX;
		return true;
	}
	if (!varint_take(&rle->at, rle->end, &head) || head > HEAD_MAX)
		return false;
	if ((head & 1) == 0) {
		if (head == 0 || (size_t)(rle->end - rle->at) < bytes)
			return false;
		rle->repeat_left = head >> 1;
		rle->repeated = 0;
		for (unsigned i = 0; i < bytes; i++)
			rle->repeated |= (uint32_t)*rle->at++ << (8 * i);
		return rle->repeated <= rle->max;
	}
	/* Groups of eight; of the last one the padding may be missing. */
	rle->packed_left = (head >> 1) * 8;
	rle->bit = 0;
	if (rle->width > 0) {
		uint64_t there =
		    (uint64_t)(rle->end - rle->at) * 8 / rle->width;

		if (rle->packed_left > there)
			rle->packed_left = there;
	}
	return rle->packed_left > 0;
}

/* The end of the packed run: behind its bytes. */
static void
finish_packed(struct parquet_rle *rle)
{
	rle->at += (rle->bit + 7) / 8;
	rle->bit = 0;
}

static uint64_t
load_word(const unsigned char *at, const unsigned char *end)
{
	uint64_t word = 0;
	size_t len = (size_t)(end - at);

	memcpy(&word, at, len < sizeof(word) ? len : sizeof(word));
	return word;
}

static bool
unpack(struct parquet_rle *rle, uint32_t *out, size_t count)
{
	uint64_t mask = ((uint64_t)1 << rle->width) - 1;
	uint64_t bit = rle->bit;
	uint32_t highest = 0;

	for (size_t i = 0; i < count; i++, bit += rle->width) {
		const unsigned char *at = rle->at + bit / 8;
		uint64_t word;

		if (rle->end - at >= 8)
			memcpy(&word, at, sizeof(word));
		else
			word = load_word(at, rle->end);
		out[i] = (uint32_t)(word >> (bit % 8) & mask);
		highest = out[i] > highest ? out[i] : highest;
	}
	rle->bit = bit;
	rle->packed_left -= count;
	if (rle->packed_left == 0)
		finish_packed(rle);
	return highest <= rle->max;
}

/* How many of `wanted` numbers the run under way has; 0 if none follows. */
static size_t
run_part(struct parquet_rle *rle, size_t wanted)
{
	uint64_t left;

	if (rle->repeat_left == 0 && rle->packed_left == 0 && !next_run(rle))
		return 0;
	left = rle->repeat_left > 0 ? rle->repeat_left : rle->packed_left;
	return left < wanted ? (size_t)left : wanted;
}

bool
parquet_rle_numbers(struct parquet_rle *rle, uint32_t *out, size_t count)
{
	while (count > 0) {
		size_t part = run_part(rle, count);

		if (part == 0)
			return false;
		if (rle->repeat_left > 0) {
			for (size_t i = 0; i < part; i++)
				out[i] = rle->repeated;
			rle->repeat_left -= part;
		} else if (!unpack(rle, out, part)) {
			return false;
		}
		out += part;
		count -= part;
	}
	return true;
}

bool
parquet_rle_bytes(struct parquet_rle *rle, unsigned char *out, size_t count)
{
	uint32_t block[BLOCK];

	while (count > 0) {
		size_t part = run_part(rle, count);

		if (part == 0)
			return false;
		if (rle->repeat_left > 0) {
			memset(out, (int)rle->repeated, part);
			rle->repeat_left -= part;
		} else {
			part = part < BLOCK ? part : BLOCK;
			if (!unpack(rle, block, part))
				return false;
			for (size_t i = 0; i < part; i++)
				out[i] = (unsigned char)block[i];
		}
		out += part;
		count -= part;
	}
	return true;
}

unsigned
parquet_bit_width(uint32_t max)
{
	return max == 0 ? 0 : 32 - (unsigned)__builtin_clz(max);
}

static enum sl_status
write_run(struct sl_buf *buf, uint32_t number, size_t count, unsigned width)
{
	unsigned char bytes[4];
	enum sl_status status = varint_append(buf, (uint64_t)count << 1);

	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (unsigned char)(number >> (8 * i));
	return status == SL_OK ? sl_buf_append(buf, bytes, (width + 7) / 8)
	                       : status;
}

/* The last group is padded with zeros. */
static enum sl_status
write_packed(
    struct sl_buf *buf, const uint32_t *numbers, size_t count, unsigned width)
{
	size_t groups = (count + 7) / 8;
	uint64_t word = 0;
	unsigned bits = 0;
	enum sl_status status = varint_append(buf, (uint64_t)groups << 1 | 1);

	if (status == SL_OK)
		status = sl_buf_reserve(buf, groups * width);
	if (status != SL_OK)
		return status;
	for (size_t i = 0; i < groups * 8; i++) {
		word |= (uint64_t)(i < count ? numbers[i] : 0) << bits;
		bits += width;
		for (; bits >= 8; bits -= 8, word >>= 8)
			buf->data[buf->len++] = (unsigned char)word;
	}
	return SL_OK;
}

static size_t
equal_run(const uint32_t *numbers, size_t count)
{
	size_t run = 1;

	while (run < count && numbers[run] == numbers[0])
		run++;
	return run;
}

enum sl_status
parquet_rle_write(
    struct sl_buf *buf, const uint32_t *numbers, size_t count, unsigned width)
{
	enum sl_status status = SL_OK;

	while (status == SL_OK && count > 0) {
		size_t run = equal_run(numbers, count);
		size_t packed = 0;

		if (run >= RUN_MIN || run == count || width == 0) {
			status = write_run(buf, numbers[0], run, width);
			numbers += run;
			count -= run;
			continue;
		}
		/* Whole groups up to where a run is worth it. */
		while (packed < count &&
		    equal_run(numbers + packed,
		        count - packed < RUN_MIN ? count - packed : RUN_MIN) <
		        RUN_MIN)
			packed += packed + 8 <= count ? 8 : count - packed;
		status = write_packed(buf, numbers, packed, width);
		numbers += packed;
		count -= packed;
	}
	return status;
}
