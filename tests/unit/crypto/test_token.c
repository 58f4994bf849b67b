#include "sluice/crypto/token.h"

#include <sys/stat.h>

#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "suites.h"

START_TEST(every_mistyped_character_is_noticed)
{
	static const char characters[] =
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-+/"
	    " \n";
	char token[SL_TOKEN_LEN + 1];

	sl_token_make(token);
	for (size_t i = 0; i < SL_TOKEN_LEN; i++) {
		char right = token[i];

		for (const char *c = characters; *c != '\0'; c++) {
			token[i] = *c;
			ck_assert(sl_token_is_well_formed(
			              sl_slice_text(token)) == (*c == right));
		}
		token[i] = right;
	}
}
END_TEST

START_TEST(a_token_of_another_length_is_refused)
{
	char token[SL_TOKEN_LEN + 2];

	sl_token_make(token);
	for (size_t len = 0; len < SL_TOKEN_LEN; len++)
		ck_assert(!sl_token_is_well_formed(sl_slice_of(token, len)));
	token[SL_TOKEN_LEN] = '0';
	ck_assert(
	    !sl_token_is_well_formed(sl_slice_of(token, SL_TOKEN_LEN + 1)));
}
END_TEST

START_TEST(tokens_are_well_formed_and_differ)
{
	char first[SL_TOKEN_LEN + 1];
	char token[SL_TOKEN_LEN + 1];

	sl_token_make(first);
	for (int i = 0; i < 1000; i++) {
		sl_token_make(token);
		ck_assert_uint_eq(strlen(token), SL_TOKEN_LEN);
		ck_assert(sl_token_is_well_formed(sl_slice_text(token)));
		ck_assert_str_ne(token, first);
	}
}
END_TEST

START_TEST(the_format_is_fixed)
{
	/* A token of the first release; tokens outlive programs. */
	static const char token[] = "slc_live_0123456789ABCDEFGHIJKL1yor2A";
	unsigned char mac[SL_HMAC_BYTES];
	unsigned char zeros[SL_PEPPER_BYTES] = {0};
	struct sl_secret pepper;
	char text[2 * SL_HMAC_BYTES + 1];

	ck_assert(sl_token_is_well_formed(sl_slice_text(token)));
	ck_assert(sl_secret_copy(&pepper, sl_slice_of(zeros, sizeof(zeros))) ==
	    SL_OK);
	sl_token_mac(mac, &pepper, sl_slice_text(token));
	sl_hex_encode(text, mac, sizeof(mac));
	ck_assert_str_eq(text,
	    "63738282a3ff0c95db55ef49cd214e2dc45b220f0c81edccd0d56d19a2783462");
	sl_secret_clear(&pepper);
}
END_TEST

START_TEST(crc32_gives_the_check_value)
{
	ck_assert_uint_eq(sl_crc32(sl_slice_text("123456789")), 0xCBF43926u);
	ck_assert_uint_eq(sl_crc32(sl_slice_text("")), 0);
}
END_TEST

START_TEST(a_pepper_is_private_raw_and_never_replaced)
{
	/* Its last byte looks like a newline, which must not be dropped. */
	static const char raw[] = "0123456789abcdef0123456789abcde\n";
	struct sl_secret pepper;
	struct stat info;

	ck_assert(sl_pepper_create(in_folder("pepper"), NULL) == SL_OK);
	ck_assert(sl_pepper_create(in_folder("pepper"), NULL) == SL_ERR_EXISTS);
	ck_assert_int_eq(stat(in_folder("pepper"), &info), 0);
	ck_assert_uint_eq(info.st_mode & 0777, 0600);
	ck_assert(sl_pepper_load(&pepper, in_folder("pepper"), NULL) == SL_OK);
	ck_assert_uint_eq(pepper.len, SL_PEPPER_BYTES);
	sl_secret_clear(&pepper);

	write_file("wide", sl_slice_text(raw));
	ck_assert(
	    sl_pepper_load(&pepper, in_folder("wide"), NULL) == SL_ERR_AUTH);
	ck_assert_int_eq(chmod(in_folder("wide"), 0400), 0);
	ck_assert(sl_pepper_load(&pepper, in_folder("wide"), NULL) == SL_OK);
	ck_assert(sl_slice_is_text(sl_secret_slice(&pepper), raw));
	sl_secret_clear(&pepper);
	write_file("short", sl_slice_text("0123"));
	ck_assert(sl_pepper_load(&pepper, in_folder("short"), NULL) ==
	    SL_ERR_INVALID);
	ck_assert(sl_pepper_load(&pepper, in_folder("none"), NULL) ==
	    SL_ERR_NOT_FOUND);
}
END_TEST

TCase *
token_cases(void)
{
	TCase *cases = tcase_create("token");

	tcase_add_checked_fixture(cases, make_folder, remove_folder);
	tcase_add_test(cases, every_mistyped_character_is_noticed);
	tcase_add_test(cases, a_token_of_another_length_is_refused);
	tcase_add_test(cases, tokens_are_well_formed_and_differ);
	tcase_add_test(cases, the_format_is_fixed);
	tcase_add_test(cases, crc32_gives_the_check_value);
	tcase_add_test(cases, a_pepper_is_private_raw_and_never_replaced);
	return cases;
}
