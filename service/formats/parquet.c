#include <string.h>

#include "sluice/base/file.h"
#include "sluice/formats/media.h"

/* "PAR1", footer, footer length (u32 little-endian), "PAR1". */
#define MAGIC_LEN 4
#define TAIL_LEN  8
#define FILE_MIN  (MAGIC_LEN + 1 + TAIL_LEN)
/* The footer's schema may be long, but num_rows follows it and our walk
 * stops there; a footer of more than this is only bounds-checked. */
#define FOOTER_READ_MAX (1u << 20)
#define DEPTH_MAX       16

/* Thrift compact protocol types (thrift-compact-protocol.md). */
enum compact_type {
	COMPACT_STOP = 0,
	COMPACT_TRUE = 1,
	COMPACT_FALSE = 2,
	COMPACT_BYTE = 3,
	COMPACT_I16 = 4,
	COMPACT_I32 = 5,
	COMPACT_I64 = 6,
	COMPACT_DOUBLE = 7,
	COMPACT_BINARY = 8,
	COMPACT_LIST = 9,
	COMPACT_SET = 10,
	COMPACT_MAP = 11,
	COMPACT_STRUCT = 12,
};

struct thrift {
	const unsigned char *at;
	const unsigned char *end;
};

static bool
read_varint(struct thrift *in, uint64_t *out)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (in->at == in->end)
			return false;
		value |= (uint64_t)(*in->at & 0x7f) << shift;
		if ((*in->at++ & 0x80) == 0) {
			*out = value;
			return true;
		}
	}
	return false;
}

static bool
skip_bytes(struct thrift *in, uint64_t count)
{
	if (count > (uint64_t)(in->end - in->at))
		return false;
	in->at += count;
	return true;
}

static bool skip_struct(struct thrift *in, unsigned depth);

static bool
skip_value(struct thrift *in, unsigned type, unsigned depth)
{
	uint64_t value;

	if (depth > DEPTH_MAX)
		return false;
	switch (type) {
	case COMPACT_TRUE:
	case COMPACT_FALSE:
		return true;
	case COMPACT_BYTE:
		return skip_bytes(in, 1);
	case COMPACT_I16:
	case COMPACT_I32:
	case COMPACT_I64:
		return read_varint(in, &value);
	case COMPACT_DOUBLE:
		return skip_bytes(in, 8);
	case COMPACT_BINARY:
		return read_varint(in, &value) && skip_bytes(in, value);
	case COMPACT_STRUCT:
		return skip_struct(in, depth + 1);
	default:
		return false;
	}
}

static bool
skip_list(struct thrift *in, unsigned depth)
{
	uint64_t count;
	unsigned type;

	if (in->at == in->end)
		return false;
	type = *in->at & 0x0f;
	count = *in->at++ >> 4;
	if (count == 15 && !read_varint(in, &count))
		return false;
	/* In a list a bool takes a byte. */
	if (type == COMPACT_TRUE || type == COMPACT_FALSE)
		return skip_bytes(in, count);
	for (; count > 0; count--) {
		const unsigned char *before = in->at;

		if (type == COMPACT_LIST || type == COMPACT_SET) {
			if (depth > DEPTH_MAX || !skip_list(in, depth + 1))
				return false;
		} else if (!skip_value(in, type, depth)) {
			return false;
		}
		if (in->at == before)
			return false;
	}
	return true;
}

/* One field header; false at the end of the struct or of the bytes. */
static bool
read_field(struct thrift *in, int *field, unsigned *type)
{
	uint64_t id;
	unsigned char head;

	if (in->at == in->end)
		return false;
	head = *in->at++;
	*type = head & 0x0f;
	if (*type == COMPACT_STOP)
		return false;
	if (head >> 4 != 0) {
		*field += head >> 4;
		return true;
	}
	if (!read_varint(in, &id) || id > 65535)
		return false;
	*field = (int)(id >> 1);
	return true;
}

static bool
skip_field(struct thrift *in, unsigned type, unsigned depth)
{
	if (type == COMPACT_LIST || type == COMPACT_SET)
		return skip_list(in, depth + 1);
	return skip_value(in, type, depth);
}

static bool
skip_struct(struct thrift *in, unsigned depth)
{
	int field = 0;
	unsigned type;

	if (depth > DEPTH_MAX)
		return false;
	while (read_field(in, &field, &type)) {
		if (!skip_field(in, type, depth))
			return false;
	}
	/* The caller has read at least one byte before this struct. */
	return in->at[-1] == COMPACT_STOP;
}

/* FileMetaData: 1 version i32, 2 schema list, 3 num_rows i64 (zigzag). */
static bool
read_num_rows(struct thrift *in, uint64_t *out)
{
	int field = 0;
	unsigned type;
	uint64_t value;

	while (read_field(in, &field, &type)) {
		if (field == 3 && type == COMPACT_I64) {
			if (!read_varint(in, &value) || (value & 1) != 0)
				return false;
			*out = value >> 1;
			return true;
		}
		if (!skip_field(in, type, 0))
			return false;
	}
	return false;
}

static uint32_t
read_le32(const unsigned char *bytes)
{
	return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 |
	    (uint32_t)bytes[1] << 8 | bytes[0];
}

static enum sl_status
read_footer(struct sl_media_info *out, int fd, uint64_t offset, size_t len,
    struct sl_error *err)
{
	struct sl_buf buf;
	struct thrift in;
	enum sl_status status;

	sl_buf_init(&buf, FOOTER_READ_MAX);
	status = sl_buf_reserve(&buf, len);
	if (status == SL_OK)
		status = sl_file_read_at(fd, buf.data, len, offset, err);
	if (status == SL_OK) {
		in = (struct thrift){buf.data, buf.data + len};
		out->has_count = read_num_rows(&in, &out->count);
	}
	sl_buf_clear(&buf);
	return status;
}

enum sl_status
sl_parquet_check(struct sl_media_info *out, int fd, uint64_t file_bytes,
    struct sl_error *err)
{
	unsigned char head[MAGIC_LEN];
	unsigned char tail[TAIL_LEN];
	uint32_t footer;
	enum sl_status status;

	*out = (struct sl_media_info){0};
	if (file_bytes < FILE_MIN)
		return sl_error_set(err, SL_ERR_INVALID,
		    "parquet: %llu bytes are too few",
		    (unsigned long long)file_bytes);
	status = sl_file_read_at(fd, head, sizeof(head), 0, err);
	if (status == SL_OK)
		status = sl_file_read_at(
		    fd, tail, sizeof(tail), file_bytes - TAIL_LEN, err);
	if (status != SL_OK)
		return status;
	if (memcmp(head, "PAR1", MAGIC_LEN) != 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "parquet: does not begin with PAR1");
	if (memcmp(tail + 4, "PAR1", MAGIC_LEN) != 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "parquet: does not end with PAR1");
	footer = read_le32(tail);
	if (footer == 0 || footer > file_bytes - MAGIC_LEN - TAIL_LEN)
		return sl_error_set(err, SL_ERR_INVALID,
		    "parquet: a footer of %u bytes does not fit in %llu",
		    footer, (unsigned long long)file_bytes);
	if (footer > FOOTER_READ_MAX)
		return SL_OK;
	return read_footer(
	    out, fd, file_bytes - TAIL_LEN - footer, footer, err);
}
