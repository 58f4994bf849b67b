#include "parquet_values.h"

#include <string.h>

#include "parquet_prefix.h"

/* Dictionary indices in work at a time. */
#define BLOCK 512

uint32_t
parquet_width(const struct sl_parquet_node *node)
{
	switch (node->type) {
	case SL_PARQUET_INT96:
		return 12;
	case SL_PARQUET_FIXED:
		return (uint32_t)node->type_bytes;
	case SL_PARQUET_BYTES:
		return 0;
	case SL_PARQUET_BOOLEAN:
	case SL_PARQUET_INT32:
	case SL_PARQUET_INT64:
	case SL_PARQUET_FLOAT:
	case SL_PARQUET_DOUBLE:
		return (uint32_t)parquet_value_bytes(node->type);
	}
	return 0;
}

static bool
init_dictionary(struct parquet_values *values)
{
	unsigned width;

	if (!values->dictionary->is_there)
		return false;
	/* A page of NULLs has no indices. */
	if (values->at == values->end)
		return parquet_rle_init(
		    &values->rle, sl_slice_of(values->at, 0), 32, 0);
	width = *values->at++;
	return parquet_rle_init(&values->rle,
	    sl_slice_of(values->at, (size_t)(values->end - values->at)), width,
	    values->dictionary->count == 0 ? 0 : values->dictionary->count - 1);
}

static bool
init_rle(struct parquet_values *values)
{
	size_t left = (size_t)(values->end - values->at);
	uint32_t len;

	if (left < 4)
		return false;
	len = parquet_le32(values->at);
	return len <= left - 4 &&
	    parquet_rle_init(
	        &values->rle, sl_slice_of(values->at + 4, len), 1, 1);
}

/* The lengths, then the bytes. */
static bool
init_lengths(struct parquet_values *values, uint64_t max)
{
	struct sl_slice bytes = {
	    values->at, (size_t)(values->end - values->at)};

	if (!parquet_delta_lengths(&values->delta, &bytes, max))
		return false;
	values->at = bytes.data;
	return true;
}

static bool
init_split(struct parquet_values *values)
{
	size_t left = (size_t)(values->end - values->at);

	if (values->width == 0 || left % values->width != 0)
		return false;
	values->split_count = left / values->width;
	return true;
}

static bool
has_encoding(const struct parquet_values *values)
{
	bool is_whole = values->type == SL_PARQUET_INT32 ||
	    values->type == SL_PARQUET_INT64;

	switch (values->encoding) {
	case PARQUET_PLAIN:
	case PARQUET_PLAIN_DICTIONARY:
	case PARQUET_RLE_DICTIONARY:
		return true;
	case PARQUET_RLE:
		return values->type == SL_PARQUET_BOOLEAN;
	case PARQUET_DELTA_BINARY_PACKED:
		return is_whole;
	case PARQUET_DELTA_LENGTH_BYTE_ARRAY:
		return values->type == SL_PARQUET_BYTES;
	case PARQUET_DELTA_BYTE_ARRAY:
		return values->type == SL_PARQUET_BYTES ||
		    values->type == SL_PARQUET_FIXED;
	case PARQUET_BYTE_STREAM_SPLIT:
		return is_whole || values->type == SL_PARQUET_FLOAT ||
		    values->type == SL_PARQUET_DOUBLE;
	default:
		return false;
	}
}

static enum sl_status
damaged(struct sl_error *err)
{
	return sl_error_set(
	    err, SL_ERR_INVALID, "parquet: a page of values is damaged");
}

static bool
init_encoding(struct parquet_values *values, uint64_t max)
{
	struct sl_slice bytes = {
	    values->at, (size_t)(values->end - values->at)};

	switch (values->encoding) {
	case PARQUET_PLAIN_DICTIONARY:
	case PARQUET_RLE_DICTIONARY:
		return init_dictionary(values);
	case PARQUET_RLE:
		return init_rle(values);
	case PARQUET_DELTA_BINARY_PACKED:
		return parquet_delta_init(&values->delta, bytes, max);
	case PARQUET_DELTA_LENGTH_BYTE_ARRAY:
		return init_lengths(values, max);
	case PARQUET_BYTE_STREAM_SPLIT:
		return init_split(values);
	default:
		return true;
	}
}

/* From here on the values are read where they were joined. */
static enum sl_status
init_prefixes(struct parquet_values *values, uint64_t max, struct sl_error *err)
{
	struct sl_slice page = {values->at, (size_t)(values->end - values->at)};
	enum sl_status status = parquet_prefix_join(
	    values->joined, page, max, &values->shared, &values->delta);

	if (status == SL_ERR_INVALID)
		return damaged(err);
	if (status == SL_ERR_LIMIT)
		return sl_error_set(err, status,
		    "parquet: a page of strings that are more than %zu bytes",
		    values->joined->max);
	values->at = values->joined->data;
	values->end = values->at + values->joined->len;
	return status;
}

enum sl_status
parquet_values_init(struct parquet_values *values,
    const struct sl_parquet_node *node, uint32_t encoding,
    struct sl_slice bytes, uint64_t max, struct sl_error *err)
{
	const struct parquet_dictionary *dictionary = values->dictionary;
	struct sl_buf *joined = values->joined;

	if (bytes.data == NULL)
		bytes = sl_slice_of("", 0);
	*values = (struct parquet_values){.type = node->type,
	    .width = parquet_width(node),
	    .encoding = encoding,
	    .at = bytes.data,
	    .end = bytes.data + bytes.len,
	    .dictionary = dictionary,
	    .joined = joined};
	if (!has_encoding(values))
		return sl_error_set(err, SL_ERR_INVALID,
		    "parquet: encoding %u of type %d is not read", encoding,
		    (int)node->type);
	if (encoding == PARQUET_DELTA_BYTE_ARRAY)
		return init_prefixes(values, max, err);
	return init_encoding(values, max) ? SL_OK : damaged(err);
}

static bool
read_plain_bytes(
    struct parquet_values *values, struct sl_slice *out, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t left = (size_t)(values->end - values->at);
		uint32_t len = values->width;

		if (len == 0) {
			if (left < 4)
				return false;
			len = parquet_le32(values->at);
			values->at += 4;
			left -= 4;
		}
		if (len > left)
			return false;
		out[i] = sl_slice_of(values->at, len);
		values->at += len;
	}
	return true;
}

static bool
read_plain_booleans(
    struct parquet_values *values, unsigned char *out, size_t count)
{
	size_t there = (size_t)(values->end - values->at) * 8;

	if (count > there - values->bit)
		return false;
	for (size_t i = 0; i < count; i++, values->bit++)
		out[i] = values->at[values->bit / 8] >> values->bit % 8 & 1;
	return true;
}

static bool
read_plain(struct parquet_values *values, void *out, size_t count)
{
	size_t bytes = count * values->width;

	if (values->type == SL_PARQUET_BOOLEAN)
		return read_plain_booleans(values, out, count);
	if (parquet_value_bytes(values->type) != values->width)
		return read_plain_bytes(values, out, count);
	if (bytes > (size_t)(values->end - values->at))
		return false;
	if (bytes > 0)
		memcpy(out, values->at, bytes);
	values->at += bytes;
	return true;
}

/* Whatever the type: values are copied as bytes. */
static void
pick(const struct parquet_values *values, unsigned char *out,
    const uint32_t *indices, size_t count)
{
	const unsigned char *from = values->dictionary->values;

	switch (parquet_value_bytes(values->type)) {
	case 4:
		for (size_t i = 0; i < count; i++)
			memcpy(out + i * 4, from + (size_t)indices[i] * 4, 4);
		return;
	case 8:
		for (size_t i = 0; i < count; i++)
			memcpy(out + i * 8, from + (size_t)indices[i] * 8, 8);
		return;
	default:
		for (size_t i = 0; i < count; i++)
			memcpy(out + i * sizeof(struct sl_slice),
			    from + indices[i] * sizeof(struct sl_slice),
			    sizeof(struct sl_slice));
	}
}

static bool
read_indices(struct parquet_values *values, void *out, size_t count)
{
	uint32_t indices[BLOCK];
	unsigned char *at = out;

	if (count > 0 && values->dictionary->count == 0)
		return false;
	while (count > 0) {
		size_t part = count < BLOCK ? count : BLOCK;

		if (!parquet_rle_numbers(&values->rle, indices, part))
			return false;
		pick(values, at, indices, part);
		at += part * parquet_value_bytes(values->type);
		count -= part;
	}
	return true;
}

static bool
read_deltas(struct parquet_values *values, void *out, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int64_t value;

		if (!parquet_delta_next(&values->delta, &value))
			return false;
		if (values->type == SL_PARQUET_INT64)
			((int64_t *)out)[i] = value;
		else /* differences wrap at 32 bits */
			((int32_t *)out)[i] = (int32_t)(uint32_t)value;
	}
	return true;
}

static bool
read_lengths(struct parquet_values *values, struct sl_slice *out, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int64_t length;

		if (!parquet_delta_next(&values->delta, &length) ||
		    length < 0 || length > values->end - values->at)
			return false;
		out[i] = sl_slice_of(values->at, (size_t)length);
		values->at += length;
	}
	return true;
}

static bool
read_prefixes(struct parquet_values *values, struct sl_slice *out, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int64_t head;
		int64_t tail;
		size_t len;

		if (!parquet_delta_next(&values->shared, &head) ||
		    !parquet_delta_next(&values->delta, &tail))
			return false;
		/* Joining has held them against the bytes. */
		len = (size_t)head + (size_t)tail;
		if (values->width != 0 && len != values->width)
			return false;
		out[i] = sl_slice_of(values->at, len);
		values->at += len;
	}
	return true;
}

static bool
read_split(struct parquet_values *values, unsigned char *out, size_t count)
{
	uint64_t all = values->split_count;
	size_t width = values->width;

	if (count > all - values->split_at)
		return false;
	for (size_t byte = 0; byte < width; byte++) {
		const unsigned char *from =
		    values->at + byte * all + values->split_at;

		for (size_t i = 0; i < count; i++)
			out[i * width + byte] = from[i];
	}
	values->split_at += count;
	return true;
}

bool
parquet_values_read(struct parquet_values *values, void *out, size_t count)
{
	switch (values->encoding) {
	case PARQUET_PLAIN_DICTIONARY:
	case PARQUET_RLE_DICTIONARY:
		return read_indices(values, out, count);
	case PARQUET_RLE:
		return parquet_rle_bytes(&values->rle, out, count);
	case PARQUET_DELTA_BINARY_PACKED:
		return read_deltas(values, out, count);
	case PARQUET_DELTA_LENGTH_BYTE_ARRAY:
		return read_lengths(values, out, count);
	case PARQUET_DELTA_BYTE_ARRAY:
		return read_prefixes(values, out, count);
	case PARQUET_BYTE_STREAM_SPLIT:
		return read_split(values, out, count);
	default:
		return read_plain(values, out, count);
	}
}
