#include "sluice/formats/parquet_file.h"

#include <stdlib.h>
#include <string.h>

#include "sluice/base/array.h"
#include "sluice/base/checked.h"
#include "sluice/base/file.h"

#include "parquet_format.h"

/* "PAR1", footer, footer length (u32 little-endian), "PAR1". */
#define MAGIC_LEN 4
#define TAIL_LEN  8
#define CODEC_MAX 7

static enum sl_status
footer_error(struct sl_error *err, const char *what)
{
	return sl_error_set(
	    err, SL_ERR_INVALID, "parquet: the footer is damaged (%s)", what);
}

static struct sl_slice
read_logical(struct thrift *in, const struct thrift_field *field)
{
	const unsigned char *from = in->at;

	thrift_skip(in, field);
	return in->failed ? sl_slice_of(NULL, 0)
	                  : sl_slice_of(from, (size_t)(in->at - from));
}

static enum sl_status
read_node(struct sl_parquet_file *file, struct thrift *in, struct sl_error *err)
{
	struct sl_parquet_node node = {
	    .is_group = true, .converted = SL_PARQUET_PLAIN};
	struct thrift_field field = {0};
	struct sl_slice name = {(const unsigned char *)"", 0};
	enum sl_status status;

	while (thrift_next(in, &field)) {
		if (field.id == 1) {
			node.type = (enum sl_parquet_type)thrift_number(
			    in, &field, 0, SL_PARQUET_FIXED);
			node.is_group = false;
		} else if (field.id == 2)
			node.type_bytes =
			    (int32_t)thrift_number(in, &field, 0, INT32_MAX);
		else if (field.id == 3)
			node.repetition =
			    (enum sl_parquet_repetition)thrift_number(
			        in, &field, 0, SL_PARQUET_REPEATED);
		else if (field.id == 4)
			name = thrift_binary(in, &field);
		else if (field.id == 5)
			node.child_count = (uint32_t)thrift_number(
			    in, &field, 0, SL_PARQUET_NODES_MAX);
		else if (field.id == 6)
			node.converted =
			    (int32_t)thrift_number(in, &field, 0, INT32_MAX);
		else if (field.id == 7)
			node.scale = (int32_t)thrift_number(
			    in, &field, INT32_MIN, INT32_MAX);
		else if (field.id == 8)
			node.precision = (int32_t)thrift_number(
			    in, &field, INT32_MIN, INT32_MAX);
		else if (field.id == 10 && field.type == THRIFT_STRUCT)
			node.logical = read_logical(in, &field);
		else
			thrift_skip(in, &field);
	}
	if (in->failed || memchr(name.data, '\0', name.len) != NULL)
		return footer_error(err, "schema");
	if (!node.is_group && node.child_count > 0)
		return footer_error(err, "a column with columns in it");
	if (!node.is_group && node.type == SL_PARQUET_FIXED &&
	    node.type_bytes < 1)
		return footer_error(err, "values of a fixed length of 0");
	status = parquet_schema_add_node(&file->schema, &node, name);
	if (status == SL_ERR_LIMIT)
		return sl_error_set(err, status, "parquet: too many columns");
	return status;
}

static enum sl_status
read_schema(struct sl_parquet_file *file, struct thrift *in,
    const struct thrift_field *field, struct sl_error *err)
{
	size_t count = thrift_structs(in, field);
	enum sl_status status = SL_OK;

	if (file->schema.node_count > 0)
		return footer_error(err, "two schemas");
	for (size_t i = 0; status == SL_OK && i < count; i++)
		status = read_node(file, in, err);
	if (status == SL_OK)
		status = parquet_schema_seal(&file->schema, err);
	return status;
}

struct chunk_meta {
	struct parquet_chunk chunk;
	int64_t type;
	uint64_t data_offset;
	uint64_t dictionary_offset;
	bool is_elsewhere;
};

static void
read_column_meta(struct thrift *in, struct chunk_meta *meta)
{
	struct thrift_field field = {0};

	while (thrift_next(in, &field)) {
		if (field.id == 1)
			meta->type =
			    thrift_number(in, &field, 0, SL_PARQUET_FIXED);
		else if (field.id == 4)
			meta->chunk.codec =
			    (uint32_t)thrift_number(in, &field, 0, CODEC_MAX);
		else if (field.id == 5)
			meta->chunk.value_count =
			    (uint64_t)thrift_number(in, &field, 0, INT64_MAX);
		else if (field.id == 7)
			meta->chunk.bytes =
			    (uint64_t)thrift_number(in, &field, 0, INT64_MAX);
		else if (field.id == 9)
			meta->data_offset =
			    (uint64_t)thrift_number(in, &field, 0, INT64_MAX);
		else if (field.id == 11)
			meta->dictionary_offset =
			    (uint64_t)thrift_number(in, &field, 0, INT64_MAX);
		else
			thrift_skip(in, &field);
	}
}

static void
read_column_chunk(struct thrift *in, struct chunk_meta *meta)
{
	struct thrift_field field = {0};

	*meta = (struct chunk_meta){.type = -1};
	while (thrift_next(in, &field)) {
		if (field.id == 3 && thrift_enter(in, &field)) {
			read_column_meta(in, meta);
			continue;
		}
		if (field.id == 1 || field.id == 8)
			meta->is_elsewhere = true; /* or encrypted */
		thrift_skip(in, &field);
	}
}

/* The chunk must lie between the magic and the footer, and hold no more
 * values than its bytes may stand for. */
static enum sl_status
judge_chunk(const struct sl_parquet_file *file, struct chunk_meta *meta,
    size_t leaf, struct sl_error *err)
{
	const struct sl_parquet_node *node =
	    &file->schema.nodes[file->schema.leaves[leaf].node];
	struct parquet_chunk *chunk = &meta->chunk;
	uint64_t end;

	if (meta->is_elsewhere)
		return sl_error_set(err, SL_ERR_INVALID,
		    "parquet: columns in other files, or encrypted, are not "
		    "read");
	if (meta->type != (int64_t)node->type)
		return footer_error(err, "a column of another type");
	chunk->offset = meta->data_offset;
	if (meta->dictionary_offset >= MAGIC_LEN &&
	    meta->dictionary_offset < meta->data_offset)
		chunk->offset = meta->dictionary_offset;
	if (chunk->value_count == 0)
		return SL_OK;
	if (!sl_add_u64(chunk->offset, chunk->bytes, &end) ||
	    chunk->offset < MAGIC_LEN ||
	    end > file->file_bytes - TAIL_LEN - file->footer_len)
		return sl_error_set(err, SL_ERR_INVALID,
		    "parquet: a column of %llu bytes at %llu does not fit in "
		    "the file",
		    (unsigned long long)chunk->bytes,
		    (unsigned long long)chunk->offset);
	if (chunk->value_count / SL_PARQUET_ROWS_PER_BYTE > chunk->bytes)
		return footer_error(err, "more values than its bytes can hold");
	return SL_OK;
}

static enum sl_status
read_chunks(struct sl_parquet_file *file, struct thrift *in,
    const struct thrift_field *field, struct parquet_group *group,
    struct sl_error *err)
{
	size_t count = thrift_structs(in, field);
	enum sl_status status = SL_OK;

	if (count != file->schema.leaf_count || group->chunks != NULL)
		return footer_error(err, "a row group of other columns");
	group->chunks = calloc(count + 1, sizeof(*group->chunks));
	if (group->chunks == NULL)
		return SL_ERR_NOMEM;
	for (size_t i = 0; status == SL_OK && i < count; i++) {
		struct chunk_meta meta;

		read_column_chunk(in, &meta);
		if (in->failed)
			return footer_error(err, "columns");
		status = judge_chunk(file, &meta, i, err);
		group->chunks[i] = meta.chunk;
	}
	return status;
}

static enum sl_status
read_group(
    struct sl_parquet_file *file, struct thrift *in, struct sl_error *err)
{
	struct parquet_group *groups =
	    sl_array_room(file->groups, file->group_count, sizeof(*groups));
	struct thrift_field field = {0};
	struct parquet_group *group;
	enum sl_status status;

	if (groups == NULL)
		return SL_ERR_NOMEM;
	file->groups = groups;
	group = &groups[file->group_count++];
	*group = (struct parquet_group){0};
	while (thrift_next(in, &field)) {
		if (field.id == 1) {
			status = read_chunks(file, in, &field, group, err);
			if (status != SL_OK)
				return status;
		} else if (field.id == 3) {
			group->rows =
			    (uint64_t)thrift_number(in, &field, 0, INT64_MAX);
		} else {
			thrift_skip(in, &field);
		}
	}
	if (in->failed || group->chunks == NULL)
		return footer_error(err, "row groups");
	return SL_OK;
}

/* Every column of a group has at least one value entry per row. */
static enum sl_status
judge_groups(struct sl_parquet_file *file, struct sl_error *err)
{
	uint64_t rows = 0;

	for (size_t i = 0; i < file->group_count; i++) {
		struct parquet_group *group = &file->groups[i];

		group->first_row = rows;
		if (!sl_add_u64(rows, group->rows, &rows))
			return footer_error(err, "rows");
		for (size_t n = 0; n < file->schema.leaf_count; n++) {
			uint64_t values = group->chunks[n].value_count;

			if (values < group->rows ||
			    (file->schema.leaves[n].max_rep == 0 &&
			        values != group->rows))
				return footer_error(
				    err, "a column of other rows");
		}
	}
	if (rows != file->rows)
		return footer_error(err, "rows do not add up");
	return SL_OK;
}

static enum sl_status
read_meta(struct sl_parquet_file *file, struct sl_error *err)
{
	struct thrift in = {
	    file->footer, file->footer + file->footer_len, false};
	struct thrift_field field = {0};
	enum sl_status status = SL_OK;

	while (status == SL_OK && thrift_next(&in, &field)) {
		size_t count;

		if (field.id == 2) {
			status = read_schema(file, &in, &field, err);
		} else if (field.id == 3) {
			file->rows =
			    (uint64_t)thrift_number(&in, &field, 0, INT64_MAX);
		} else if (field.id == 4) {
			count = thrift_structs(&in, &field);
			for (size_t i = 0; status == SL_OK && i < count; i++)
				status = read_group(file, &in, err);
		} else if (field.id == 5) {
			const unsigned char *from;
			struct thrift list = in;

			file->note_count = thrift_structs(&list, &field);
			from = list.at;
			thrift_skip(&in, &field);
			file->notes = sl_slice_of(from, (size_t)(in.at - from));
		} else if (field.id == 8) {
			return sl_error_set(err, SL_ERR_INVALID,
			    "parquet: encrypted files are not read");
		} else {
			thrift_skip(&in, &field);
		}
	}
	if (status != SL_OK)
		return status;
	if (in.failed || file->schema.node_count == 0)
		return footer_error(err, "cut short");
	return judge_groups(file, err);
}

static enum sl_status
read_footer(struct sl_parquet_file *file, struct sl_error *err)
{
	unsigned char head[MAGIC_LEN] = {0};
	unsigned char tail[TAIL_LEN] = {0};
	uint32_t len;
	enum sl_status status;

	if (file->file_bytes < MAGIC_LEN + TAIL_LEN)
		return sl_error_set(err, SL_ERR_INVALID,
		    "parquet: %llu bytes are too few",
		    (unsigned long long)file->file_bytes);
	status = sl_file_read_at(file->fd, head, sizeof(head), 0, err);
	if (status == SL_OK)
		status = sl_file_read_at(file->fd, tail, sizeof(tail),
		    file->file_bytes - TAIL_LEN, err);
	if (status != SL_OK)
		return status;
	if (memcmp(head, "PAR1", MAGIC_LEN) != 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "parquet: does not begin with PAR1");
	if (memcmp(tail + 4, "PAR1", MAGIC_LEN) != 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "parquet: does not end with PAR1; it was not finished, or "
		    "is cut short");
	len = parquet_le32(tail);
	if (len == 0 || len > file->file_bytes - MAGIC_LEN - TAIL_LEN)
		return sl_error_set(err, SL_ERR_INVALID,
		    "parquet: a footer of %u bytes does not fit in %llu", len,
		    (unsigned long long)file->file_bytes);
	if (len > SL_PARQUET_FOOTER_MAX)
		return sl_error_set(err, SL_ERR_LIMIT,
		    "parquet: a footer of %u bytes; at most %u are read", len,
		    SL_PARQUET_FOOTER_MAX);
	file->footer = malloc(len);
	if (file->footer == NULL)
		return SL_ERR_NOMEM;
	file->footer_len = len;
	status = sl_file_read_at(file->fd, file->footer, len,
	    file->file_bytes - TAIL_LEN - len, err);
	return status == SL_OK ? read_meta(file, err) : status;
}

enum sl_status
sl_parquet_open(struct sl_parquet_file **out, int fd, uint64_t file_bytes,
    struct sl_error *err)
{
	struct sl_parquet_file *file;
	enum sl_status status;

	*out = NULL;
	file = calloc(1, sizeof(*file));
	if (file == NULL)
		return SL_ERR_NOMEM;
	file->fd = fd;
	file->file_bytes = file_bytes;
	file->memory_max = SL_PARQUET_MEMORY;
	status = read_footer(file, err);
	if (status == SL_OK)
		*out = file;
	else
		sl_parquet_close(file);
	return status;
}

void
sl_parquet_close(struct sl_parquet_file *file)
{
	if (file == NULL)
		return;
	for (size_t i = 0; i < file->group_count; i++)
		free(file->groups[i].chunks);
	free(file->groups);
	sl_parquet_schema_clear(&file->schema);
	free(file->footer);
	free(file);
}

void
sl_parquet_limit(struct sl_parquet_file *file, uint64_t bytes)
{
	file->memory_max = bytes;
}

const struct sl_parquet_schema *
sl_parquet_schema(const struct sl_parquet_file *file)
{
	return &file->schema;
}

uint64_t
sl_parquet_rows(const struct sl_parquet_file *file)
{
	return file->rows;
}

size_t
sl_parquet_group_count(const struct sl_parquet_file *file)
{
	return file->group_count;
}

uint64_t
sl_parquet_group_rows(const struct sl_parquet_file *file, size_t group)
{
	return file->groups[group].rows;
}

struct sl_slice
sl_parquet_note(const struct sl_parquet_file *file, const char *key)
{
	struct thrift in;

	if (file->note_count == 0)
		return sl_slice_of(NULL, 0);
	in = (struct thrift){
	    file->notes.data, file->notes.data + file->notes.len, false};
	for (size_t i = 0; i < file->note_count; i++) {
		struct thrift_field field = {0};
		struct sl_slice name = {0};
		struct sl_slice value = {(const unsigned char *)"", 0};

		while (thrift_next(&in, &field)) {
			if (field.id == 1)
				name = thrift_binary(&in, &field);
			else if (field.id == 2)
				value = thrift_binary(&in, &field);
			else
				thrift_skip(&in, &field);
		}
		if (!in.failed && sl_slice_is_text(name, key))
			return value;
	}
	return sl_slice_of(NULL, 0);
}

size_t
parquet_value_bytes(enum sl_parquet_type type)
{
	switch (type) {
	case SL_PARQUET_BOOLEAN:
		return 1;
	case SL_PARQUET_INT32:
	case SL_PARQUET_FLOAT:
		return 4;
	case SL_PARQUET_INT64:
	case SL_PARQUET_DOUBLE:
		return 8;
	case SL_PARQUET_INT96:
	case SL_PARQUET_BYTES:
	case SL_PARQUET_FIXED:
		return sizeof(struct sl_slice);
	}
	return 0;
}
