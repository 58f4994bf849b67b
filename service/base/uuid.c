#include "sluice/base/uuid.h"

#include <string.h>
#include <sys/random.h>

#include "sluice/base/hex.h"

enum sl_status
sl_uuid_new(struct sl_uuid *out, uint64_t unix_ms)
{
	if (getrandom(out->bytes, sizeof(out->bytes), 0) !=
	    (ssize_t)sizeof(out->bytes))
		return SL_ERR_IO;
	for (int i = 0; i < 6; i++)
		out->bytes[i] = (unsigned char)(unix_ms >> (40 - 8 * i));
	out->bytes[6] = (unsigned char)((out->bytes[6] & 0x0f) | 0x70);
	out->bytes[8] = (unsigned char)((out->bytes[8] & 0x3f) | 0x80);
	return SL_OK;
}

/* Offsets of the five groups in the text, and their bytes. */
static const struct {
	size_t at;
	size_t byte;
	size_t len;
} groups[] = {{0, 0, 4}, {9, 4, 2}, {14, 6, 2}, {19, 8, 2}, {24, 10, 6}};

#define GROUP_COUNT (sizeof(groups) / sizeof(groups[0]))

void
sl_uuid_format(char out[SL_UUID_TEXT_LEN + 1], const struct sl_uuid *uuid)
{
	for (size_t i = 0; i < GROUP_COUNT; i++) {
		sl_hex_encode(out + groups[i].at, uuid->bytes + groups[i].byte,
		    groups[i].len);
		if (i + 1 < GROUP_COUNT)
			out[groups[i + 1].at - 1] = '-';
	}
}

enum sl_status
sl_uuid_parse(struct sl_uuid *out, struct sl_slice text)
{
	if (text.len != SL_UUID_TEXT_LEN)
		return SL_ERR_INVALID;
	for (size_t i = 0; i < GROUP_COUNT; i++) {
		struct sl_slice group =
		    sl_slice_of(text.data + groups[i].at, 2 * groups[i].len);

		if (i > 0 && text.data[groups[i].at - 1] != '-')
			return SL_ERR_INVALID;
		if (sl_hex_decode(out->bytes + groups[i].byte, groups[i].len,
		        group) != SL_OK)
			return SL_ERR_INVALID;
	}
	return SL_OK;
}

bool
sl_uuid_is(const struct sl_uuid *a, const struct sl_uuid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
