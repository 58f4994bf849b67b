#include "sluice/base/base64.h"

#include <stdint.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
sl_base64_encode(char *out, const void *data, size_t len)
{
	const unsigned char *in = data;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t group = (uint32_t)in[i] << 16;

		if (left > 1)
			group |= (uint32_t)in[i + 1] << 8;
		if (left > 2)
			group |= in[i + 2];
		*out++ = alphabet[group >> 18];
		*out++ = alphabet[group >> 12 & 63];
		*out++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
		*out++ = left > 2 ? alphabet[group & 63] : '=';
	}
	*out = '\0';
}

static int
value_of(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

enum sl_status
sl_base64_decode(void *out, size_t len, struct sl_slice text)
{
	unsigned char *bytes = out;
	size_t done = 0;

	if (text.len != SL_BASE64_LEN(len))
		return SL_ERR_INVALID;
	for (size_t i = 0; i < text.len; i += 4) {
		size_t count = len - done < 3 ? len - done : 3;
		uint32_t group = 0;

		for (size_t j = 0; j < 4; j++) {
			unsigned char c = text.data[i + j];
			int value = j <= count ? value_of(c) : 0;

			if (value < 0 || (j > count && c != '='))
				return SL_ERR_INVALID;
			group = group << 6 | (uint32_t)value;
		}
		/* Bits beyond the last byte must be zero. */
		if (count < 3 && (group & (0xffffffU >> (8 * count))) != 0)
			return SL_ERR_INVALID;
		for (size_t j = 0; j < count; j++)
			bytes[done++] = (unsigned char)(group >> (16 - 8 * j));
	}
	return SL_OK;
}
