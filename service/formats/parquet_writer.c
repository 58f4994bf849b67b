#include "sluice/formats/parquet_writer.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/base/array.h"
#include "sluice/base/file.h"

#include "parquet_encode.h"
#include "parquet_format.h"

#define CREATED_BY "sluice"
#define FORMAT     2
/* Entries made at a time from plain rows. */
#define ROWS_BLOCK 1024

struct sl_parquet_writer {
	int fd;
	const struct sl_parquet_schema *schema;
	enum sl_parquet_codec codec;
	struct parquet_encoder *encoders;
	size_t encoder_count;
	uint64_t offset;
	uint64_t rows;
	struct sl_buf groups; /* RowGroup after RowGroup, in Thrift */
	size_t group_count;
	struct sl_buf notes; /* KeyValue after KeyValue */
	size_t note_count;
};

static enum sl_status
put(struct sl_parquet_writer *writer, struct sl_slice bytes,
    struct sl_error *err)
{
	writer->offset += bytes.len;
	return sl_file_write_all(writer->fd, bytes.data, bytes.len, err);
}

enum sl_status
sl_parquet_writer_new(struct sl_parquet_writer **out, int fd,
    const struct sl_parquet_schema *schema, enum sl_parquet_codec codec,
    struct sl_error *err)
{
	struct sl_parquet_writer *writer;
	enum sl_status status = SL_OK;

	*out = NULL;
	writer = calloc(1, sizeof(*writer));
	if (writer == NULL)
		return SL_ERR_NOMEM;
	writer->fd = fd;
	writer->schema = schema;
	writer->codec = codec;
	sl_buf_init(&writer->groups, SL_PARQUET_FOOTER_MAX);
	sl_buf_init(&writer->notes, SL_PARQUET_FOOTER_MAX);
	writer->encoders =
	    calloc(schema->leaf_count + 1, sizeof(*writer->encoders));
	if (writer->encoders == NULL)
		status = SL_ERR_NOMEM;
	for (size_t i = 0; status == SL_OK && i < schema->leaf_count; i++) {
		writer->encoder_count++;
		status = parquet_encoder_init(
		    &writer->encoders[i], schema, i, codec);
	}
	if (status == SL_OK)
		status = put(writer, sl_slice_text("PAR1"), err);
	if (status == SL_OK)
		*out = writer;
	else
		sl_parquet_writer_free(writer);
	return status;
}

void
sl_parquet_writer_free(struct sl_parquet_writer *writer)
{
	if (writer == NULL)
		return;
	for (size_t i = 0; i < writer->encoder_count; i++)
		parquet_encoder_clear(&writer->encoders[i]);
	free(writer->encoders);
	sl_buf_clear(&writer->groups);
	sl_buf_clear(&writer->notes);
	free(writer);
}

enum sl_status
sl_parquet_writer_add(struct sl_parquet_writer *writer, size_t leaf,
    const struct sl_parquet_batch *batch, struct sl_error *err)
{
	return parquet_encoder_add(&writer->encoders[leaf], batch, err);
}

enum sl_status
sl_parquet_writer_rows(struct sl_parquet_writer *writer, size_t leaf,
    const void *values, size_t rows, size_t per_row, struct sl_error *err)
{
	const struct sl_parquet_leaf *kind = &writer->schema->leaves[leaf];
	size_t width =
	    parquet_value_bytes(writer->schema->nodes[kind->node].type);
	size_t left = rows * per_row;
	size_t in_row = 0;
	unsigned char rep[ROWS_BLOCK];
	enum sl_status status = SL_OK;

	if (per_row == 0 || kind->max_rep > 1 ||
	    (kind->max_rep == 0 && per_row != 1))
		return sl_error_set(
		    err, SL_ERR_STATE, "parquet: rows of another shape");
	while (status == SL_OK && left > 0) {
		struct sl_parquet_batch batch = {.rep = rep,
		    .count = left < ROWS_BLOCK ? left : ROWS_BLOCK,
		    .values.any = values};

		batch.value_count = batch.count;
		for (size_t i = 0; i < batch.count; i++) {
			rep[i] = in_row > 0;
			in_row = (in_row + 1) % per_row;
		}
		status = sl_parquet_writer_add(writer, leaf, &batch, err);
		values = (const unsigned char *)values + batch.count * width;
		left -= batch.count;
	}
	return status;
}

static void
put_path(struct thrift_out *out, int *last,
    const struct sl_parquet_schema *schema, const struct sl_parquet_leaf *leaf)
{
	uint32_t path[SL_PARQUET_DEPTH_MAX + 1];
	uint32_t left[SL_PARQUET_DEPTH_MAX + 1];
	size_t depth = 0;

	/* Down from the top to the leaf: what is still open at each node. */
	for (uint32_t at = leaf->top;; at++) {
		while (depth > 0 && left[depth - 1] == 0)
			depth--;
		if (depth > 0)
			left[depth - 1]--;
		path[depth] = at;
		if (at == leaf->node)
			break;
		left[depth++] = schema->nodes[at].child_count;
	}
	thrift_put_list(out, last, 3, THRIFT_BINARY, depth + 1);
	for (size_t i = 0; i <= depth; i++)
		thrift_put_bytes(
		    out, sl_slice_text(schema->nodes[path[i]].name));
}

static void
put_statistics(
    struct thrift_out *out, int *last, const struct parquet_encoder *encoder)
{
	const struct sl_parquet_node *node = encoder->node;
	unsigned char bytes[8];
	size_t width = parquet_value_bytes(node->type);
	int inner = 0;

	if (node->converted != SL_PARQUET_PLAIN || node->logical.len > 0)
		return;
	thrift_put_struct(out, last, 12);
	thrift_put_number(
	    out, &inner, 3, THRIFT_I64, (int64_t)encoder->null_count);
	for (int id = 5; id <= 6 && encoder->has_range; id++) {
		uint64_t value =
		    (uint64_t)(id == 5 ? encoder->max : encoder->min);

		for (unsigned i = 0; i < 8; i++)
			bytes[i] = (unsigned char)(value >> (8 * i));
		thrift_put_binary(out, &inner, id, sl_slice_of(bytes, width));
	}
	thrift_put_stop(out);
}

static void
put_chunk(struct sl_parquet_writer *writer, struct thrift_out *out,
    const struct parquet_encoder *encoder, size_t dictionary_bytes)
{
	bool has_dictionary = dictionary_bytes > 0;
	int64_t at = (int64_t)writer->offset;
	int last = 0;
	int inner = 0;

	thrift_put_number(out, &last, 2, THRIFT_I64, at);
	thrift_put_struct(out, &last, 3);
	thrift_put_number(out, &inner, 1, THRIFT_I32, encoder->node->type);
	thrift_put_list(out, &inner, 2, THRIFT_I32,
	    1 + (size_t)(encoder->has_plain || has_dictionary) +
	        (size_t)has_dictionary);
	thrift_put_zigzag(out, PARQUET_RLE);
	if (encoder->has_plain || has_dictionary)
		thrift_put_zigzag(out, PARQUET_PLAIN);
	if (has_dictionary)
		thrift_put_zigzag(out, PARQUET_RLE_DICTIONARY);
	put_path(out, &inner, writer->schema, encoder->leaf);
	thrift_put_number(out, &inner, 4, THRIFT_I32, writer->codec);
	thrift_put_number(
	    out, &inner, 5, THRIFT_I64, (int64_t)encoder->entry_count);
	thrift_put_number(
	    out, &inner, 6, THRIFT_I64, (int64_t)encoder->plain_bytes);
	thrift_put_number(out, &inner, 7, THRIFT_I64,
	    (int64_t)(dictionary_bytes + encoder->pages.len));
	thrift_put_number(
	    out, &inner, 9, THRIFT_I64, at + (int64_t)dictionary_bytes);
	if (has_dictionary)
		thrift_put_number(out, &inner, 11, THRIFT_I64, at);
	put_statistics(out, &inner, encoder);
	thrift_put_stop(out);
	thrift_put_stop(out);
}

static enum sl_status
end_chunk(struct sl_parquet_writer *writer, struct parquet_encoder *encoder,
    struct thrift_out *out, struct sl_error *err)
{
	struct sl_buf dictionary;
	enum sl_status status;

	sl_buf_init(&dictionary, SL_PARQUET_PAGE_MAX);
	status = parquet_encoder_end(encoder, &dictionary);
	if (status == SL_OK) {
		put_chunk(writer, out, encoder, dictionary.len);
		status = put(writer, sl_buf_slice(&dictionary), err);
	}
	if (status == SL_OK)
		status = put(writer, sl_buf_slice(&encoder->pages), err);
	sl_buf_clear(&dictionary);
	return status == SL_OK ? out->status : status;
}

enum sl_status
sl_parquet_writer_end_group(
    struct sl_parquet_writer *writer, uint64_t rows, struct sl_error *err)
{
	struct thrift_out out = {.buf = &writer->groups, .status = SL_OK};
	uint64_t from = writer->offset;
	uint64_t plain_bytes = 0;
	int last = 0;
	enum sl_status status = SL_OK;

	for (size_t i = 0; i < writer->encoder_count; i++) {
		if (writer->encoders[i].row_count != rows)
			return sl_error_set(err, SL_ERR_STATE,
			    "parquet: a column has other rows than its group");
	}
	if (rows == 0)
		return SL_OK;
	thrift_put_list(&out, &last, 1, THRIFT_STRUCT, writer->encoder_count);
	for (size_t i = 0; status == SL_OK && i < writer->encoder_count; i++) {
		struct parquet_encoder *encoder = &writer->encoders[i];

		status = end_chunk(writer, encoder, &out, err);
		plain_bytes += encoder->plain_bytes;
		parquet_encoder_reset(encoder);
	}
	thrift_put_number(&out, &last, 2, THRIFT_I64, (int64_t)plain_bytes);
	thrift_put_number(&out, &last, 3, THRIFT_I64, (int64_t)rows);
	thrift_put_number(&out, &last, 5, THRIFT_I64, (int64_t)from);
	thrift_put_number(
	    &out, &last, 6, THRIFT_I64, (int64_t)(writer->offset - from));
	thrift_put_stop(&out);
	writer->rows += rows;
	writer->group_count++;
	return status == SL_OK ? out.status : status;
}

enum sl_status
sl_parquet_writer_note(
    struct sl_parquet_writer *writer, const char *key, struct sl_slice value)
{
	struct thrift_out out = {.buf = &writer->notes, .status = SL_OK};
	int last = 0;

	thrift_put_binary(&out, &last, 1, sl_slice_text(key));
	thrift_put_binary(&out, &last, 2, value);
	thrift_put_stop(&out);
	writer->note_count++;
	return out.status;
}

static void
put_node(
    struct thrift_out *out, const struct sl_parquet_node *node, bool is_root)
{
	int last = 0;

	if (!node->is_group)
		thrift_put_number(out, &last, 1, THRIFT_I32, node->type);
	if (!node->is_group && node->type == SL_PARQUET_FIXED)
		thrift_put_number(out, &last, 2, THRIFT_I32, node->type_bytes);
	if (!is_root)
		thrift_put_number(out, &last, 3, THRIFT_I32, node->repetition);
	thrift_put_binary(out, &last, 4, sl_slice_text(node->name));
	if (node->is_group)
		thrift_put_number(out, &last, 5, THRIFT_I32, node->child_count);
	if (node->converted != SL_PARQUET_PLAIN)
		thrift_put_number(out, &last, 6, THRIFT_I32, node->converted);
	if (node->precision > 0) {
		thrift_put_number(out, &last, 7, THRIFT_I32, node->scale);
		thrift_put_number(out, &last, 8, THRIFT_I32, node->precision);
	}
	if (node->logical.len > 0) {
		thrift_put_struct(out, &last, 10);
		thrift_put_raw(out, node->logical);
	} else if (node->converted == SL_PARQUET_UTF8 ||
	    node->converted == SL_PARQUET_LIST) {
		/* The union's member is an empty struct. */
		int inner = 0;

		thrift_put_struct(out, &last, 10);
		thrift_put_struct(
		    out, &inner, node->converted == SL_PARQUET_UTF8 ? 1 : 3);
		thrift_put_stop(out);
		thrift_put_stop(out);
	}
	thrift_put_stop(out);
}

static void
put_meta(struct sl_parquet_writer *writer, struct thrift_out *out)
{
	const struct sl_parquet_schema *schema = writer->schema;
	int last = 0;

	thrift_put_number(out, &last, 1, THRIFT_I32, FORMAT);
	thrift_put_list(out, &last, 2, THRIFT_STRUCT, schema->node_count);
	for (size_t i = 0; i < schema->node_count; i++)
		put_node(out, &schema->nodes[i], i == 0);
	thrift_put_number(out, &last, 3, THRIFT_I64, (int64_t)writer->rows);
	thrift_put_list(out, &last, 4, THRIFT_STRUCT, writer->group_count);
	thrift_put_raw(out, sl_buf_slice(&writer->groups));
	if (writer->note_count > 0) {
		thrift_put_list(
		    out, &last, 5, THRIFT_STRUCT, writer->note_count);
		thrift_put_raw(out, sl_buf_slice(&writer->notes));
	}
	thrift_put_binary(out, &last, 6, sl_slice_text(CREATED_BY));
	/* Minimum and maximum are of the type's own order. */
	thrift_put_list(out, &last, 7, THRIFT_STRUCT, schema->leaf_count);
	for (size_t i = 0; i < schema->leaf_count; i++)
		thrift_put_raw(out, sl_slice_of("\x1c\0\0", 3));
	thrift_put_stop(out);
}

enum sl_status
sl_parquet_writer_finish(struct sl_parquet_writer *writer, struct sl_error *err)
{
	struct sl_buf footer;
	struct thrift_out out = {.buf = &footer, .status = SL_OK};
	unsigned char tail[8] = {0, 0, 0, 0, 'P', 'A', 'R', '1'};
	enum sl_status status;

	sl_buf_init(&footer, SL_PARQUET_FOOTER_MAX);
	put_meta(writer, &out);
	for (unsigned i = 0; i < 4; i++)
		tail[i] = (unsigned char)(footer.len >> (8 * i));
	thrift_put_raw(&out, sl_slice_of(tail, sizeof(tail)));
	status = out.status;
	if (status == SL_OK)
		status = put(writer, sl_buf_slice(&footer), err);
	sl_buf_clear(&footer);
	return status == SL_ERR_LIMIT
	    ? sl_error_set(err, status, "parquet: the footer is too large")
	    : status;
}
