#include "sluice/pack/chunk.h"

#include <malloc.h>
#include <stdlib.h>

#include "suites.h"

static struct sl_chunk_encoder *encoder;
static struct sl_chunk_decoder *decoder;
static struct sl_buf content;
static struct sl_buf stored;
static unsigned char *out;

static void
set_up(void)
{
	ck_assert(sl_chunk_encoder_new(&encoder) == SL_OK);
	ck_assert(sl_chunk_decoder_new(&decoder) == SL_OK);
	sl_buf_init(&content, SL_CHUNK_DECODED_MAX + 64);
	sl_buf_init(&stored, 2 * (size_t)SL_CHUNK_STORED_MAX);
	out = malloc(SL_CHUNK_DECODED_MAX);
	ck_assert_ptr_nonnull(out);
}

static void
tear_down(void)
{
	free(out);
	sl_buf_clear(&stored);
	sl_buf_clear(&content);
	sl_chunk_decoder_free(decoder);
	sl_chunk_encoder_free(encoder);
}

/* `stored` becomes the frame of `len` bytes of text. */
static void
encode_text(size_t len)
{
	sl_buf_reset(&content);
	sl_buf_reset(&stored);
	append_text(&content, len);
	ck_assert(sl_chunk_encode(encoder, SL_LEVEL_DATA,
	              sl_buf_slice(&content), &stored) == SL_OK);
}

static enum sl_status
decode(struct sl_slice bytes)
{
	return sl_chunk_decode(decoder, bytes, out, content.len, NULL);
}

START_TEST(no_changed_byte_yields_other_content)
{
	unsigned char hash[SL_BLAKE2B_BYTES];

	encode_text(3000);
	sl_blake2b_of(hash, sl_buf_slice(&stored));
	for (size_t i = 0; i < stored.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			stored.data[i] ^= (unsigned char)(1 << bit);
			ck_assert(sl_chunk_check(sl_buf_slice(&stored), hash) ==
			    SL_ERR_INTEGRITY);
			if (decode(sl_buf_slice(&stored)) == SL_OK)
				ck_assert_mem_eq(
				    out, content.data, content.len);
			stored.data[i] ^= (unsigned char)(1 << bit);
		}
	}
	ck_assert(sl_chunk_check(sl_buf_slice(&stored), hash) == SL_OK);
	ck_assert(decode(sl_buf_slice(&stored)) == SL_OK);
}
END_TEST

START_TEST(a_cut_frame_is_refused)
{
	encode_text(3000);
	for (size_t len = 0; len < stored.len; len++)
		ck_assert(
		    decode(sl_slice_of(stored.data, len)) == SL_ERR_INTEGRITY);
}
END_TEST

START_TEST(bytes_after_the_frame_are_refused)
{
	size_t len;

	encode_text(3000);
	len = stored.len;
	ck_assert(sl_buf_append(&stored, "x", 1) == SL_OK);
	ck_assert(decode(sl_buf_slice(&stored)) == SL_ERR_INTEGRITY);
	stored.len = len;
	/* An empty skippable frame, and the same frame once more. */
	ck_assert(
	    sl_buf_append(&stored, "\x50\x2A\x4D\x18\0\0\0\0", 8) == SL_OK);
	ck_assert(decode(sl_buf_slice(&stored)) == SL_ERR_INTEGRITY);
	stored.len = len;
	ck_assert(sl_buf_reserve(&stored, len) == SL_OK);
	ck_assert(sl_buf_append(&stored, stored.data, len) == SL_OK);
	ck_assert(decode(sl_buf_slice(&stored)) == SL_ERR_INTEGRITY);
}
END_TEST

START_TEST(another_decoded_size_than_the_index_says_is_refused)
{
	encode_text(3000);
	ck_assert(sl_chunk_decode(decoder, sl_buf_slice(&stored), out, 2999,
	              NULL) == SL_ERR_INTEGRITY);
	ck_assert(sl_chunk_decode(decoder, sl_buf_slice(&stored), out, 3001,
	              NULL) == SL_ERR_INTEGRITY);
	ck_assert(sl_chunk_decode(decoder, sl_buf_slice(&stored), out, 0,
	              NULL) == SL_ERR_INTEGRITY);
	ck_assert(sl_chunk_decode(decoder, sl_buf_slice(&stored), out,
	              SL_CHUNK_DECODED_MAX + 1, NULL) == SL_ERR_INTEGRITY);
}
END_TEST

/* A frame header: magic, descriptor, the rest. */
struct header {
	const char *bytes;
	size_t len;
};

START_TEST(a_frame_that_claims_too_much_costs_nothing)
{
	static const struct header headers[] = {
	    /* Window 512 MiB (exponent 19), content size 4 bytes. */
	    {"\x28\xB5\x2F\xFD\x84\x98\x00\x10\x00\x00", 10},
	    /* Window 3.75 TiB, the largest there is. */
	    {"\x28\xB5\x2F\xFD\x84\xFF\x00\x10\x00\x00", 10},
	    /* Window just above 8 MiB (exponent 13, one eighth). */
	    {"\x28\xB5\x2F\xFD\x84\x69\x00\x10\x00\x00", 10},
	    /* Single segment of 4 GiB less one, and of 2^64 less one. */
	    {"\x28\xB5\x2F\xFD\xA4\xFF\xFF\xFF\xFF", 9},
	    {"\x28\xB5\x2F\xFD\xE4\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 13},
	    /* Single segment of 4 MiB and one byte. */
	    {"\x28\xB5\x2F\xFD\xA4\x01\x00\x40\x00", 9},
	};
	size_t before = mallinfo2().uordblks;

	ck_assert(sl_buf_reserve(&content, 4096) == SL_OK);
	content.len = 4096;
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		sl_buf_reset(&stored);
		ck_assert(sl_buf_append(&stored, headers[i].bytes,
		              headers[i].len) == SL_OK);
		/* An empty last block and a checksum. */
		ck_assert(sl_buf_append(
		              &stored, "\x01\0\0\x99\xE9\xD8\x51", 7) == SL_OK);
		ck_assert(decode(sl_buf_slice(&stored)) == SL_ERR_INTEGRITY);
	}
	ck_assert_uint_lt(mallinfo2().uordblks, before + (1 << 20));
}
END_TEST

START_TEST(frames_without_checksum_or_size_or_with_dictionary_are_refused)
{
	/* Descriptor bits: 0x20 single segment, 0x40 two bytes of size. */
	static const unsigned char wrong[] = {
	    0x60,        /* no checksum */
	    0x60 | 0x05, /* dictionary id */
	    0x60 | 0x0C, /* reserved bit */
	    0x04,        /* no content size */
	};

	encode_text(3000);
	ck_assert_uint_eq(stored.data[4], 0x64);
	for (size_t i = 0; i < sizeof(wrong); i++) {
		stored.data[4] = wrong[i];
		ck_assert(decode(sl_buf_slice(&stored)) == SL_ERR_INTEGRITY);
	}
}
END_TEST

START_TEST(chunks_outside_the_limits_are_not_made)
{
	ck_assert(sl_buf_reserve(&stored, 2 * SL_CHUNK_DECODED_MAX) == SL_OK);
	ck_assert(sl_chunk_encode(encoder, SL_LEVEL_DATA, sl_slice_of(out, 0),
	              &stored) == SL_ERR_INVALID);
	ck_assert(sl_chunk_encode(encoder, SL_LEVEL_DATA,
	              sl_slice_of(stored.data, SL_CHUNK_DECODED_MAX + 1),
	              &stored) == SL_ERR_INVALID);
}
END_TEST

START_TEST(every_level_gives_the_content_back)
{
	static const enum sl_level levels[] = {
	    SL_LEVEL_MEDIA, SL_LEVEL_HEAD, SL_LEVEL_DATA};
	static const size_t sizes[] = {
	    1, 255, 256, 65791, 65792, 1 << 20, SL_CHUNK_DECODED_MAX};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes) * 3; i++) {
		sl_buf_reset(&content);
		sl_buf_reset(&stored);
		append_text(&content, sizes[i / 3]);
		ck_assert(sl_chunk_encode(encoder, levels[i % 3],
		              sl_buf_slice(&content), &stored) == SL_OK);
		ck_assert(decode(sl_buf_slice(&stored)) == SL_OK);
		ck_assert_mem_eq(out, content.data, content.len);
	}
}
END_TEST

START_TEST(noise_fits_the_stated_bound)
{
	ck_assert(sl_buf_reserve(&content, SL_CHUNK_DECODED_MAX) == SL_OK);
	content.len = SL_CHUNK_DECODED_MAX;
	fill_noise(content.data, content.len, 1);
	ck_assert(sl_chunk_encode(encoder, SL_LEVEL_MEDIA,
	              sl_buf_slice(&content), &stored) == SL_OK);
	ck_assert_uint_le(stored.len, SL_CHUNK_STORED_MAX);
	ck_assert(decode(sl_buf_slice(&stored)) == SL_OK);
	ck_assert_mem_eq(out, content.data, content.len);
}
END_TEST

START_TEST(only_media_that_do_not_compress_get_the_fastest_level)
{
	ck_assert_int_eq(sl_level_of_media("video/mp4"), SL_LEVEL_MEDIA);
	ck_assert_int_eq(sl_level_of_media("image/png"), SL_LEVEL_MEDIA);
	ck_assert_int_eq(sl_level_of_media("application/vnd.apache.parquet"),
	    SL_LEVEL_MEDIA);
	ck_assert_int_eq(sl_level_of_media("application/json"), SL_LEVEL_DATA);
	ck_assert_int_eq(sl_level_of_media(""), SL_LEVEL_DATA);
}
END_TEST

TCase *
chunk_cases(void)
{
	TCase *cases = tcase_create("chunk");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, no_changed_byte_yields_other_content);
	tcase_add_test(cases, a_cut_frame_is_refused);
	tcase_add_test(cases, bytes_after_the_frame_are_refused);
	tcase_add_test(
	    cases, another_decoded_size_than_the_index_says_is_refused);
	tcase_add_test(cases, a_frame_that_claims_too_much_costs_nothing);
	tcase_add_test(cases,
	    frames_without_checksum_or_size_or_with_dictionary_are_refused);
	tcase_add_test(cases, chunks_outside_the_limits_are_not_made);
	tcase_add_test(cases, every_level_gives_the_content_back);
	tcase_add_test(cases, noise_fits_the_stated_bound);
	tcase_add_test(
	    cases, only_media_that_do_not_compress_get_the_fastest_level);
	return cases;
}
