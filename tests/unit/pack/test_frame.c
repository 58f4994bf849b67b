#include "sluice/pack/frame.h"

#include "sluice/pack/tar.h"
#include "suites.h"

START_TEST(a_member_without_a_header_is_not_made)
{
	struct sl_error err = {0};
	struct sl_buf out;

	sl_buf_init(&out, 1 << 16);
	ck_assert(sl_frame_member(&out, sl_slice_text(""), sl_slice_text("x"),
	              PUBLISHED_US, &err) == SL_ERR_INVALID);
	ck_assert(sl_frame_member(&out, sl_slice_text("a"), sl_slice_text("x"),
	              -1, &err) == SL_ERR_LIMIT);
	ck_assert_str_ne(err.text, "");
	ck_assert_uint_eq(out.len, 0);
	sl_buf_clear(&out);
}
END_TEST

START_TEST(the_end_of_the_archive_is_two_zero_blocks_for_ever)
{
	static const unsigned char zeros[1024];
	unsigned char decoded[1024];
	struct sl_chunk_decoder *decoder;

	assert_golden("end-of-archive", sl_frame_end_of_archive());
	ck_assert(sl_chunk_decoder_new(&decoder) == SL_OK);
	ck_assert(sl_chunk_decode(decoder, sl_frame_end_of_archive(), decoded,
	              sizeof(decoded), NULL) == SL_OK);
	ck_assert_mem_eq(decoded, zeros, sizeof(zeros));
	sl_chunk_decoder_free(decoder);
}
END_TEST

START_TEST(a_member_is_header_content_and_padding)
{
	unsigned char decoded[1024];
	struct sl_chunk_decoder *decoder;
	struct sl_tar_layout layout;
	struct sl_buf out;

	sl_buf_init(&out, 1 << 16);
	ck_assert(sl_frame_member(&out, sl_slice_text("a"),
	              sl_slice_text("xyz"), PUBLISHED_US, NULL) == SL_OK);
	ck_assert(sl_chunk_decoder_new(&decoder) == SL_OK);
	ck_assert(sl_chunk_decode(decoder, sl_buf_slice(&out), decoded,
	              sizeof(decoded), NULL) == SL_OK);
	ck_assert(sl_tar_layout(&layout, sl_slice_text("a"), 3, PUBLISHED_US) ==
	    SL_OK);
	ck_assert_mem_eq(decoded, layout.header, 512);
	ck_assert_mem_eq(decoded + 512, "xyz\0", 4);
	sl_chunk_decoder_free(decoder);
	sl_buf_clear(&out);
}
END_TEST

TCase *
frame_cases(void)
{
	TCase *cases = tcase_create("frame");

	tcase_add_test(cases, a_member_without_a_header_is_not_made);
	tcase_add_test(
	    cases, the_end_of_the_archive_is_two_zero_blocks_for_ever);
	tcase_add_test(cases, a_member_is_header_content_and_padding);
	return cases;
}
