#include "sluice/catalog/name.h"

#include "suites.h"

START_TEST(only_dataset_names_are_taken)
{
	static const char *const bad[] = {"", "a", "-a", "A1", "a_b", "a.b",
	    "a/b", "\xc3\xa4\xc3\xa4", "a b", "ab\n"};
	char name[80];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!sl_dataset_name_is_valid(sl_slice_text(bad[i])),
		    "'%s' was taken", bad[i]);
	memset(name, 'a', sizeof(name));
	ck_assert(sl_dataset_name_is_valid(sl_slice_of(name, 63)));
	ck_assert(!sl_dataset_name_is_valid(sl_slice_of(name, 64)));
	ck_assert(sl_dataset_name_is_valid(sl_slice_text("ur5e-kitting")));
	ck_assert(sl_dataset_name_is_valid(sl_slice_text("0-")));
	ck_assert(!sl_dataset_name_is_valid(sl_slice_of("ab\0c", 4)));
}
END_TEST

START_TEST(only_slugs_are_taken)
{
	static const char *const bad[] = {
	    "", ".a", "-a", "_a", "A", "a b", "a/b", "a\n", "\xc3\xa4"};
	char slug[80];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!sl_slug_is_valid(sl_slice_text(bad[i])),
		    "'%s' was taken", bad[i]);
	memset(slug, '0', sizeof(slug));
	ck_assert(sl_slug_is_valid(sl_slice_of(slug, 64)));
	ck_assert(!sl_slug_is_valid(sl_slice_of(slug, 65)));
	ck_assert(sl_slug_is_valid(sl_slice_text("a._-9")));
}
END_TEST

START_TEST(free_text_becomes_a_slug)
{
	static const struct {
		const char *text;
		const char *slug;
	} cases[] = {{"Pick the Apple!", "pick-the-apple"}, {"  x  ", "x"},
	    {"..a__b..", "a__b.."}, {"A-B", "a-b"},
	    {"gr\xc3\xbc\xc3\x9f"
	     "e",
	        "gr-e"},
	    {"a\n\n\tb", "a-b"}};
	char slug[SL_SLUG_MAX + 1];
	char text[300];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert(sl_slug_make(slug, sl_slice_text(cases[i].text)));
		ck_assert_str_eq(slug, cases[i].slug);
	}
	ck_assert(!sl_slug_make(slug, sl_slice_text("")));
	ck_assert(!sl_slug_make(slug, sl_slice_text("\xe4\xbd\xa0 ._-")));
	ck_assert_str_eq(slug, "");
	for (size_t len = 1; len < sizeof(text); len++) {
		memset(text, len % 2 == 0 ? 'x' : '!', len);
		text[0] = 'a';
		text[len - 1] = 'z';
		text[len / 2] = ' ';
		ck_assert(
		    sl_slug_make(slug, sl_slice_of(text, len)) || len == 1);
		ck_assert(len == 1 || sl_slug_is_valid(sl_slice_text(slug)));
	}
}
END_TEST

TCase *
name_cases(void)
{
	TCase *tc = tcase_create("name");

	tcase_add_test(tc, only_dataset_names_are_taken);
	tcase_add_test(tc, only_slugs_are_taken);
	tcase_add_test(tc, free_text_becomes_a_slug);
	return tc;
}
