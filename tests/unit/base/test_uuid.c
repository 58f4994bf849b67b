#include "sluice/base/uuid.h"

#include "suites.h"

#define SAMPLE "01932c07-209e-7b1d-8f0a-0123456789ab"

START_TEST(only_the_one_form_is_taken)
{
	static const char *const bad[] = {"", "01932c07-209e-7b1d-8f0a",
	    "01932C07-209e-7b1d-8f0a-0123456789ab",
	    "01932c07_209e-7b1d-8f0a-0123456789ab",
	    "01932c07209e-7b1d-8f0a-0123456789ab-",
	    "{01932c07-209e-7b1d-8f0a-0123456789a",
	    "01932c07-209e-7b1d-8f0a-0123456789ag",
	    "01932c07-209e-7b1d-8f0a-0123456789abc"};
	struct sl_uuid uuid;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(sl_uuid_parse(&uuid, sl_slice_text(bad[i])) ==
		        SL_ERR_INVALID,
		    "'%s' was taken", bad[i]);
}
END_TEST

START_TEST(text_comes_back)
{
	char text[SL_UUID_TEXT_LEN + 1];
	struct sl_uuid uuid;

	ck_assert(sl_uuid_parse(&uuid, sl_slice_text(SAMPLE)) == SL_OK);
	sl_uuid_format(text, &uuid);
	ck_assert_str_eq(text, SAMPLE);
}
END_TEST

START_TEST(new_ones_are_version_7_and_sort_by_time)
{
	struct sl_uuid early;
	struct sl_uuid late;
	char text[SL_UUID_TEXT_LEN + 1];

	ck_assert(sl_uuid_new(&early, 0x01932c07209eULL) == SL_OK);
	ck_assert(sl_uuid_new(&late, 0x01932c07209fULL) == SL_OK);
	sl_uuid_format(text, &early);
	ck_assert(memcmp(text, "01932c07-209e-7", 15) == 0);
	ck_assert_ptr_nonnull(strchr("89ab", text[19]));
	ck_assert(memcmp(early.bytes, late.bytes, 16) < 0);
	ck_assert(!sl_uuid_is(&early, &late));
	ck_assert(sl_uuid_is(&early, &early));
}
END_TEST

TCase *
uuid_cases(void)
{
	TCase *cases = tcase_create("uuid");

	tcase_add_test(cases, only_the_one_form_is_taken);
	tcase_add_test(cases, text_comes_back);
	tcase_add_test(cases, new_ones_are_version_7_and_sort_by_time);
	return cases;
}
