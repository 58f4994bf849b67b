#include "sluice/catalog/purpose.h"

#include "suites.h"

START_TEST(purposes_go_both_ways)
{
	static const char *const texts[] = {"", "research", "evaluate/retail",
	    "evaluate@DE", "commercial_train/logistics@DE", "deploy_model@US"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sl_purpose purpose;
		char again[SL_PURPOSE_TEXT_MAX + 1];

		ck_assert(sl_purpose_parse(&purpose, sl_slice_text(texts[i]),
		              NULL) == SL_OK);
		sl_purpose_format(again, &purpose);
		ck_assert_str_eq(again, texts[i]);
	}
}
END_TEST

START_TEST(a_purpose_has_use_field_and_country)
{
	struct sl_purpose purpose;

	ck_assert(
	    sl_purpose_parse(&purpose,
	        sl_slice_text("commercial_train/logistics@DE"), NULL) == SL_OK);
	ck_assert(purpose.use == SL_USE_COMMERCIAL_TRAIN);
	ck_assert_str_eq(purpose.field, "logistics");
	ck_assert_str_eq(purpose.country, "DE");
	ck_assert(sl_purpose_parse(&purpose, sl_slice_text("evaluate"), NULL) ==
	    SL_OK);
	ck_assert(purpose.use == SL_USE_EVALUATE);
	ck_assert_str_eq(purpose.field, "");
	ck_assert_str_eq(purpose.country, "");
}
END_TEST

START_TEST(what_is_no_purpose_is_refused_and_changes_nothing)
{
	static const char *const bad[] = {"resell", "/retail", "@DE",
	    "research/", "research@", "research/@DE", "research@DE/retail",
	    "research/a/b", "research@DE@FR", "research@de", "research@DEU",
	    "research@UK", "research/Retail", " research", "research ",
	    "research\n", "research/retail\n", "Research"};
	char name[SL_PURPOSE_TEXT_MAX + 40] = "research/";
	struct sl_purpose purpose = {.use = SL_USE_DEPLOY_MODEL};
	struct sl_error err = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(sl_purpose_parse(&purpose, sl_slice_text(bad[i]),
		                  &err) == SL_ERR_INVALID &&
		        err.text[0] != '\0',
		    "'%s' was taken", bad[i]);
	memset(name + 9, 'a', SL_SLUG_MAX + 1);
	ck_assert(sl_purpose_parse(&purpose, sl_slice_text(name), NULL) ==
	    SL_ERR_INVALID);
	name[9 + SL_SLUG_MAX] = '\0';
	ck_assert(purpose.use == SL_USE_DEPLOY_MODEL);
	ck_assert(
	    sl_purpose_parse(&purpose, sl_slice_text(name), NULL) == SL_OK);
	ck_assert(sl_purpose_parse(&purpose, sl_slice_of("research\0x", 10),
	              NULL) == SL_ERR_INVALID);
}
END_TEST

TCase *
purpose_cases(void)
{
	TCase *tc = tcase_create("purpose");

	tcase_add_test(tc, purposes_go_both_ways);
	tcase_add_test(tc, a_purpose_has_use_field_and_country);
	tcase_add_test(tc, what_is_no_purpose_is_refused_and_changes_nothing);
	return tc;
}
