#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sluice/formats/media.h"

#include "suites.h"

static struct sl_buf bytes;
static struct sl_media_info info;
static struct sl_error err;

static void
put_u32(uint32_t value)
{
	unsigned char text[4] = {(unsigned char)(value >> 24),
	    (unsigned char)(value >> 16), (unsigned char)(value >> 8),
	    (unsigned char)value};

	ck_assert(sl_buf_append(&bytes, text, 4) == SL_OK);
}

/* A box's head; `size` counts it. */
static void
put_box(uint32_t size, const char *type)
{
	put_u32(size);
	ck_assert(sl_buf_append(&bytes, type, 4) == SL_OK);
}

static enum sl_status
check_mp4(void)
{
	int fd = open_bytes(sl_buf_slice(&bytes));
	enum sl_status status;

	err = (struct sl_error){0};
	status = sl_mp4_check(&info, fd, bytes.len, &err);
	close(fd);
	return status;
}

/* moov with a movie header (2.5 s) and one track of 416 samples. */
static void
put_movie(const char *handler)
{
	put_box(8 + 28 + 8 + 8 + 20 + 8 + 8 + 20, "moov");
	put_box(28, "mvhd");
	put_u32(0);
	put_u32(0);
	put_u32(0);
	put_u32(1000);
	put_u32(2500);
	put_box(8 + 8 + 20 + 8 + 8 + 20, "trak");
	put_box(8 + 20 + 8 + 8 + 20, "mdia");
	put_box(20, "hdlr");
	put_u32(0);
	put_u32(0);
	ck_assert(sl_buf_append(&bytes, handler, 4) == SL_OK);
	put_box(8 + 8 + 20, "minf");
	put_box(8 + 20, "stbl");
	put_box(20, "stsz");
	put_u32(0);
	put_u32(0);
	put_u32(416);
}

static void
setup(void)
{
	sl_buf_init(&bytes, 1 << 24);
}

static void
teardown(void)
{
	sl_buf_clear(&bytes);
}

START_TEST(a_box_longer_than_the_file_is_refused)
{
	put_box(16, "ftyp");
	put_u32(0);
	ck_assert(check_mp4() == SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "ftyp"));
}
END_TEST

START_TEST(a_box_shorter_than_its_head_is_refused)
{
	for (uint32_t size = 2; size < 8; size++) {
		sl_buf_reset(&bytes);
		put_box(size, "free");
		put_u32(0);
		ck_assert(check_mp4() == SL_ERR_INVALID);
	}
}
END_TEST

START_TEST(a_64_bit_size_that_wraps_is_refused)
{
	put_box(1, "mdat");
	put_u32(0xffffffff);
	put_u32(0xffffffff);
	ck_assert(check_mp4() == SL_ERR_INVALID);
}
END_TEST

START_TEST(bytes_too_few_for_a_box_are_refused)
{
	put_movie("vide");
	put_u32(0);
	ck_assert(check_mp4() == SL_ERR_INVALID);
	sl_buf_reset(&bytes);
	ck_assert(check_mp4() == SL_ERR_INVALID);
}
END_TEST

START_TEST(a_file_without_moov_is_refused)
{
	put_box(8, "ftyp");
	put_box(0, "mdat");
	put_u32(7);
	ck_assert(check_mp4() == SL_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "moov"));
}
END_TEST

START_TEST(a_child_longer_than_its_parent_is_refused)
{
	put_box(8 + 12, "moov");
	put_box(100, "trak");
	put_u32(0);
	put_box(80, "free");
	for (unsigned i = 0; i < 18; i++)
		put_u32(0);
	ck_assert(check_mp4() == SL_ERR_INVALID);
}
END_TEST

START_TEST(nesting_is_bounded)
{
	for (uint32_t i = 0; i < 50; i++)
		put_box(8 * (50 - i), "trak");
	ck_assert(check_mp4() == SL_ERR_INVALID);
}
END_TEST

START_TEST(the_number_of_boxes_is_bounded)
{
	for (uint32_t i = 0; i < 300000; i++)
		put_box(8, "free");
	ck_assert(check_mp4() == SL_ERR_INVALID);
}
END_TEST

START_TEST(samples_and_duration_are_those_of_the_video)
{
	put_box(8, "ftyp");
	put_movie("vide");
	put_box(0, "mdat");
	ck_assert_msg(check_mp4() == SL_OK, "%s", err.text);
	ck_assert(info.has_count && info.count == 416);
	ck_assert(info.has_duration && info.duration_ms == 2500);
}
END_TEST

START_TEST(the_samples_of_a_sound_track_do_not_count)
{
	put_movie("soun");
	ck_assert(check_mp4() == SL_OK);
	ck_assert(!info.has_count);
}
END_TEST

TCase *
mp4_cases(void)
{
	TCase *cases = tcase_create("mp4");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, a_box_longer_than_the_file_is_refused);
	tcase_add_test(cases, a_box_shorter_than_its_head_is_refused);
	tcase_add_test(cases, a_64_bit_size_that_wraps_is_refused);
	tcase_add_test(cases, bytes_too_few_for_a_box_are_refused);
	tcase_add_test(cases, a_file_without_moov_is_refused);
	tcase_add_test(cases, a_child_longer_than_its_parent_is_refused);
	tcase_add_test(cases, nesting_is_bounded);
	tcase_add_test(cases, the_number_of_boxes_is_bounded);
	tcase_add_test(cases, samples_and_duration_are_those_of_the_video);
	tcase_add_test(cases, the_samples_of_a_sound_track_do_not_count);
	return cases;
}
