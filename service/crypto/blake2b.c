#include "sluice/crypto/blake2b.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#define BLOCK_BYTES 128

/* RFC 7693, section 2.6: that of SHA-512. */
static const uint64_t initial[8] = {0x6A09E667F3BCC908, 0xBB67AE8584CAA73B,
    0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1, 0x510E527FADE682D1,
    0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179};

/* Section 2.7; rounds 10 and 11 are rounds 0 and 1 again. */
static const unsigned char sigma[12][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
};

static inline uint64_t
rotate(uint64_t word, unsigned count)
{
	return word >> count | word << (64 - count);
}

/* Section 3.1.  Macros, so that every index is a constant and the compiler
 * keeps the words in registers. */
#define MIX(a, b, c, d, x, y)                   \
	do {                                    \
		v[a] += v[b] + (x);             \
		v[d] = rotate(v[d] ^ v[a], 32); \
		v[c] += v[d];                   \
		v[b] = rotate(v[b] ^ v[c], 24); \
		v[a] += v[b] + (y);             \
		v[d] = rotate(v[d] ^ v[a], 16); \
		v[c] += v[d];                   \
		v[b] = rotate(v[b] ^ v[c], 63); \
	} while (0)

#define WORD(r, i) m[sigma[r][i]]

#define ROUND(r)                                             \
	do {                                                 \
		MIX(0, 4, 8, 12, WORD(r, 0), WORD(r, 1));    \
		MIX(1, 5, 9, 13, WORD(r, 2), WORD(r, 3));    \
		MIX(2, 6, 10, 14, WORD(r, 4), WORD(r, 5));   \
		MIX(3, 7, 11, 15, WORD(r, 6), WORD(r, 7));   \
		MIX(0, 5, 10, 15, WORD(r, 8), WORD(r, 9));   \
		MIX(1, 6, 11, 12, WORD(r, 10), WORD(r, 11)); \
		MIX(2, 7, 8, 13, WORD(r, 12), WORD(r, 13));  \
		MIX(3, 4, 9, 14, WORD(r, 14), WORD(r, 15));  \
	} while (0)

/* Section 3.2: one block of BLOCK_BYTES, of which byte_count counts those
 * that are content. */
static void
compress(struct sl_blake2b *hash, const unsigned char *block, bool is_last)
{
	uint64_t m[16];
	uint64_t v[16];

	for (size_t i = 0; i < 16; i++) {
		memcpy(&m[i], block + 8 * i, 8);
		m[i] = le64toh(m[i]);
	}
	for (size_t i = 0; i < 8; i++) {
		v[i] = hash->chain[i];
		v[i + 8] = initial[i];
	}
	v[12] ^= hash->byte_count;
	if (is_last)
		v[14] = ~v[14];
	ROUND(0);
	ROUND(1);
	ROUND(2);
	ROUND(3);
	ROUND(4);
	ROUND(5);
	ROUND(6);
	ROUND(7);
	ROUND(8);
	ROUND(9);
	ROUND(10);
	ROUND(11);
	for (size_t i = 0; i < 8; i++)
		hash->chain[i] ^= v[i] ^ v[i + 8];
}

void
sl_blake2b_init(struct sl_blake2b *hash)
{
	memset(hash, 0, sizeof(*hash));
	memcpy(hash->chain, initial, sizeof(initial));
	/* Section 2.5: fanout 1, depth 1, no key, digest length. */
	hash->chain[0] ^= 0x01010000 ^ SL_BLAKE2B_BYTES;
}

/* The last block is compressed by final only, so a full one is kept until
 * more bytes come. */
void
sl_blake2b_update(struct sl_blake2b *hash, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	while (len > 0) {
		size_t part = BLOCK_BYTES - hash->block_len;

		if (part == 0) {
			hash->byte_count += BLOCK_BYTES;
			compress(hash, hash->block, false);
			hash->block_len = 0;
			part = BLOCK_BYTES;
		}
		while (hash->block_len == 0 && len > BLOCK_BYTES) {
			hash->byte_count += BLOCK_BYTES;
			compress(hash, bytes, false);
			bytes += BLOCK_BYTES;
			len -= BLOCK_BYTES;
		}
		if (part > len)
			part = len;
		memcpy(hash->block + hash->block_len, bytes, part);
		hash->block_len += part;
		bytes += part;
		len -= part;
	}
}

void
sl_blake2b_final(struct sl_blake2b *hash, unsigned char out[SL_BLAKE2B_BYTES])
{
	memset(hash->block + hash->block_len, 0, BLOCK_BYTES - hash->block_len);
	hash->byte_count += hash->block_len;
	compress(hash, hash->block, true);
	for (size_t i = 0; i < SL_BLAKE2B_BYTES / 8; i++) {
		uint64_t word = htole64(hash->chain[i]);

		memcpy(out + 8 * i, &word, 8);
	}
}

void
sl_blake2b_of(unsigned char out[SL_BLAKE2B_BYTES], struct sl_slice bytes)
{
	struct sl_blake2b hash;

	sl_blake2b_init(&hash);
	sl_blake2b_update(&hash, bytes.data, bytes.len);
	sl_blake2b_final(&hash, out);
}
