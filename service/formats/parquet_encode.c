#include "parquet_encode.h"

#include <libdeflate.h>
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "parquet_format.h"
#include "parquet_rle.h"
#include "parquet_values.h"

/* A page, before it is compressed: what other writers make. */
#define PAGE_BYTES   (1u << 20)
#define PAGE_ENTRIES 262144u
/* One value, and what may go beyond a page because of it. */
#define VALUE_MAX        (64u << 20)
#define DICTIONARY_MAX   32768u
#define DICTIONARY_BYTES (1u << 20)
#define SLOTS            (2 * DICTIONARY_MAX)
#define ZSTD_LEVEL       3

enum sl_status
parquet_encoder_init(struct parquet_encoder *encoder,
    const struct sl_parquet_schema *schema, size_t leaf,
    enum sl_parquet_codec codec)
{
	const size_t page_max = PAGE_BYTES + VALUE_MAX;

	*encoder = (struct parquet_encoder){.leaf = &schema->leaves[leaf],
	    .node = &schema->nodes[schema->leaves[leaf].node],
	    .codec = codec};
	sl_buf_init(&encoder->rep, PAGE_ENTRIES * sizeof(uint32_t));
	sl_buf_init(&encoder->def, PAGE_ENTRIES * sizeof(uint32_t));
	sl_buf_init(&encoder->plain, page_max);
	sl_buf_init(&encoder->indices, PAGE_ENTRIES * sizeof(uint32_t));
	sl_buf_init(&encoder->dictionary, DICTIONARY_BYTES);
	sl_buf_init(&encoder->pages, SL_PARQUET_CHUNK_MAX);
	sl_buf_init(&encoder->body, 2 * page_max);
	sl_buf_init(&encoder->small, 4 * page_max);
	encoder->offsets = calloc(DICTIONARY_MAX + 1, sizeof(uint32_t));
	encoder->slots = calloc(SLOTS, sizeof(uint32_t));
	if (encoder->offsets == NULL || encoder->slots == NULL)
		return SL_ERR_NOMEM;
	parquet_encoder_reset(encoder);
	return SL_OK;
}

void
parquet_encoder_clear(struct parquet_encoder *encoder)
{
	sl_buf_clear(&encoder->rep);
	sl_buf_clear(&encoder->def);
	sl_buf_clear(&encoder->plain);
	sl_buf_clear(&encoder->indices);
	sl_buf_clear(&encoder->dictionary);
	sl_buf_clear(&encoder->pages);
	sl_buf_clear(&encoder->body);
	sl_buf_clear(&encoder->small);
	free(encoder->offsets);
	free(encoder->slots);
	*encoder = (struct parquet_encoder){0};
}

static void
reset_page(struct parquet_encoder *encoder)
{
	sl_buf_reset(&encoder->rep);
	sl_buf_reset(&encoder->def);
	sl_buf_reset(&encoder->plain);
	sl_buf_reset(&encoder->indices);
	encoder->entries = 0;
	encoder->values = 0;
}

void
parquet_encoder_reset(struct parquet_encoder *encoder)
{
	reset_page(encoder);
	sl_buf_reset(&encoder->dictionary);
	sl_buf_reset(&encoder->pages);
	memset(encoder->slots, 0, SLOTS * sizeof(uint32_t));
	encoder->dictionary_count = 0;
	encoder->is_open = encoder->node->type != SL_PARQUET_BOOLEAN;
	encoder->was_used = false;
	encoder->plain_bytes = 0;
	encoder->entry_count = 0;
	encoder->row_count = 0;
	encoder->null_count = 0;
	encoder->has_range = false;
	encoder->has_plain = false;
}

static uint32_t
hash_value(const unsigned char *value, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ value[i]) * 0x100000001b3u;
	return (uint32_t)(hash >> 32 ^ hash);
}

/* The value's place in the dictionary.  When there is no room for another one
 * the dictionary closes, and this page and the next ones are plain. */
static enum sl_status
look_up(struct parquet_encoder *encoder, const unsigned char *value, size_t len)
{
	uint32_t slot = hash_value(value, len) % SLOTS;
	uint32_t place;

	for (; encoder->slots[slot] != 0; slot = (slot + 1) % SLOTS) {
		place = encoder->slots[slot] - 1;
		if (encoder->offsets[place + 1] - encoder->offsets[place] ==
		        len &&
		    memcmp(encoder->dictionary.data + encoder->offsets[place],
		        value, len) == 0)
			return sl_buf_append(
			    &encoder->indices, &place, sizeof(place));
	}
	if (encoder->dictionary_count == DICTIONARY_MAX ||
	    len > DICTIONARY_BYTES - encoder->dictionary.len) {
		encoder->is_open = false;
		return SL_OK;
	}
	if (sl_buf_append(&encoder->dictionary, value, len) != SL_OK)
		return SL_ERR_NOMEM;
	place = encoder->dictionary_count++;
	encoder->offsets[place + 1] = (uint32_t)encoder->dictionary.len;
	encoder->slots[slot] = place + 1;
	return sl_buf_append(&encoder->indices, &place, sizeof(place));
}

static void
note_range(struct parquet_encoder *encoder, int64_t value)
{
	if (!encoder->has_range || value < encoder->min)
		encoder->min = value;
	if (!encoder->has_range || value > encoder->max)
		encoder->max = value;
	encoder->has_range = true;
}

static enum sl_status
append_bytes(struct parquet_encoder *encoder, struct sl_slice value)
{
	unsigned char head[4];
	enum sl_status status = SL_OK;

	if (value.len > VALUE_MAX - sizeof(head))
		return SL_ERR_LIMIT;
	if (encoder->node->type == SL_PARQUET_BYTES) {
		for (unsigned i = 0; i < 4; i++)
			head[i] = (unsigned char)(value.len >> (8 * i));
		status = sl_buf_append(&encoder->plain, head, sizeof(head));
	} else if (value.len != parquet_width(encoder->node)) {
		return SL_ERR_INVALID;
	}
	return status == SL_OK
	    ? sl_buf_append(&encoder->plain, value.data, value.len)
	    : status;
}

static enum sl_status
add_value(struct parquet_encoder *encoder, const struct sl_parquet_batch *batch,
    size_t at)
{
	size_t width = parquet_value_bytes(encoder->node->type);
	size_t from = encoder->plain.len;
	enum sl_status status = SL_ERR_STATE;

	switch (encoder->node->type) {
	case SL_PARQUET_INT96:
	case SL_PARQUET_BYTES:
	case SL_PARQUET_FIXED:
		status = append_bytes(encoder, batch->values.bytes[at]);
		break;
	case SL_PARQUET_INT32:
		note_range(encoder, batch->values.int32[at]);
		status = sl_buf_append(
		    &encoder->plain, &batch->values.int32[at], width);
		break;
	case SL_PARQUET_INT64:
		note_range(encoder, batch->values.int64[at]);
		status = sl_buf_append(
		    &encoder->plain, &batch->values.int64[at], width);
		break;
	case SL_PARQUET_BOOLEAN:
	case SL_PARQUET_FLOAT:
	case SL_PARQUET_DOUBLE:
		status = sl_buf_append(&encoder->plain,
		    (const unsigned char *)batch->values.any + at * width,
		    width);
		break;
	}
	encoder->values++;
	if (status == SL_OK && encoder->is_open)
		status = look_up(encoder, encoder->plain.data + from,
		    encoder->plain.len - from);
	return status;
}

static enum sl_status
compress(struct parquet_encoder *encoder, struct sl_slice *out)
{
	struct sl_slice body = sl_buf_slice(&encoder->body);
	size_t len;

	*out = body;
	if (encoder->codec == SL_PARQUET_UNCOMPRESSED)
		return SL_OK;
	len = encoder->codec == SL_PARQUET_SNAPPY
	    ? snappy_max_compressed_length(body.len)
	    : ZSTD_compressBound(body.len);
	sl_buf_reset(&encoder->small);
	if (sl_buf_reserve(&encoder->small, len) != SL_OK)
		return SL_ERR_NOMEM;
	if (encoder->codec == SL_PARQUET_SNAPPY) {
		if (snappy_compress((const char *)body.data, body.len,
		        (char *)encoder->small.data, &len) != SNAPPY_OK)
			return SL_ERR_NOMEM;
	} else {
		len = ZSTD_compress(
		    encoder->small.data, len, body.data, body.len, ZSTD_LEVEL);
		if (ZSTD_isError(len) != 0)
			return SL_ERR_NOMEM;
	}
	*out = sl_slice_of(encoder->small.data, len);
	return SL_OK;
}

/* Header and bytes of the page whose body is ready. */
static enum sl_status
put_page(struct parquet_encoder *encoder, struct sl_buf *into,
    enum parquet_page_type type, uint32_t count, uint32_t encoding)
{
	struct thrift_out out = {.buf = into, .status = SL_OK};
	struct sl_slice stored;
	size_t from = into->len;
	uint32_t crc;
	int last = 0;
	int inner = 0;
	enum sl_status status = compress(encoder, &stored);

	if (status != SL_OK)
		return status;
	crc = libdeflate_crc32(0, stored.data, stored.len);
	thrift_put_number(&out, &last, 1, THRIFT_I32, type);
	thrift_put_number(
	    &out, &last, 2, THRIFT_I32, (int64_t)encoder->body.len);
	thrift_put_number(&out, &last, 3, THRIFT_I32, (int64_t)stored.len);
	thrift_put_number(&out, &last, 4, THRIFT_I32,
	    crc > INT32_MAX ? (int64_t)crc - UINT32_MAX - 1 : (int64_t)crc);
	thrift_put_struct(&out, &last, type == PARQUET_DICTIONARY_PAGE ? 7 : 5);
	thrift_put_number(&out, &inner, 1, THRIFT_I32, count);
	thrift_put_number(&out, &inner, 2, THRIFT_I32, encoding);
	if (type == PARQUET_DATA_PAGE) {
		thrift_put_number(&out, &inner, 3, THRIFT_I32, PARQUET_RLE);
		thrift_put_number(&out, &inner, 4, THRIFT_I32, PARQUET_RLE);
	}
	thrift_put_stop(&out);
	thrift_put_stop(&out);
	encoder->plain_bytes += into->len - from + encoder->body.len;
	thrift_put_raw(&out, stored);
	return out.status;
}

static enum sl_status
put_levels(struct sl_buf *body, const struct sl_buf *levels, unsigned max)
{
	size_t at = body->len;
	size_t len;
	enum sl_status status;

	if (max == 0)
		return SL_OK;
	status = sl_buf_append(body, "\0\0\0", 4);
	if (status == SL_OK)
		status = parquet_rle_write(body,
		    (const uint32_t *)(const void *)levels->data,
		    levels->len / sizeof(uint32_t), parquet_bit_width(max));
	if (status != SL_OK)
		return status;
	len = body->len - at - 4;
	for (unsigned i = 0; i < 4; i++)
		body->data[at + i] = (unsigned char)(len >> (8 * i));
	return SL_OK;
}

static enum sl_status
put_booleans(struct sl_buf *body, const struct sl_buf *plain)
{
	enum sl_status status = sl_buf_reserve(body, (plain->len + 7) / 8);

	if (status != SL_OK)
		return status;
	for (size_t i = 0; i < plain->len; i++) {
		if (i % 8 == 0)
			body->data[body->len++] = 0;
		body->data[body->len - 1] |=
		    (unsigned char)((plain->data[i] & 1) << i % 8);
	}
	return SL_OK;
}

static enum sl_status
put_values(struct parquet_encoder *encoder, bool is_dictionary)
{
	struct sl_buf *body = &encoder->body;
	unsigned char width;
	enum sl_status status;

	if (encoder->node->type == SL_PARQUET_BOOLEAN)
		return put_booleans(body, &encoder->plain);
	if (!is_dictionary)
		return sl_buf_append(
		    body, encoder->plain.data, encoder->plain.len);
	width = (unsigned char)parquet_bit_width(
	    encoder->dictionary_count == 0 ? 0 : encoder->dictionary_count - 1);
	status = sl_buf_append(body, &width, 1);
	if (status == SL_OK)
		status = parquet_rle_write(body,
		    (const uint32_t *)(const void *)encoder->indices.data,
		    encoder->indices.len / sizeof(uint32_t), width);
	return status;
}

/* A dictionary that hardly a value is in twice makes the file larger. */
static bool
pays(const struct parquet_encoder *encoder)
{
	return encoder->is_open &&
	    (encoder->was_used ||
	        encoder->dictionary_count <= encoder->values / 2 ||
	        encoder->values < 2);
}

static enum sl_status
flush_page(struct parquet_encoder *encoder)
{
	bool is_dictionary = pays(encoder);
	enum sl_status status;

	if (encoder->entries == 0)
		return SL_OK;
	encoder->is_open = is_dictionary;
	encoder->was_used = encoder->was_used || is_dictionary;
	encoder->has_plain = encoder->has_plain || !is_dictionary;
	sl_buf_reset(&encoder->body);
	status =
	    put_levels(&encoder->body, &encoder->rep, encoder->leaf->max_rep);
	if (status == SL_OK)
		status = put_levels(
		    &encoder->body, &encoder->def, encoder->leaf->max_def);
	if (status == SL_OK)
		status = put_values(encoder, is_dictionary);
	if (status == SL_OK)
		status = put_page(encoder, &encoder->pages, PARQUET_DATA_PAGE,
		    encoder->entries,
		    is_dictionary ? PARQUET_RLE_DICTIONARY : PARQUET_PLAIN);
	encoder->entry_count += encoder->entries;
	reset_page(encoder);
	return status;
}

static bool
is_full(const struct parquet_encoder *encoder)
{
	return encoder->plain.len >= PAGE_BYTES ||
	    encoder->entries >= PAGE_ENTRIES / 2;
}

static enum sl_status
add_levels(struct parquet_encoder *encoder, uint32_t rep, uint32_t def)
{
	enum sl_status status = SL_OK;

	/* A page begins with a row, unless that is a very long one. */
	if ((rep == 0 && is_full(encoder)) ||
	    encoder->entries == PAGE_ENTRIES ||
	    encoder->plain.len >= VALUE_MAX / 2)
		status = flush_page(encoder);
	encoder->entries++;
	encoder->row_count += rep == 0;
	encoder->null_count += def < encoder->leaf->max_def;
	if (status == SL_OK && encoder->leaf->max_rep > 0)
		status = sl_buf_append(&encoder->rep, &rep, sizeof(rep));
	if (status == SL_OK && encoder->leaf->max_def > 0)
		status = sl_buf_append(&encoder->def, &def, sizeof(def));
	return status;
}

enum sl_status
parquet_encoder_add(struct parquet_encoder *encoder,
    const struct sl_parquet_batch *batch, struct sl_error *err)
{
	unsigned max_def = encoder->leaf->max_def;
	size_t value = 0;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < batch->count; i++) {
		uint32_t rep = batch->rep == NULL ? 0 : batch->rep[i];
		uint32_t def = batch->def == NULL ? max_def : batch->def[i];

		if (rep > encoder->leaf->max_rep || def > max_def ||
		    (def == max_def && value == batch->value_count))
			return sl_error_set(err, SL_ERR_STATE,
			    "parquet: levels and values do not fit");
		status = add_levels(encoder, rep, def);
		if (status == SL_OK && def == max_def)
			status = add_value(encoder, batch, value++);
	}
	if (status == SL_ERR_LIMIT)
		return sl_error_set(err, status,
		    "parquet: a column is too large to be written");
	return status;
}

enum sl_status
parquet_encoder_end(struct parquet_encoder *encoder, struct sl_buf *dictionary)
{
	enum sl_status status = flush_page(encoder);

	if (status != SL_OK || !encoder->was_used)
		return status;
	sl_buf_reset(&encoder->body);
	status = sl_buf_append(
	    &encoder->body, encoder->dictionary.data, encoder->dictionary.len);
	if (status != SL_OK)
		return status;
	return put_page(encoder, dictionary, PARQUET_DICTIONARY_PAGE,
	    encoder->dictionary_count, PARQUET_PLAIN);
}
