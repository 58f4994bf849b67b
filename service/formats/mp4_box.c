#include "mp4_box.h"

/* Of one box; an mp4 has dozens in all. */
#define BOXES_MAX 100000

uint16_t
mp4_u16(const unsigned char *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

uint32_t
mp4_u32(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	    (uint32_t)bytes[2] << 8 | bytes[3];
}

uint64_t
mp4_u64(const unsigned char *bytes)
{
	return (uint64_t)mp4_u32(bytes) << 32 | mp4_u32(bytes + 4);
}

bool
mp4_next_box(struct sl_slice *in, struct mp4_box *out)
{
	uint64_t size;
	size_t head = 8;

	if (in->len < 8)
		return false;
	size = mp4_u32(in->data);
	out->type = in->data + 4;
	if (size == 1) {
		if (in->len < 16)
			return false;
		size = mp4_u64(in->data + 8);
		head = 16;
	} else if (size == 0) {
		size = in->len;
	}
	if (size < head || size > in->len)
		return false;
	out->whole = sl_slice_of(in->data, (size_t)size);
	out->body = sl_slice_of(in->data + head, (size_t)size - head);
	*in = sl_slice_of(in->data + size, in->len - (size_t)size);
	return true;
}

struct mp4_box
mp4_find_box(struct sl_slice in, const char *type)
{
	struct mp4_box box;

	for (unsigned i = 0; i < BOXES_MAX; i++) {
		if (!mp4_next_box(&in, &box))
			break;
		if (memcmp(box.type, type, 4) == 0)
			return box;
	}
	return (struct mp4_box){0};
}
