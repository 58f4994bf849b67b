#include "sluice/base/hex.h"

void
sl_hex_encode(char *out, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
}

static int
digit_value(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

enum sl_status
sl_hex_decode(void *out, size_t len, struct sl_slice text)
{
	unsigned char *bytes = out;

	if (text.len % 2 != 0 || text.len / 2 != len)
		return SL_ERR_INVALID;
	for (size_t i = 0; i < len; i++) {
		int high = digit_value(text.data[2 * i]);
		int low = digit_value(text.data[2 * i + 1]);

		if (high < 0 || low < 0)
			return SL_ERR_INVALID;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	return SL_OK;
}
