#include "thrift.h"

#include "varint.h"

static bool
fail(struct thrift *in)
{
	in->failed = true;
	in->at = in->end;
	return false;
}

static bool
read_varint(struct thrift *in, uint64_t *out)
{
	return varint_take(&in->at, in->end, out) || fail(in);
}

static bool
read_zigzag(struct thrift *in, int64_t *out)
{
	uint64_t value;

	if (!read_varint(in, &value))
		return false;
	*out = varint_unzigzag(value);
	return true;
}

static bool
skip_bytes(struct thrift *in, uint64_t count)
{
	if (count > (uint64_t)(in->end - in->at))
		return fail(in);
	in->at += count;
	return true;
}

bool
thrift_next(struct thrift *in, struct thrift_field *field)
{
	int64_t id = field->id;
	unsigned char head;

	if (in->failed || in->at == in->end)
		return fail(in);
	head = *in->at++;
	field->type = head & 0x0f;
	if (field->type == THRIFT_STOP)
		return false;
	if (head >> 4 != 0)
		id += head >> 4;
	else if (!read_zigzag(in, &id))
		return false;
	if (id < 0 || id > INT16_MAX)
		return fail(in);
	field->id = (int)id;
	return true;
}

int64_t
thrift_number(struct thrift *in, const struct thrift_field *field, int64_t min,
    int64_t max)
{
	int64_t value = 0;

	if (field->type == THRIFT_BYTE && in->at < in->end)
		value = (int64_t)(*in->at++ ^ 0x80) - 0x80;
	else if (field->type < THRIFT_I16 || field->type > THRIFT_I64 ||
	    !read_zigzag(in, &value))
		(void)fail(in);
	if (value < min || value > max)
		(void)fail(in);
	return in->failed ? 0 : value;
}

bool
thrift_bool(struct thrift *in, const struct thrift_field *field)
{
	if (field->type != THRIFT_TRUE && field->type != THRIFT_FALSE)
		return fail(in);
	return field->type == THRIFT_TRUE;
}

struct sl_slice
thrift_binary(struct thrift *in, const struct thrift_field *field)
{
	const unsigned char *from;
	uint64_t len;

	if (field->type != THRIFT_BINARY) {
		(void)fail(in);
		return sl_slice_of(NULL, 0);
	}
	if (!read_varint(in, &len))
		return sl_slice_of(NULL, 0);
	from = in->at;
	if (!skip_bytes(in, len))
		return sl_slice_of(NULL, 0);
	return sl_slice_of(from, (size_t)len);
}

/* The head of a list; false if there are more elements than bytes. */
static bool
read_list(struct thrift *in, unsigned *type, uint64_t *count)
{
	if (in->at == in->end)
		return fail(in);
	*type = *in->at & 0x0f;
	*count = *in->at++ >> 4;
	if (*count == 15 && !read_varint(in, count))
		return false;
	if (*count > (uint64_t)(in->end - in->at))
		return fail(in);
	return true;
}

size_t
thrift_structs(struct thrift *in, const struct thrift_field *field)
{
	unsigned type;
	uint64_t count;

	if (field->type != THRIFT_LIST) {
		(void)fail(in);
		return 0;
	}
	if (!read_list(in, &type, &count))
		return 0;
	if (type != THRIFT_STRUCT && count > 0) {
		(void)fail(in);
		return 0;
	}
	return (size_t)count;
}

bool
thrift_enter(struct thrift *in, const struct thrift_field *field)
{
	return field->type == THRIFT_STRUCT ? !in->failed : fail(in);
}

static void skip_value(struct thrift *in, unsigned type, unsigned depth);

static void
skip_list(struct thrift *in, unsigned depth)
{
	unsigned type;
	uint64_t count;

	if (!read_list(in, &type, &count))
		return;
	/* In a list a bool takes a byte. */
	if (type == THRIFT_TRUE || type == THRIFT_FALSE) {
		(void)skip_bytes(in, count);
		return;
	}
	for (; count > 0 && !in->failed; count--)
		skip_value(in, type, depth);
}

static void
skip_value(struct thrift *in, unsigned type, unsigned depth)
{
	struct thrift_field field = {0};
	uint64_t value;

	if (depth > THRIFT_DEPTH_MAX) {
		(void)fail(in);
		return;
	}
	switch (type) {
	case THRIFT_TRUE:
	case THRIFT_FALSE:
		return;
	case THRIFT_BYTE:
		(void)skip_bytes(in, 1);
		return;
	case THRIFT_I16:
	case THRIFT_I32:
	case THRIFT_I64:
		(void)read_varint(in, &value);
		return;
	case THRIFT_DOUBLE:
		(void)skip_bytes(in, 8);
		return;
	case THRIFT_BINARY:
		if (read_varint(in, &value))
			(void)skip_bytes(in, value);
		return;
	case THRIFT_LIST:
	case THRIFT_SET:
		skip_list(in, depth + 1);
		return;
	case THRIFT_STRUCT:
		while (thrift_next(in, &field))
			skip_value(in, field.type, depth + 1);
		return;
	default: /* Parquet has no maps */
		(void)fail(in);
	}
}

void
thrift_skip(struct thrift *in, const struct thrift_field *field)
{
	skip_value(in, field->type, 0);
}

void
thrift_put_raw(struct thrift_out *out, struct sl_slice bytes)
{
	if (out->status == SL_OK)
		out->status = sl_buf_append(out->buf, bytes.data, bytes.len);
}

static void
put_varint(struct thrift_out *out, uint64_t value)
{
	if (out->status == SL_OK)
		out->status = varint_append(out->buf, value);
}

void
thrift_put_zigzag(struct thrift_out *out, int64_t value)
{
	put_varint(out, varint_zigzag(value));
}

static void
put_byte(struct thrift_out *out, unsigned byte)
{
	unsigned char value = (unsigned char)byte;

	thrift_put_raw(out, sl_slice_of(&value, 1));
}

/* Our ids ascend by 1 to 15. */
static void
put_head(struct thrift_out *out, int *last, int id, unsigned type)
{
	put_byte(out, (unsigned)(id - *last) << 4 | type);
	*last = id;
}

void
thrift_put_number(struct thrift_out *out, int *last, int id,
    enum thrift_type type, int64_t value)
{
	put_head(out, last, id, type);
	thrift_put_zigzag(out, value);
}

void
thrift_put_bytes(struct thrift_out *out, struct sl_slice bytes)
{
	put_varint(out, bytes.len);
	thrift_put_raw(out, bytes);
}

void
thrift_put_binary(
    struct thrift_out *out, int *last, int id, struct sl_slice bytes)
{
	put_head(out, last, id, THRIFT_BINARY);
	thrift_put_bytes(out, bytes);
}

void
thrift_put_bool(struct thrift_out *out, int *last, int id, bool value)
{
	put_head(out, last, id, value ? THRIFT_TRUE : THRIFT_FALSE);
}

void
thrift_put_list(struct thrift_out *out, int *last, int id,
    enum thrift_type element, size_t count)
{
	put_head(out, last, id, THRIFT_LIST);
	if (count < 15) {
		put_byte(out, (unsigned)count << 4 | element);
		return;
	}
	put_byte(out, 0xf0u | element);
	put_varint(out, count);
}

void
thrift_put_struct(struct thrift_out *out, int *last, int id)
{
	put_head(out, last, id, THRIFT_STRUCT);
}

void
thrift_put_stop(struct thrift_out *out)
{
	put_byte(out, THRIFT_STOP);
}
