#include "sluice/base/buf.h"

#include <stdint.h>

#include "suites.h"

START_TEST(past_the_maximum_is_refused_and_changes_nothing)
{
	struct sl_buf buf;

	sl_buf_init(&buf, 8);
	ck_assert(sl_buf_append_text(&buf, "12345678") == SL_OK);
	ck_assert(sl_buf_append_text(&buf, "9") == SL_ERR_LIMIT);
	ck_assert(sl_buf_printf(&buf, "%d", 1) == SL_ERR_LIMIT);
	ck_assert(sl_slice_is_text(sl_buf_slice(&buf), "12345678"));
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(a_length_that_overflows_is_refused)
{
	struct sl_buf buf;

	sl_buf_init(&buf, SIZE_MAX);
	ck_assert(sl_buf_append_text(&buf, "x") == SL_OK);
	ck_assert(sl_buf_reserve(&buf, SIZE_MAX) == SL_ERR_LIMIT);
	ck_assert_uint_eq(buf.len, 1);
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(a_full_buffer_has_no_room_for_the_nul)
{
	struct sl_buf buf;

	sl_buf_init(&buf, 4);
	ck_assert(sl_buf_append_text(&buf, "123") == SL_OK);
	ck_assert_str_eq(sl_buf_text(&buf), "123");
	ck_assert(sl_buf_append_text(&buf, "4") == SL_OK);
	ck_assert_ptr_null(sl_buf_text(&buf));
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(an_empty_buffer_is_an_empty_text)
{
	struct sl_buf buf;

	sl_buf_init(&buf, 4);
	sl_buf_consume(&buf, 0);
	ck_assert(sl_buf_append(&buf, NULL, 0) == SL_OK);
	ck_assert_uint_eq(sl_buf_slice(&buf).len, 0);
	ck_assert_str_eq(sl_buf_text(&buf), "");
	sl_buf_clear(&buf);
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(grows_and_gives_back_what_went_in)
{
	struct sl_buf buf;

	sl_buf_init(&buf, 100000);
	for (int i = 0; i < 10000; i++)
		ck_assert(sl_buf_printf(&buf, "%d,", i % 10) == SL_OK);
	ck_assert_uint_eq(buf.len, 20000);
	sl_buf_consume(&buf, 19998);
	ck_assert_str_eq(sl_buf_text(&buf), "9,");
	sl_buf_consume(&buf, 2);
	ck_assert_uint_eq(buf.len, 0);
	sl_buf_reset(&buf);
	ck_assert(sl_buf_append_text(&buf, "again") == SL_OK);
	ck_assert_str_eq(sl_buf_text(&buf), "again");
	sl_buf_clear(&buf);
}
END_TEST

TCase *
buf_cases(void)
{
	TCase *cases = tcase_create("buf");

	tcase_add_test(cases, past_the_maximum_is_refused_and_changes_nothing);
	tcase_add_test(cases, a_length_that_overflows_is_refused);
	tcase_add_test(cases, a_full_buffer_has_no_room_for_the_nul);
	tcase_add_test(cases, an_empty_buffer_is_an_empty_text);
	tcase_add_test(cases, grows_and_gives_back_what_went_in);
	return cases;
}
