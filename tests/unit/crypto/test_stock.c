/* Our keys and signatures against minisign, signify and openssl, both ways. */
#include <stdio.h>
#include <string.h>

#include "sluice/base/file.h"
#include "sluice/crypto/minisig.h"
#include "suites.h"

#define MESSAGE "# sluice-manifest/v1\nSHA256 (index.json) = 00\n"

static bool
is_missing(const char *program)
{
	if (run("command -v %s >/dev/null", program) == 0)
		return false;
	printf("skipped: %s is not installed\n", program);
	return true;
}

/* m, m.minisig, k.pub in the folder. */
static void
make_signed_file(void)
{
	struct sl_verify_key public_half;
	struct sl_sign_key *key;
	char pem[SL_KEY_PEM_LEN + 1];
	struct sl_buf file;

	make_folder();
	sl_buf_init(&file, SL_MINISIG_MAX);
	ck_assert(sl_sign_key_generate(&key) == SL_OK);
	sl_sign_key_public(key, &public_half);
	ck_assert(sl_minisig_write(&file, key, sl_slice_text(MESSAGE),
	              "sluice-manifest/v1 d 1") == SL_OK);
	write_file("m", sl_slice_text(MESSAGE));
	write_file("wrong", sl_slice_text(MESSAGE "x"));
	write_file("m.minisig", sl_buf_slice(&file));
	ck_assert(sl_verify_key_save(&public_half, in_folder("k.pub"), NULL) ==
	    SL_OK);
	sl_verify_key_format_pem(pem, &public_half);
	ck_assert_uint_eq(strlen(pem), SL_KEY_PEM_LEN);
	write_file("k.pem", sl_slice_text(pem));
	sl_buf_clear(&file);
	sl_sign_key_free(key);
}

START_TEST(minisign_accepts_ours)
{
	if (is_missing("minisign"))
		return;
	ck_assert_int_eq(run("minisign -qVm m -p k.pub"), 0);
	ck_assert_int_ne(
	    run("minisign -qVm wrong -x m.minisig -p k.pub 2>/dev/null"), 0);
	ck_assert_int_eq(run("minisign -QVm m -p k.pub | "
	                     "grep -qx 'sluice-manifest/v1 d 1'"),
	    0);
}
END_TEST

START_TEST(signify_accepts_ours)
{
	if (is_missing("signify-openbsd"))
		return;
	ck_assert_int_eq(
	    run("signify-openbsd -qV -m m -x m.minisig -p k.pub"), 0);
	ck_assert_int_ne(run("signify-openbsd -qV -m wrong -x m.minisig "
	                     "-p k.pub 2>/dev/null"),
	    0);
}
END_TEST

START_TEST(openssl_accepts_ours)
{
	if (is_missing("openssl"))
		return;
	ck_assert_int_eq(run("{ printf '\\060\\052\\060\\005\\006\\003\\053"
	                     "\\145\\160\\003\\041\\000'; sed -n 2p k.pub | "
	                     "base64 -d | tail -c 32; } > k.der"),
	    0);
	ck_assert_int_eq(
	    run("sed -n 2p m.minisig | base64 -d | tail -c 64 > s"), 0);
	ck_assert_int_eq(run("openssl pkeyutl -verify -rawin -pubin "
	                     "-keyform DER -inkey k.der -sigfile s -in m "
	                     ">/dev/null 2>&1"),
	    0);
	ck_assert_int_ne(run("openssl pkeyutl -verify -rawin -pubin "
	                     "-keyform DER -inkey k.der -sigfile s -in wrong "
	                     ">/dev/null 2>&1"),
	    0);
	ck_assert_int_eq(run("openssl pkeyutl -verify -rawin -pubin "
	                     "-inkey k.pem -sigfile s -in m >/dev/null 2>&1"),
	    0);
}
END_TEST

START_TEST(we_accept_what_minisign_signs_the_plain_way)
{
	struct sl_verify_key key;
	struct sl_buf file;

	if (is_missing("minisign"))
		return;
	ck_assert_int_eq(run("minisign -GWf -p s.pub -s s.key >/dev/null"), 0);
	ck_assert_int_eq(
	    run("minisign -Sl -s s.key -m m -x s.minisig >/dev/null"), 0);
	ck_assert_int_eq(
	    run("minisign -S -s s.key -m m -x h.minisig >/dev/null"), 0);
	ck_assert(sl_verify_key_load(&key, in_folder("s.pub"), NULL) == SL_OK);
	sl_buf_init(&file, SL_MINISIG_MAX);
	ck_assert(sl_file_read(&file, in_folder("s.minisig"), NULL) == SL_OK);
	ck_assert(sl_minisig_verify(sl_buf_slice(&file), sl_slice_text(MESSAGE),
	              &key, 1, NULL, NULL) == SL_OK);
	sl_buf_reset(&file);
	ck_assert(sl_file_read(&file, in_folder("h.minisig"), NULL) == SL_OK);
	ck_assert(sl_minisig_verify(sl_buf_slice(&file), sl_slice_text(MESSAGE),
	              &key, 1, NULL, NULL) == SL_ERR_INVALID);
	sl_buf_clear(&file);
}
END_TEST

TCase *
stock_cases(void)
{
	TCase *cases = tcase_create("stock programs");

	tcase_add_checked_fixture(cases, make_signed_file, remove_folder);
	tcase_add_test(cases, minisign_accepts_ours);
	tcase_add_test(cases, signify_accepts_ours);
	tcase_add_test(cases, openssl_accepts_ours);
	tcase_add_test(cases, we_accept_what_minisign_signs_the_plain_way);
	return cases;
}
