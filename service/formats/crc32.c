#include "crc32.h"

#include <pthread.h>

/* The polynomial, reflected. */
#define POLYNOMIAL 0xEDB88320u

/* table[n][b]: the effect of byte b, n bytes before the end ("slicing"). */
static uint32_t table[8][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
fill_table(void)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t crc = byte;

		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? POLYNOMIAL : 0);
		table[0][byte] = crc;
	}
	for (unsigned n = 1; n < 8; n++) {
		for (unsigned byte = 0; byte < 256; byte++)
			table[n][byte] = table[n - 1][byte] >> 8 ^
			    table[0][table[n - 1][byte] & 0xff];
	}
}

uint32_t
crc32_add(uint32_t crc, struct sl_slice bytes)
{
	const unsigned char *at = bytes.data;
	size_t left = bytes.len;

	(void)pthread_once(&once, fill_table);
	crc = ~crc;
	for (; left >= 8; left -= 8, at += 8) {
		uint32_t low = crc ^
		    ((uint32_t)at[0] | (uint32_t)at[1] << 8 |
		        (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24);

		crc = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^
		    table[5][low >> 16 & 0xff] ^ table[4][low >> 24] ^
		    table[3][at[4]] ^ table[2][at[5]] ^ table[1][at[6]] ^
		    table[0][at[7]];
	}
	for (; left > 0; left--)
		crc = crc >> 8 ^ table[0][(crc ^ *at++) & 0xff];
	return ~crc;
}
