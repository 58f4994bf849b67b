#include "protobuf.h"

#include "varint.h"

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2,
	WIRE_FIXED32 = 5,
};

static bool
take_varint(struct sl_slice *rest, uint64_t *out)
{
	const unsigned char *end = rest->data + rest->len;
	const unsigned char *at = rest->data;

	if (!varint_take(&at, end, out))
		return false;
	*rest = sl_slice_of(at, (size_t)(end - at));
	return true;
}

static bool
take_fixed(struct sl_slice *rest, size_t width, uint64_t *out)
{
	struct sl_slice bytes;

	if (!sl_slice_take(rest, width, &bytes))
		return false;
	*out = 0;
	for (size_t i = width; i > 0; i--)
		*out = *out << 8 | bytes.data[i - 1];
	return true;
}

static bool
take_field(struct sl_slice *rest, struct protobuf_field *out)
{
	uint64_t key;
	uint64_t len;

	*out = (struct protobuf_field){0};
	if (!take_varint(rest, &key) || key >> 3 == 0 || key > UINT32_MAX)
		return false;
	out->number = (uint32_t)(key >> 3);
	if ((key & 7) == WIRE_VARINT)
		return take_varint(rest, &out->value);
	if ((key & 7) == WIRE_FIXED64)
		return take_fixed(rest, 8, &out->value);
	if ((key & 7) == WIRE_FIXED32)
		return take_fixed(rest, 4, &out->value);
	return (key & 7) == WIRE_BYTES && take_varint(rest, &len) &&
	    sl_slice_take(rest, len, &out->bytes);
}

bool
protobuf_next(struct sl_slice *rest, struct protobuf_field *out, bool *failed)
{
	*failed = false;
	if (rest->len == 0)
		return false;
	*failed = !take_field(rest, out);
	return !*failed;
}

enum sl_status
protobuf_put_number(struct sl_buf *out, uint32_t number, uint64_t value)
{
	enum sl_status status =
	    varint_append(out, (uint64_t)number << 3 | WIRE_VARINT);

	return status == SL_OK ? varint_append(out, value) : status;
}

enum sl_status
protobuf_put_bytes(struct sl_buf *out, uint32_t number, struct sl_slice bytes)
{
	enum sl_status status =
	    varint_append(out, (uint64_t)number << 3 | WIRE_BYTES);

	if (status == SL_OK)
		status = varint_append(out, bytes.len);
	return status == SL_OK ? sl_buf_append(out, bytes.data, bytes.len)
	                       : status;
}
