/* The boxes that an mp4 is made of (ISO/IEC 14496-12, 4.2), in memory. */
#ifndef SL_FORMATS_MP4_BOX_H
#define SL_FORMATS_MP4_BOX_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/slice.h"

struct mp4_box {
	struct sl_slice whole; /* with its head; len 0: there is none */
	struct sl_slice body;
	const unsigned char *type; /* four bytes */
};

/* Big-endian, as all numbers of the format. */
uint16_t mp4_u16(const unsigned char *bytes);
uint32_t mp4_u32(const unsigned char *bytes);
uint64_t mp4_u64(const unsigned char *bytes);

/* Take the next box off `in`; false at its end, and if what is left is none. */
bool mp4_next_box(struct sl_slice *in, struct mp4_box *out);

/* The first box of that type. */
struct mp4_box mp4_find_box(struct sl_slice in, const char *type);

#endif /* SL_FORMATS_MP4_BOX_H */
