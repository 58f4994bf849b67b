#include "sluice/crypto/minisig.h"

#include "suites.h"

#define MESSAGE "# sluice-manifest/v1\n# dataset: d\n# seq: 7\n"
#define COMMENT "sluice-manifest/v1 d 7"

static struct sl_sign_key *key;
static struct sl_verify_key public_half;
static struct sl_buf file;

static void
make_signature(void)
{
	ck_assert(sl_sign_key_generate(&key) == SL_OK);
	sl_sign_key_public(key, &public_half);
	sl_buf_init(&file, 4096);
	ck_assert(sl_minisig_write(
	              &file, key, sl_slice_text(MESSAGE), COMMENT) == SL_OK);
}

static void
free_signature(void)
{
	sl_buf_clear(&file);
	sl_sign_key_free(key);
}

static enum sl_status
verify(struct sl_slice text, struct sl_error *err)
{
	return sl_minisig_verify(
	    text, sl_slice_text(MESSAGE), &public_half, 1, NULL, err);
}

/* Where line `number` (from 0) begins. */
static size_t
line_start(int number)
{
	size_t at = 0;

	while (number > 0)
		number -= file.data[at++] == '\n';
	return at;
}

START_TEST(every_changed_byte_that_is_signed_is_refused)
{
	/* Of the first line only the words "untrusted comment: " count. */
	size_t free_from = strlen("untrusted comment: ");
	size_t free_to = line_start(1) - 1;

	for (size_t i = 0; i < file.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			if (i >= free_from && i < free_to)
				continue;
			file.data[i] ^= (unsigned char)(1 << bit);
			ck_assert(verify(sl_buf_slice(&file), NULL) != SL_OK);
			file.data[i] ^= (unsigned char)(1 << bit);
		}
	}
	ck_assert(verify(sl_buf_slice(&file), NULL) == SL_OK);
}
END_TEST

START_TEST(every_changed_byte_of_the_message_is_refused)
{
	unsigned char message[] = MESSAGE;
	size_t len = strlen(MESSAGE);

	for (size_t i = 0; i < len; i++) {
		message[i] ^= 1;
		ck_assert(sl_minisig_verify(sl_buf_slice(&file),
		              sl_slice_of(message, len), &public_half, 1, NULL,
		              NULL) == SL_ERR_INTEGRITY);
		message[i] ^= 1;
	}
}
END_TEST

START_TEST(every_cut_or_longer_file_is_malformed)
{
	for (size_t len = 0; len < file.len; len++)
		ck_assert(verify(sl_slice_of(file.data, len), NULL) ==
		    SL_ERR_INVALID);
	ck_assert(sl_buf_append_text(&file, "\n") == SL_OK);
	ck_assert(verify(sl_buf_slice(&file), NULL) == SL_ERR_INVALID);
}
END_TEST

START_TEST(a_file_above_the_maximum_is_malformed)
{
	struct sl_buf large;

	sl_buf_init(&large, 8192);
	ck_assert(sl_buf_append_text(&large, "untrusted comment: ") == SL_OK);
	while (large.len < SL_MINISIG_MAX)
		ck_assert(sl_buf_append_text(&large, "x") == SL_OK);
	ck_assert(sl_buf_append(&large, file.data + line_start(1) - 1,
	              file.len - line_start(1) + 1) == SL_OK);
	ck_assert(verify(sl_buf_slice(&large), NULL) == SL_ERR_INVALID);
	sl_buf_clear(&large);
}
END_TEST

START_TEST(the_prehashed_variant_is_refused)
{
	/* "RW" begins "Ed", "RU" begins "ED". */
	ck_assert_int_eq(file.data[line_start(1) + 1], 'W');
	file.data[line_start(1) + 1] = 'U';
	ck_assert(verify(sl_buf_slice(&file), NULL) == SL_ERR_INVALID);
}
END_TEST

START_TEST(an_unknown_key_and_a_wrong_signature_have_codes)
{
	struct sl_verify_key other = public_half;
	struct sl_error err = {0};

	other.id[0] ^= 1;
	ck_assert(sl_minisig_verify(sl_buf_slice(&file), sl_slice_text(MESSAGE),
	              &other, 1, NULL, &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "unknown_key");
	ck_assert(sl_minisig_verify(sl_buf_slice(&file), sl_slice_text(MESSAGE),
	              NULL, 0, NULL, &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "unknown_key");
	ck_assert(sl_minisig_verify(sl_buf_slice(&file), sl_slice_text("x"),
	              &public_half, 1, NULL, &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "bad_signature");
}
END_TEST

START_TEST(a_second_key_with_the_same_id_is_tried)
{
	struct sl_verify_key keys[2] = {public_half, public_half};
	size_t signer = 9;

	keys[0].bytes[0] ^= 1;
	ck_assert(sl_minisig_verify(sl_buf_slice(&file), sl_slice_text(MESSAGE),
	              keys, 2, &signer, NULL) == SL_OK);
	ck_assert_uint_eq(signer, 1);
}
END_TEST

START_TEST(a_comment_of_two_lines_is_not_written)
{
	struct sl_buf out;

	sl_buf_init(&out, 4096);
	ck_assert(sl_minisig_write(&out, key, sl_slice_text("x"), "a\nb") ==
	    SL_ERR_INVALID);
	ck_assert_uint_eq(out.len, 0);
	sl_buf_clear(&out);
}
END_TEST

START_TEST(the_trusted_comment_can_be_read)
{
	struct sl_minisig minisig;

	ck_assert(
	    sl_minisig_parse(&minisig, sl_buf_slice(&file), NULL) == SL_OK);
	ck_assert(sl_slice_is_text(minisig.trusted_comment, COMMENT));
	ck_assert_mem_eq(minisig.key_id, public_half.id, SL_KEY_ID_BYTES);
}
END_TEST

TCase *
minisig_cases(void)
{
	TCase *cases = tcase_create("minisig");

	tcase_add_checked_fixture(cases, make_signature, free_signature);
	tcase_add_test(cases, every_changed_byte_that_is_signed_is_refused);
	tcase_add_test(cases, every_changed_byte_of_the_message_is_refused);
	tcase_add_test(cases, every_cut_or_longer_file_is_malformed);
	tcase_add_test(cases, a_file_above_the_maximum_is_malformed);
	tcase_add_test(cases, the_prehashed_variant_is_refused);
	tcase_add_test(cases, an_unknown_key_and_a_wrong_signature_have_codes);
	tcase_add_test(cases, a_second_key_with_the_same_id_is_tried);
	tcase_add_test(cases, a_comment_of_two_lines_is_not_written);
	tcase_add_test(cases, the_trusted_comment_can_be_read);
	return cases;
}
