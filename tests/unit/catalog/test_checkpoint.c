#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/catalog/checkpoint.h"
#include "sluice/crypto/minisig.h"
#include "suites.h"

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

START_TEST(a_body_has_one_spelling)
{
	static const char *const wrong[] = {
	    "",
	    "sluice.example.org/gr1/1\n7\n" ROOT,
	    "sluice.example.org/gr1/1\n7\n" ROOT "\n\n",
	    "sluice.example.org/gr1/1\n7\n" ROOT "\nextension\n",
	    "sluice.example.org/gr1/1\n07\n" ROOT "\n",
	    "sluice.example.org/gr1/01\n7\n" ROOT "\n",
	    "sluice.example.org/gr1/0\n7\n" ROOT "\n",
	    "sluice.example.org/gr1/1\n-7\n" ROOT "\n",
	    "sluice.example.org/gr1/1\n9223372036854775808\n" ROOT "\n",
	    "sluice.example.org/gr1\n7\n" ROOT "\n",
	    "sluice.example.org/gr1/1/\n7\n" ROOT "\n",
	    "sluice.example.org//1\n7\n" ROOT "\n",
	    "/gr1/1\n7\n" ROOT "\n",
	    "Sluice.example.org/gr1/1\n7\n" ROOT "\n",
	    "https://sluice.example.org/gr1/1\n7\n" ROOT "\n",
	    "sluice.example.org/GR1/1\n7\n" ROOT "\n",
	    "sluice.example.org/gr1/1\r\n7\n" ROOT "\n",
	    "sluice.example.org/gr1/1\n7\nAAAA\n",
	    "sluice.example.org/gr1/1 \n7\n" ROOT "\n",
	    "sluice.example.org/gr1/2147483647\n7\n" ROOT "\n",
	};
	struct sl_checkpoint checkpoint;
	struct sl_error err = {0};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		ck_assert_msg(
		    sl_checkpoint_parse(&checkpoint, sl_slice_text(wrong[i]),
		        &err) == SL_ERR_INVALID,
		    "%zu", i);
		ck_assert_str_eq(err.code, "bad_checkpoint");
	}
}
END_TEST

static void
read_one(struct sl_checkpoint *out)
{
	ck_assert(
	    sl_checkpoint_parse(out,
	        sl_slice_text("sluice.example.org/gr1/3\n1234\n" ROOT "\n"),
	        NULL) == SL_OK);
	ck_assert_str_eq(out->origin, "sluice.example.org");
	ck_assert_str_eq(out->dataset, "gr1");
	ck_assert_uint_eq(out->epoch, 3);
	ck_assert_uint_eq(out->tree.size, 1234);
}

START_TEST(values_that_no_log_has_are_not_written)
{
	struct sl_checkpoint good;
	struct sl_checkpoint bad;
	struct sl_buf buf;

	read_one(&good);
	sl_buf_init(&buf, 4096);
	bad = good;
	bad.epoch = 0;
	ck_assert(sl_checkpoint_format(&buf, &bad, NULL) == SL_ERR_INVALID);
	bad = good;
	bad.origin[0] = '/';
	ck_assert(sl_checkpoint_format(&buf, &bad, NULL) == SL_ERR_INVALID);
	bad = good;
	bad.dataset[0] = '\0';
	ck_assert(sl_checkpoint_format(&buf, &bad, NULL) == SL_ERR_INVALID);
	bad = good;
	bad.tree.size = UINT64_MAX;
	ck_assert(sl_checkpoint_format(&buf, &bad, NULL) == SL_ERR_INVALID);
	ck_assert_uint_eq(buf.len, 0);
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(a_checkpoint_counts_with_the_logs_signature_only)
{
	struct sl_checkpoint checkpoint;
	struct sl_checkpoint read;
	struct sl_note note;
	struct sl_sign_key *key;
	struct sl_verify_key keys[2] = {{{0}, {0}}};
	struct sl_minisig minisig;
	struct sl_buf text;
	struct sl_buf file;
	struct sl_error err = {0};
	size_t signer = 9;

	read_one(&checkpoint);
	sl_buf_init(&text, SL_NOTE_BYTES_MAX);
	sl_buf_init(&file, SL_MINISIG_MAX);
	ck_assert(sl_sign_key_generate(&key) == SL_OK);
	sl_sign_key_public(key, &keys[1]);
	ck_assert(
	    sl_checkpoint_sign(&text, &file, &checkpoint, key, &err) == SL_OK);
	ck_assert(sl_checkpoint_parse_note(
	              &read, &note, sl_buf_slice(&text), &err) == SL_OK);
	ck_assert(sl_checkpoint_check_log(
	              &read, &note, keys, 2, &signer, &err) == SL_OK);
	ck_assert_uint_eq(signer, 1);
	ck_assert(sl_checkpoint_check_log(&read, &note, keys, 1, NULL, &err) ==
	    SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "checkpoint_unsigned");
	/* The same 64 bytes in both files. */
	ck_assert(
	    sl_minisig_parse(&minisig, sl_buf_slice(&file), &err) == SL_OK);
	ck_assert_mem_eq(minisig.signature, note.lines[0].signature, 64);
	ck_assert(sl_minisig_verify(sl_buf_slice(&file), note.body, keys, 2,
	              NULL, &err) == SL_OK);
	note.lines[0].signature[5] ^= 1;
	ck_assert(sl_checkpoint_check_log(&read, &note, keys, 2, NULL, &err) ==
	    SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "bad_signature");
	sl_sign_key_free(key);
	sl_buf_clear(&text);
	sl_buf_clear(&file);
}
END_TEST

TCase *
checkpoint_cases(void)
{
	TCase *cases = tcase_create("checkpoint");

	tcase_add_test(cases, a_body_has_one_spelling);
	tcase_add_test(cases, values_that_no_log_has_are_not_written);
	tcase_add_test(cases, a_checkpoint_counts_with_the_logs_signature_only);
	return cases;
}
