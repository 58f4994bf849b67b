/* What is in a page: strings with common beginnings, and compression. */
#include <brotli/encode.h>
#include <libdeflate.h>
#include <lz4.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "parquet_codec.h"
#include "parquet_prefix.h"
#include "suites.h"
#include "varint.h"

#define PLAIN_BYTES 100000u

static struct sl_error err;

/* ---- strings with common beginnings ---- */

static struct sl_buf joined;
static struct parquet_delta shared;
static struct parquet_delta rest;

static void
put(struct sl_buf *out, uint64_t value)
{
	ck_assert(varint_append(out, value) == SL_OK);
}

/* A block of 128 in 4 miniblocks of 32, differences of one byte each, from
 * -64 on; the count may be a lie. */
static void
put_lengths(
    struct sl_buf *out, const int64_t *lengths, size_t count, uint64_t told)
{
	put(out, 128);
	put(out, 4);
	put(out, told);
	put(out, varint_zigzag(count == 0 ? 0 : lengths[0]));
	if (count < 2)
		return;
	put(out, varint_zigzag(-64));
	ck_assert(sl_buf_append(out, "\x08\0\0\0", 4) == SL_OK);
	for (size_t i = 1; i <= 32; i++) {
		int64_t step = i < count ? lengths[i] - lengths[i - 1] : -64;
		unsigned char byte = (unsigned char)(step + 64);

		ck_assert(sl_buf_append(out, &byte, 1) == SL_OK);
	}
}

static enum sl_status
join(
    const int64_t *heads, const int64_t *tails, size_t count, const char *bytes)
{
	struct sl_buf page;
	enum sl_status status;

	sl_buf_clear(&joined);
	sl_buf_init(&joined, 4096);
	sl_buf_init(&page, 4096);
	put_lengths(&page, heads, count, count);
	put_lengths(&page, tails, count, count);
	ck_assert(sl_buf_append_text(&page, bytes) == SL_OK);
	status = parquet_prefix_join(
	    &joined, sl_buf_slice(&page), 32, &shared, &rest);
	sl_buf_clear(&page);
	return status;
}

START_TEST(a_beginning_longer_than_the_string_before_is_refused)
{
	ck_assert(join((const int64_t[]){1}, (const int64_t[]){1}, 1, "ab") ==
	    SL_ERR_INVALID);
	ck_assert(join((const int64_t[]){0, 3}, (const int64_t[]){2, 1}, 2,
	              "abc") == SL_ERR_INVALID);
}
END_TEST

START_TEST(a_negative_length_is_refused)
{
	ck_assert(join((const int64_t[]){0, -1}, (const int64_t[]){2, 1}, 2,
	              "abc") == SL_ERR_INVALID);
	ck_assert(join((const int64_t[]){0, 0}, (const int64_t[]){2, -1}, 2,
	              "abc") == SL_ERR_INVALID);
}
END_TEST

START_TEST(more_bytes_than_the_page_has_are_refused)
{
	ck_assert(join((const int64_t[]){0, 1}, (const int64_t[]){2, 2}, 2,
	              "abc") == SL_ERR_INVALID);
	ck_assert(join((const int64_t[]){0}, (const int64_t[]){4000}, 1, "a") ==
	    SL_ERR_INVALID);
}
END_TEST

/* Each string says that it has all of the one before: what it stands for
 * grows with the square of the page. */
START_TEST(strings_that_stand_for_too_much_are_refused_before_there_is_memory)
{
	static const int64_t heads[3] = {0, 60, 120};
	static const int64_t tails[3] = {60, 60, 60};
	static const int64_t huge[1] = {100000000000};
	static const int64_t none[1] = {0};
	char text[181];

	memset(text, 'x', 180);
	text[180] = '\0';
	ck_assert(join(heads, tails, 3, text) == SL_OK);
	ck_assert_uint_eq(joined.len, 60 + 120 + 180);
	sl_buf_clear(&joined);
	joined.max = 359;
	ck_assert(join(none, huge, 1, "") == SL_ERR_LIMIT);
	ck_assert_uint_eq(joined.capacity, 0);
}
END_TEST

START_TEST(counts_that_differ_or_are_too_great_are_refused)
{
	static const int64_t ones[2] = {0, 0};
	struct sl_buf page;

	sl_buf_init(&joined, 4096);
	for (uint64_t told = 1; told < 40; told += 38) {
		sl_buf_init(&page, 4096);
		put_lengths(&page, ones, 2, told);
		put_lengths(&page, ones, 2, 2);
		ck_assert(parquet_prefix_join(&joined, sl_buf_slice(&page), 32,
		              &shared, &rest) == SL_ERR_INVALID);
		sl_buf_clear(&page);
	}
}
END_TEST

START_TEST(a_page_cut_anywhere_is_refused)
{
	static const int64_t heads[2] = {0, 5};
	static const int64_t tails[2] = {6, 1};
	struct sl_buf page;

	sl_buf_init(&joined, 4096);
	sl_buf_init(&page, 4096);
	put_lengths(&page, heads, 2, 2);
	put_lengths(&page, tails, 2, 2);
	ck_assert(sl_buf_append_text(&page, "peg-123") == SL_OK);
	for (size_t len = 0; len < page.len; len++)
		ck_assert(
		    parquet_prefix_join(&joined, sl_slice_of(page.data, len),
		        32, &shared, &rest) == SL_ERR_INVALID);
	sl_buf_clear(&page);
}
END_TEST

START_TEST(strings_are_joined_with_the_one_before)
{
	static const int64_t heads[4] = {0, 4, 6, 0};
	static const int64_t tails[4] = {6, 2, 0, 3};

	ck_assert(join(heads, tails, 4, "peg-1234end") == SL_OK);
	ck_assert(
	    sl_slice_is_text(sl_buf_slice(&joined), "peg-12peg-34peg-34end"));
	ck_assert_uint_eq(shared.left, 4);
	ck_assert_uint_eq(rest.left, 4);
	ck_assert(join(NULL, NULL, 0, "") == SL_OK);
	ck_assert_uint_eq(joined.len, 0);
}
END_TEST

/* ---- compression ---- */

static struct parquet_unpacker unpacker;
static unsigned char plain[PLAIN_BYTES];
static unsigned char stored[2 * PLAIN_BYTES];

/* Runs of about five; every codec of others that our writer does not have. */
static size_t
compress(uint32_t codec)
{
	struct libdeflate_compressor *gzip;
	size_t len = sizeof(stored);

	for (size_t i = 0; i < PLAIN_BYTES; i++)
		plain[i] = (unsigned char)(i / 5 * 2654435761u >> 24);
	if (codec == PARQUET_GZIP) {
		gzip = libdeflate_alloc_compressor(6);
		len = libdeflate_gzip_compress(
		    gzip, plain, PLAIN_BYTES, stored, len);
		libdeflate_free_compressor(gzip);
	} else if (codec == PARQUET_LZ4_RAW) {
		len = (size_t)LZ4_compress_default((const char *)plain,
		    (char *)stored, (int)PLAIN_BYTES, (int)len);
	} else if (codec == PARQUET_BROTLI) {
		ck_assert(BrotliEncoderCompress(5, 22, BROTLI_MODE_GENERIC,
		              PLAIN_BYTES, plain, &len, stored) != 0);
	} else {
		len = ZSTD_compress(stored, len, plain, PLAIN_BYTES, 3);
	}
	ck_assert_uint_gt(len, 1000);
	ck_assert_uint_lt(len, PLAIN_BYTES);
	return len;
}

static enum sl_status
unpack(uint32_t codec, size_t len, size_t plain_bytes)
{
	enum sl_status status;

	parquet_unpacker_clear(&unpacker);
	parquet_unpacker_init(&unpacker);
	status = parquet_unpack(
	    &unpacker, codec, sl_slice_of(stored, len), plain_bytes, &err);
	return status;
}

static const uint32_t codecs[] = {
    PARQUET_GZIP, PARQUET_LZ4_RAW, PARQUET_BROTLI, PARQUET_ZSTD};

START_TEST(a_page_of_another_length_than_it_says_is_refused)
{
	size_t len = compress(codecs[_i]);

	ck_assert(unpack(codecs[_i], len, PLAIN_BYTES - 1) == SL_ERR_INVALID);
	ck_assert(unpack(codecs[_i], len, PLAIN_BYTES + 1) == SL_ERR_INVALID);
	ck_assert(unpack(codecs[_i], len, PLAIN_BYTES) == SL_OK);
	ck_assert_uint_eq(unpacker.plain.len, PLAIN_BYTES);
	ck_assert(memcmp(unpacker.plain.data, plain, PLAIN_BYTES) == 0);
}
END_TEST

START_TEST(a_compressed_page_cut_or_changed_never_crashes)
{
	size_t len = compress(codecs[_i]);
	size_t refused = 0;

	for (size_t at = 0; at < len; at += 97) {
		ck_assert(
		    unpack(codecs[_i], at, PLAIN_BYTES) == SL_ERR_INVALID);
		stored[at] ^= 0x55;
		refused += unpack(codecs[_i], len, PLAIN_BYTES) != SL_OK;
		stored[at] ^= 0x55;
	}
	if (codecs[_i] == PARQUET_GZIP)
		ck_assert_uint_gt(refused, len / 97 - 1);
	ck_assert(unpack(codecs[_i], len, PLAIN_BYTES) == SL_OK);
}
END_TEST

/* No memory for what so few bytes cannot stand for. */
START_TEST(a_few_bytes_cannot_stand_for_a_large_page)
{
	static const uint32_t all[] = {
	    PARQUET_SNAPPY, PARQUET_GZIP, PARQUET_LZ4_RAW, PARQUET_ZSTD};

	memset(stored, 0, 64);
	for (size_t i = 0; i < 4; i++) {
		ck_assert(unpack(all[i], 64, 200u << 20) == SL_ERR_INVALID);
		ck_assert_uint_eq(unpacker.plain.capacity, 0);
	}
}
END_TEST

/* The bounds are not so tight that they refuse what the codecs can do. */
START_TEST(a_page_of_zeros_is_unpacked)
{
	static unsigned char zeros[8u << 20];
	static unsigned char small[1u << 20];
	struct libdeflate_compressor *gzip = libdeflate_alloc_compressor(12);
	size_t len = libdeflate_gzip_compress(
	    gzip, zeros, sizeof(zeros), small, sizeof(small));

	libdeflate_free_compressor(gzip);
	memcpy(stored, small, len);
	ck_assert_uint_gt(len, 0);
	ck_assert(unpack(PARQUET_GZIP, len, sizeof(zeros)) == SL_OK);
	len = (size_t)LZ4_compress_default((const char *)zeros, (char *)small,
	    (int)sizeof(zeros), (int)sizeof(small));
	memcpy(stored, small, len);
	ck_assert(unpack(PARQUET_LZ4_RAW, len, sizeof(zeros)) == SL_OK);
	len = ZSTD_compress(small, sizeof(small), zeros, sizeof(zeros), 19);
	memcpy(stored, small, len);
	ck_assert(unpack(PARQUET_ZSTD, len, sizeof(zeros)) == SL_OK);
	len = sizeof(stored);
	ck_assert(BrotliEncoderCompress(11, 24, BROTLI_MODE_GENERIC,
	              sizeof(zeros), zeros, &len, stored) != 0);
	ck_assert(unpack(PARQUET_BROTLI, len, sizeof(zeros)) == SL_OK);
}
END_TEST

START_TEST(gzip_members_follow_one_another)
{
	size_t len = compress(PARQUET_GZIP);

	memcpy(stored + len, stored, len);
	ck_assert(unpack(PARQUET_GZIP, 2 * len, 2 * PLAIN_BYTES) == SL_OK);
	ck_assert(
	    memcmp(unpacker.plain.data + PLAIN_BYTES, plain, PLAIN_BYTES) == 0);
	ck_assert(unpack(PARQUET_GZIP, 2 * len - 1, 2 * PLAIN_BYTES) != SL_OK);
}
END_TEST

START_TEST(a_codec_that_is_not_read_is_named)
{
	ck_assert(unpack(PARQUET_LZO, 64, 64) == SL_ERR_INVALID);
	ck_assert_msg(strstr(err.text, "codec lzo is not read; write") != NULL,
	    "%s", err.text);
	ck_assert(unpack(PARQUET_LZ4, 64, 64) == SL_ERR_INVALID);
	ck_assert(strstr(err.text, "codec lz4 is not read") != NULL);
}
END_TEST

static void
release(void)
{
	parquet_unpacker_clear(&unpacker);
	sl_buf_clear(&joined);
}

TCase *
parquet_page_cases(void)
{
	TCase *cases = tcase_create("parquet_page");

	tcase_add_checked_fixture(cases, NULL, release);
	tcase_add_test(
	    cases, a_beginning_longer_than_the_string_before_is_refused);
	tcase_add_test(cases, a_negative_length_is_refused);
	tcase_add_test(cases, more_bytes_than_the_page_has_are_refused);
	tcase_add_test(cases,
	    strings_that_stand_for_too_much_are_refused_before_there_is_memory);
	tcase_add_test(cases, counts_that_differ_or_are_too_great_are_refused);
	tcase_add_test(cases, a_page_cut_anywhere_is_refused);
	tcase_add_test(cases, strings_are_joined_with_the_one_before);
	tcase_add_loop_test(
	    cases, a_page_of_another_length_than_it_says_is_refused, 0, 4);
	tcase_add_loop_test(
	    cases, a_compressed_page_cut_or_changed_never_crashes, 0, 4);
	tcase_add_test(cases, a_few_bytes_cannot_stand_for_a_large_page);
	tcase_add_test(cases, a_page_of_zeros_is_unpacked);
	tcase_add_test(cases, gzip_members_follow_one_another);
	tcase_add_test(cases, a_codec_that_is_not_read_is_named);
	return cases;
}
