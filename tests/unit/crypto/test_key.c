#include "sluice/crypto/key.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "suites.h"

static struct sl_sign_key *key;
static struct sl_verify_key public_half;

static void
make_key(void)
{
	make_folder();
	ck_assert(sl_sign_key_generate(&key) == SL_OK);
	sl_sign_key_public(key, &public_half);
}

static void
free_key(void)
{
	sl_sign_key_free(key);
	remove_folder();
}

static enum sl_status
load_text(struct sl_slice text)
{
	struct sl_sign_key *loaded;
	enum sl_status status;

	ck_assert(
	    sl_file_replace(in_folder("x.key"), text, 0600, NULL) == SL_OK);
	status = sl_sign_key_load(&loaded, in_folder("x.key"), NULL);
	ck_assert(status == SL_OK || loaded == NULL);
	sl_sign_key_free(loaded);
	return status;
}

START_TEST(a_damaged_secret_key_file_never_loads)
{
	struct sl_buf file;

	ck_assert(sl_sign_key_save(key, in_folder("a.key"), NULL) == SL_OK);
	sl_buf_init(&file, 1024);
	ck_assert(sl_file_read(&file, in_folder("a.key"), NULL) == SL_OK);
	ck_assert(load_text(sl_buf_slice(&file)) == SL_OK);
	for (size_t len = 0; len + 1 < file.len; len++)
		ck_assert(
		    load_text(sl_slice_of(file.data, len)) == SL_ERR_INVALID);
	/* The comment's words and the key id (up to the 14th character of the
	 * second line) are not covered. */
	for (size_t i = 40 + 14; i < file.len - 1; i++) {
		file.data[i] ^= 1;
		ck_assert(load_text(sl_buf_slice(&file)) == SL_ERR_INVALID);
		file.data[i] ^= 1;
	}
	ck_assert(sl_buf_append_text(&file, "x") == SL_OK);
	ck_assert(load_text(sl_buf_slice(&file)) == SL_ERR_INVALID);
	sl_buf_clear(&file);
}
END_TEST

START_TEST(a_secret_key_that_others_can_read_is_refused)
{
	struct sl_sign_key *loaded;

	ck_assert(sl_sign_key_save(key, in_folder("a.key"), NULL) == SL_OK);
	ck_assert_int_eq(chmod(in_folder("a.key"), 0640), 0);
	ck_assert(
	    sl_sign_key_load(&loaded, in_folder("a.key"), NULL) == SL_ERR_AUTH);
	ck_assert_ptr_null(loaded);
}
END_TEST

START_TEST(a_key_is_never_written_over)
{
	ck_assert(sl_sign_key_save(key, in_folder("a.key"), NULL) == SL_OK);
	ck_assert(
	    sl_sign_key_save(key, in_folder("a.key"), NULL) == SL_ERR_EXISTS);
}
END_TEST

START_TEST(a_saved_secret_key_is_private_and_loads_again)
{
	unsigned char signature[SL_SIGNATURE_BYTES];
	struct sl_sign_key *loaded;
	struct sl_verify_key again;
	struct stat info;

	ck_assert(sl_sign_key_save(key, in_folder("a.key"), NULL) == SL_OK);
	ck_assert_int_eq(stat(in_folder("a.key"), &info), 0);
	ck_assert_uint_eq(info.st_mode & 0777, 0600);
	ck_assert(sl_sign_key_load(&loaded, in_folder("a.key"), NULL) == SL_OK);
	sl_sign_key_public(loaded, &again);
	ck_assert(sl_verify_key_is(&again, &public_half));
	sl_sign_key_sign(loaded, signature, sl_slice_text("words"));
	ck_assert(sl_verify_key_check(&public_half, sl_slice_text("words"),
	              signature) == SL_OK);
	ck_assert(sl_verify_key_check(&public_half, sl_slice_text("wordt"),
	              signature) == SL_ERR_INTEGRITY);
	sl_sign_key_free(loaded);
}
END_TEST

START_TEST(a_public_key_survives_text_and_file)
{
	char text[SL_KEY_TEXT_LEN + 1];
	struct sl_verify_key again;

	sl_verify_key_format(text, &public_half);
	ck_assert_uint_eq(strlen(text), SL_KEY_TEXT_LEN);
	ck_assert_mem_eq(text, "RW", 2);
	ck_assert(sl_verify_key_parse(&again, sl_slice_text(text)) == SL_OK);
	ck_assert(sl_verify_key_is(&again, &public_half));
	ck_assert(sl_verify_key_save(&public_half, in_folder("a.pub"), NULL) ==
	    SL_OK);
	ck_assert(
	    sl_verify_key_load(&again, in_folder("a.pub"), NULL) == SL_OK);
	ck_assert(sl_verify_key_is(&again, &public_half));
	write_file("b.pub", sl_slice_text(text));
	ck_assert(
	    sl_verify_key_load(&again, in_folder("b.pub"), NULL) == SL_OK);
	ck_assert(sl_verify_key_is(&again, &public_half));
}
END_TEST

START_TEST(text_that_is_no_public_key_is_refused)
{
	static const char *const wrong[] = {
	    "",
	    "RW",
	    "RUSi8aGC4oJMfcAnBnYcVzVrmNoNbKzqNLLZ1sRTPPkSn8DJKKpdAJBt",
	    "RWSi8aGC4oJMfcAnBnYcVzVrmNoNbKzqNLLZ1sRTPPkSn8DJKKpdAJB",
	    "RWSi8aGC4oJMfcAnBnYcVzVrmNoNbKzqNLLZ1sRTPPkSn8DJKKpdAJBt\n",
	    "RWSi8aGC4oJMfcAnBnYcVzVrmNoNbKzqNLLZ1sRTPPkSn8DJKKpdAJBtAAAA",
	};
	struct sl_verify_key parsed;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert(sl_verify_key_parse(&parsed,
		              sl_slice_text(wrong[i])) == SL_ERR_INVALID);
	write_file("x.pub", sl_slice_text("untrusted comment: x\nRW\n"));
	ck_assert(sl_verify_key_load(&parsed, in_folder("x.pub"), NULL) ==
	    SL_ERR_INVALID);
	ck_assert(sl_verify_key_load(&parsed, in_folder("none"), NULL) ==
	    SL_ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_key_id_reads_as_minisign_prints_it)
{
	struct sl_verify_key made = {.id = {1, 2, 3, 4, 5, 6, 7, 0xAB}};
	char text[SL_KEY_ID_TEXT_LEN + 1];

	sl_verify_key_format_id(text, &made);
	ck_assert_str_eq(text, "AB07060504030201");
}
END_TEST

static const char *
load_code(const char *name, const char *passphrase)
{
	static struct sl_error err;
	struct sl_sign_key *loaded;
	enum sl_status status;

	memset(&err, 0, sizeof(err));
	status = passphrase == NULL
	    ? sl_sign_key_load(&loaded, in_folder(name), &err)
	    : sl_sign_key_load_sealed(
	          &loaded, in_folder(name), sl_slice_text(passphrase), &err);
	ck_assert((status == SL_OK) == (loaded != NULL));
	sl_sign_key_free(loaded);
	if (status == SL_OK)
		return "ok";
	return err.code[0] != '\0' ? err.code : sl_status_name(status);
}

START_TEST(a_sealed_key_opens_with_its_passphrase_only)
{
	struct sl_buf file;

	ck_assert(sl_sign_key_save_sealed(key, in_folder("a.key"),
	              sl_slice_text(""), NULL) == SL_ERR_INVALID);
	ck_assert(sl_sign_key_save_sealed(key, in_folder("a.key"),
	              sl_slice_text("correct horse"), NULL) == SL_OK);
	ck_assert_str_eq(load_code("a.key", NULL), "passphrase_needed");
	ck_assert_str_eq(
	    load_code("a.key", "correct hors"), "wrong_passphrase");
	ck_assert_str_eq(load_code("a.key", ""), "wrong_passphrase");
	ck_assert_str_eq(load_code("a.key", "correct horse"), "ok");
	ck_assert(sl_sign_key_save_sealed(key, in_folder("a.key"),
	              sl_slice_text("x"), NULL) == SL_ERR_EXISTS);
	/* A character of the box (kept base64), and the end cut off. */
	sl_buf_init(&file, 1024);
	ck_assert(sl_file_read(&file, in_folder("a.key"), NULL) == SL_OK);
	file.data[file.len - 20] = file.data[file.len - 20] == 'A' ? 'B' : 'A';
	ck_assert(sl_file_replace(in_folder("b.key"), sl_buf_slice(&file), 0600,
	              NULL) == SL_OK);
	ck_assert_str_eq(
	    load_code("b.key", "correct horse"), "wrong_passphrase");
	ck_assert(
	    sl_file_replace(in_folder("c.key"),
	        sl_slice_of(file.data, file.len - 5), 0600, NULL) == SL_OK);
	ck_assert_str_eq(load_code("c.key", "correct horse"), "SL_ERR_INVALID");
	sl_buf_clear(&file);
}
END_TEST

START_TEST(a_plain_key_takes_no_passphrase)
{
	ck_assert(sl_sign_key_save(key, in_folder("a.key"), NULL) == SL_OK);
	ck_assert_str_eq(load_code("a.key", "any"), "SL_ERR_INVALID");
	ck_assert_str_eq(load_code("a.key", NULL), "ok");
}
END_TEST

TCase *
key_cases(void)
{
	TCase *cases = tcase_create("key");

	tcase_add_checked_fixture(cases, make_key, free_key);
	tcase_add_test(cases, a_damaged_secret_key_file_never_loads);
	tcase_add_test(cases, a_secret_key_that_others_can_read_is_refused);
	tcase_add_test(cases, a_sealed_key_opens_with_its_passphrase_only);
	tcase_add_test(cases, a_plain_key_takes_no_passphrase);
	tcase_add_test(cases, a_key_is_never_written_over);
	tcase_add_test(cases, a_saved_secret_key_is_private_and_loads_again);
	tcase_add_test(cases, a_public_key_survives_text_and_file);
	tcase_add_test(cases, text_that_is_no_public_key_is_refused);
	tcase_add_test(cases, a_key_id_reads_as_minisign_prints_it);
	return cases;
}
