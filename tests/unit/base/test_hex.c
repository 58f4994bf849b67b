#include "sluice/base/hex.h"

#include "suites.h"

START_TEST(only_lower_case_of_the_right_length_is_taken)
{
	static const char *const bad[] = {
	    "", "0", "000", "0g", "AB", "aB", " 0", "0 ", "0x", "\xc3\xa4"};
	unsigned char byte = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(sl_hex_decode(&byte, 1, sl_slice_text(bad[i])) ==
		        SL_ERR_INVALID,
		    "'%s' was taken", bad[i]);
	ck_assert(
	    sl_hex_decode(&byte, 0, sl_slice_text("00")) == SL_ERR_INVALID);
}
END_TEST

START_TEST(every_byte_comes_back)
{
	unsigned char bytes[256];
	unsigned char back[256];
	char text[513];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	sl_hex_encode(text, bytes, sizeof(bytes));
	ck_assert_uint_eq(strlen(text), 512);
	ck_assert(memcmp(text, "000102", 6) == 0);
	ck_assert(memcmp(text + 506, "fdfeff", 6) == 0);
	ck_assert(
	    sl_hex_decode(back, sizeof(back), sl_slice_text(text)) == SL_OK);
	ck_assert_mem_eq(back, bytes, sizeof(bytes));
}
END_TEST

TCase *
hex_cases(void)
{
	TCase *cases = tcase_create("hex");

	tcase_add_test(cases, only_lower_case_of_the_right_length_is_taken);
	tcase_add_test(cases, every_byte_comes_back);
	return cases;
}
