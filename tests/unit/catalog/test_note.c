#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/catalog/note.h"
#include "suites.h"

#define NAME "sluice.example.org/gr1/1"
#define BODY         \
	NAME "\n7\n" \
	     "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

static struct sl_sign_key *key;
static struct sl_verify_key public_half;
static char text[SL_NOTE_BYTES_MAX + 64];

static void
make_note(void)
{
	char line[SL_NOTE_LINE_MAX];

	ck_assert(sl_sign_key_generate(&key) == SL_OK);
	sl_sign_key_public(key, &public_half);
	ck_assert(sl_note_sign(line, key, NAME, sl_slice_text(BODY)) == SL_OK);
	snprintf(text, sizeof(text), "%s\n%s", BODY, line);
	ck_assert(sl_note_cosign(line, key, "witness.example.org",
	              sl_slice_text(BODY), 1700000000) == SL_OK);
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s", line);
}

static void
free_key(void)
{
	sl_sign_key_free(key);
}

START_TEST(no_byte_of_a_note_can_be_changed)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			struct sl_note note;
			uint64_t time_s;
			bool is_good;

			text[i] = (char)(text[i] ^ (1 << bit));
			is_good = sl_note_parse(&note, sl_slice_of(text, len),
			              NULL) == SL_OK &&
			    sl_note_check(&note, NAME, &public_half) == SL_OK &&
			    sl_note_check_cosignature(&time_s, &note,
			        "witness.example.org", &public_half) == SL_OK;
			text[i] = (char)(text[i] ^ (1 << bit));
			ck_assert_msg(!is_good, "byte %zu bit %u", i, bit);
		}
	}
}
END_TEST

START_TEST(a_note_of_another_form_is_refused)
{
	static const char *const before[] = {"", "\n", "a", "a\n", "a\n\n\n",
	    "\n\na\n\n", "a\tb\n\n", "a\x7f\n\n", "\xc3\xa9\n\n", "a\r\n\n",
	    "a\n\n- n AAAA\n", "a\n\n\xe2\x80\x94 n AAAA\n",
	    "a\n\n\xe2\x80\x94  AAAA\n", "a\n\nx\n"};
	static const unsigned char zeros[SL_SIGNATURE_BYTES];
	char good[SL_NOTE_LINE_MAX];
	struct sl_note note;
	char made[600];

	ck_assert(sl_note_wrap(good, &public_half, "n", zeros) == SL_OK);
	snprintf(made, sizeof(made), "a\n\n%s", good);
	ck_assert(sl_note_parse(&note, sl_slice_text(made), NULL) == SL_OK);
	ck_assert_uint_eq(note.line_count, 1);
	ck_assert(sl_slice_is_text(note.body, "a\n"));
	for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
		snprintf(made, sizeof(made), "%s%s", before[i], good);
		ck_assert_msg(sl_note_parse(&note, sl_slice_text(made), NULL) ==
		        SL_ERR_INVALID,
		    "%zu", i);
	}
	ck_assert(sl_note_parse(&note, sl_slice_text("a\n\n"), NULL) ==
	    SL_ERR_INVALID);
	ck_assert(
	    sl_note_parse(&note, sl_slice_text(""), NULL) == SL_ERR_INVALID);
	snprintf(made, sizeof(made), "a\n\n%s\n", good);
	ck_assert(
	    sl_note_parse(&note, sl_slice_text(made), NULL) == SL_ERR_INVALID);
	snprintf(made, sizeof(made), "a\n\n%s", good);
	ck_assert(sl_note_parse(&note, sl_slice_of(made, strlen(made) - 1),
	              NULL) == SL_ERR_INVALID);
}
END_TEST

START_TEST(a_note_has_at_most_sixteen_lines_and_8_kib)
{
	char line[SL_NOTE_LINE_MAX];
	struct sl_note note;
	struct sl_buf buf;

	sl_buf_init(&buf, 2 * SL_NOTE_BYTES_MAX);
	ck_assert(sl_note_sign(line, key, NAME, sl_slice_text(BODY)) == SL_OK);
	ck_assert(sl_buf_printf(&buf, "%s\n", BODY) == SL_OK);
	for (size_t i = 0; i < SL_NOTE_LINES_MAX; i++)
		ck_assert(sl_buf_append_text(&buf, line) == SL_OK);
	ck_assert(sl_note_parse(&note, sl_buf_slice(&buf), NULL) == SL_OK);
	ck_assert_uint_eq(note.line_count, SL_NOTE_LINES_MAX);
	ck_assert(sl_buf_append_text(&buf, line) == SL_OK);
	ck_assert(
	    sl_note_parse(&note, sl_buf_slice(&buf), NULL) == SL_ERR_LIMIT);
	while (buf.len <= SL_NOTE_BYTES_MAX)
		ck_assert(sl_buf_append_text(&buf, line) == SL_OK);
	ck_assert(
	    sl_note_parse(&note, sl_buf_slice(&buf), NULL) == SL_ERR_LIMIT);
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(a_signature_counts_for_its_name_and_key_only)
{
	struct sl_sign_key *other;
	struct sl_verify_key other_half;
	struct sl_note note;
	uint64_t time_s;

	ck_assert(sl_sign_key_generate(&other) == SL_OK);
	sl_sign_key_public(other, &other_half);
	ck_assert(sl_note_parse(&note, sl_slice_text(text), NULL) == SL_OK);
	ck_assert(sl_note_check(&note, NAME, &public_half) == SL_OK);
	ck_assert(sl_note_check(&note, NAME, &other_half) == SL_ERR_NOT_FOUND);
	ck_assert(sl_note_check(&note, "sluice.example.org/gr1/2",
	              &public_half) == SL_ERR_NOT_FOUND);
	/* A log's line is no witness's, nor the reverse. */
	ck_assert(sl_note_check_cosignature(
	              &time_s, &note, NAME, &public_half) == SL_ERR_NOT_FOUND);
	ck_assert(sl_note_check(&note, "witness.example.org", &public_half) ==
	    SL_ERR_NOT_FOUND);
	ck_assert(sl_note_check_cosignature(&time_s, &note,
	              "witness.example.org", &public_half) == SL_OK);
	ck_assert_uint_eq(time_s, 1700000000);
	sl_sign_key_free(other);
}
END_TEST

START_TEST(the_newest_cosignature_of_a_witness_counts)
{
	char line[SL_NOTE_LINE_MAX];
	struct sl_note note;
	uint64_t time_s;

	ck_assert(sl_note_cosign(line, key, "witness.example.org",
	              sl_slice_text(BODY), 1700000900) == SL_OK);
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s", line);
	ck_assert(sl_note_parse(&note, sl_slice_text(text), NULL) == SL_OK);
	ck_assert_uint_eq(note.line_count, 3);
	ck_assert(sl_note_check_cosignature(&time_s, &note,
	              "witness.example.org", &public_half) == SL_OK);
	ck_assert_uint_eq(time_s, 1700000900);
}
END_TEST

START_TEST(bad_names_and_times_sign_nothing)
{
	static const char *const names[] = {
	    "", "a b", "a+b", "a\n", "\xc3\xa9", "\x7f"};
	char line[SL_NOTE_LINE_MAX];
	char vkey[SL_NOTE_VKEY_MAX];
	struct sl_slice body = sl_slice_text(BODY);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		ck_assert(
		    sl_note_sign(line, key, names[i], body) == SL_ERR_INVALID);
		ck_assert(sl_note_cosign(line, key, names[i], body, 1) ==
		    SL_ERR_INVALID);
		ck_assert(sl_note_format_vkey(vkey, &public_half, names[i],
		              false) == SL_ERR_INVALID);
	}
	ck_assert(sl_note_cosign(line, key, "w", body,
	              (uint64_t)INT64_MAX + 1) == SL_ERR_INVALID);
}
END_TEST

/* The example of C2SP's signed-note: a key of Go's package of that name. */
START_TEST(a_verifier_key_is_written_as_go_writes_it)
{
	/* PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW
	 */
	struct sl_verify_key neumann = {
	    .bytes = {0x1a, 0x5c, 0xd9, 0x07, 0x14, 0x3c, 0x38, 0x4c, 0x41,
	        0xe8, 0x30, 0xc5, 0xbc, 0xe1, 0x2a, 0xa8, 0x81, 0x7e, 0xc5,
	        0x64, 0x9a, 0xaa, 0xbf, 0x2c, 0x31, 0x38, 0x8b, 0x35, 0xb2,
	        0xd7, 0x44, 0xd6}};
	char vkey[SL_NOTE_VKEY_MAX];

	ck_assert(sl_note_format_vkey(vkey, &neumann, "PeterNeumann", false) ==
	    SL_OK);
	ck_assert_str_eq(vkey,
	    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/"
	    "LDE4izWy10TW");
}
END_TEST

TCase *
note_cases(void)
{
	TCase *cases = tcase_create("note");

	tcase_add_checked_fixture(cases, make_note, free_key);
	tcase_add_test(cases, no_byte_of_a_note_can_be_changed);
	tcase_add_test(cases, a_note_of_another_form_is_refused);
	tcase_add_test(cases, a_note_has_at_most_sixteen_lines_and_8_kib);
	tcase_add_test(cases, a_signature_counts_for_its_name_and_key_only);
	tcase_add_test(cases, bad_names_and_times_sign_nothing);
	tcase_add_test(cases, the_newest_cosignature_of_a_witness_counts);
	tcase_add_test(cases, a_verifier_key_is_written_as_go_writes_it);
	return cases;
}
