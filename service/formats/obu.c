#include "obu.h"

#include <stdint.h>

#include "varint.h"

#define FORBIDDEN     0x80u
#define HAS_EXTENSION 0x04u
#define HAS_SIZE      0x02u

#define SIZE_BYTES_MAX 8

/* leb128(), 4.10.5. */
static bool
take_size(struct sl_slice *rest, uint64_t *out)
{
	const unsigned char *at = rest->data;
	const unsigned char *end = at + rest->len;

	if (!varint_take(&at, end, out) || at - rest->data > SIZE_BYTES_MAX ||
	    *out > UINT32_MAX)
		return false;
	*rest = sl_slice_of(at, (size_t)(end - at));
	return true;
}

bool
obu_next(struct sl_slice *in, struct obu *out)
{
	struct sl_slice part;
	unsigned head;
	uint64_t size;

	*out = (struct obu){0};
	if (!sl_slice_take(in, 1, &part) || (part.data[0] & FORBIDDEN) != 0)
		return false;
	head = part.data[0];
	out->type = head >> 3 & 15;
	out->has_extension = (head & HAS_EXTENSION) != 0;
	if (out->has_extension) {
		if (!sl_slice_take(in, 1, &part))
			return false;
		out->extension = part.data[0];
	}
	size = in->len;
	if ((head & HAS_SIZE) != 0 && !take_size(in, &size))
		return false;
	return sl_slice_take(in, size, &out->payload);
}

enum sl_status
obu_append(struct sl_buf *out, const struct obu *obu)
{
	const unsigned char head[] = {
	    (unsigned char)(obu->type << 3 | HAS_SIZE |
	        (obu->has_extension ? HAS_EXTENSION : 0)),
	    obu->extension};
	enum sl_status status =
	    sl_buf_append(out, head, obu->has_extension ? 2 : 1);

	if (status == SL_OK)
		status = varint_append(out, obu->payload.len);
	return status == SL_OK
	    ? sl_buf_append(out, obu->payload.data, obu->payload.len)
	    : status;
}
