#include "sluice/base/base64.h"

#include "suites.h"

static enum sl_status
decode(size_t len, const char *text)
{
	unsigned char bytes[64];

	return sl_base64_decode(bytes, len, sl_slice_text(text));
}

START_TEST(refuses_what_is_not_canonical)
{
	static const struct {
		size_t len;
		const char *text;
	} bad[] = {
	    {1, "Zg==x"},
	    {1, "Zg="},
	    {1, "Zg"},
	    {1, "Zh=="}, /* spare bits set */
	    {2, "Zm9="}, /* spare bits set */
	    {2, "Zg=="}, /* one byte only */
	    {3, "Zm9="},
	    {1, "Z==="},
	    {1, "===="},
	    {3, "Zm 9"},
	    {3, "Zm\n9"},
	    {3, "Zm-_"},
	    {3, "Zm9\xff"},
	    {1, "Zg=A"},
	    {0, "AA=="},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(decode(bad[i].len, bad[i].text) == SL_ERR_INVALID,
		    "%s was taken", bad[i].text);
}
END_TEST

START_TEST(knows_the_examples_of_rfc_4648)
{
	static const char *const examples[][2] = {
	    {"", ""},
	    {"f", "Zg=="},
	    {"fo", "Zm8="},
	    {"foo", "Zm9v"},
	    {"foob", "Zm9vYg=="},
	    {"fooba", "Zm9vYmE="},
	    {"foobar", "Zm9vYmFy"},
	};

	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		char text[SL_BASE64_LEN(8) + 1];
		unsigned char back[8];
		size_t len = strlen(examples[i][0]);

		sl_base64_encode(text, examples[i][0], len);
		ck_assert_str_eq(text, examples[i][1]);
		ck_assert(
		    sl_base64_decode(back, len, sl_slice_text(text)) == SL_OK);
		ck_assert_mem_eq(back, examples[i][0], len);
	}
}
END_TEST

START_TEST(keeps_every_byte_value)
{
	unsigned char bytes[256];
	unsigned char back[256];
	char text[SL_BASE64_LEN(256) + 1];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		sl_base64_encode(text, bytes, len);
		ck_assert(
		    sl_base64_decode(back, len, sl_slice_text(text)) == SL_OK);
		ck_assert(memcmp(back, bytes, len) == 0);
	}
}
END_TEST

TCase *
base64_cases(void)
{
	TCase *cases = tcase_create("base64");

	tcase_add_test(cases, refuses_what_is_not_canonical);
	tcase_add_test(cases, knows_the_examples_of_rfc_4648);
	tcase_add_test(cases, keeps_every_byte_value);
	return cases;
}
