#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/file.h"
#include "sluice/catalog/witness.h"

#include "suites.h"

#define NOW_S   INT64_C(1795223700)
#define BODY    "test.sluice/seen/1\n1\nAAAA\n"
#define KEYS    5 /* 1 to 4 in the cases */
#define COLUMNS 4

static struct sl_sign_key *pairs[KEYS];

static void
make_pairs(void)
{
	for (size_t i = 0; i < KEYS; i++)
		ck_assert(sl_sign_key_generate(&pairs[i]) == SL_OK);
}

static void
free_pairs(void)
{
	for (size_t i = 0; i < KEYS; i++)
		sl_sign_key_free(pairs[i]);
}

/* "NAME=KEY…": the key's number; `*rest` is what follows. */
static size_t
take_number(const char *word, char **rest)
{
	const char *equals = strchr(word, '=');
	unsigned long number;

	ck_assert_ptr_nonnull(equals);
	number = strtoul(equals + 1, rest, 10);
	ck_assert(number > 0 && number < KEYS);
	return number;
}

/* `place` makes the id, so that a key may be listed under two names. */
static void
list(struct sl_trust *trust, const char *word, int place)
{
	struct sl_trust_key line = {.name = ""};
	struct sl_trust_revocation revoked = {.reason = "lost"};
	char *rest;
	size_t number = take_number(word, &rest);

	sl_sign_key_public(pairs[number], &line.key);
	memset(line.key.id, place, sizeof(line.key.id));
	(void)snprintf(line.name, sizeof(line.name), "%.*s",
	    (int)strcspn(word, "="), word);
	ck_assert(sl_trust_add_key(trust, SL_TRUST_WITNESS, &line) == SL_OK);
	revoked.key = line.key;
	if (*rest == '!')
		ck_assert(sl_trust_add_revoked(trust, &revoked) == SL_OK);
}

static void
cosign(struct sl_buf *note, const char *word)
{
	char line[SL_NOTE_LINE_MAX];
	char name[64];
	char *rest;
	size_t number = take_number(word, &rest);
	int64_t time_s = NOW_S + strtol(rest + 1, NULL, 10);

	ck_assert_int_eq(*rest, '@');
	(void)snprintf(
	    name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	ck_assert(sl_note_cosign(line, pairs[number], name, sl_slice_text(BODY),
	              (uint64_t)time_s) == SL_OK);
	ck_assert(sl_buf_append_text(note, line) == SL_OK);
}

static void
start_note(struct sl_buf *note)
{
	char line[SL_NOTE_LINE_MAX];

	sl_buf_init(note, SL_NOTE_BYTES_MAX);
	ck_assert(sl_note_sign(line, pairs[0], "test.sluice/seen/1",
	              sl_slice_text(BODY)) == SL_OK);
	ck_assert(sl_buf_append_text(note, BODY "\n") == SL_OK);
	ck_assert(sl_buf_append_text(note, line) == SL_OK);
}

/* "-" stands for none. */
static bool
has_words(const char *column)
{
	return column != NULL && strcmp(column, "-") != 0;
}

static void
check_case(char *columns[COLUMNS])
{
	struct sl_witnessed witnessed;
	struct sl_trust trust;
	struct sl_note note;
	struct sl_buf text;
	char *word;
	int place = 0;

	sl_trust_init(&trust);
	start_note(&text);
	while (
	    has_words(columns[1]) && (word = strsep(&columns[1], " ")) != NULL)
		list(&trust, word, ++place);
	while (
	    has_words(columns[2]) && (word = strsep(&columns[2], " ")) != NULL)
		cosign(&text, word);
	ck_assert(sl_note_parse(&note, sl_buf_slice(&text), NULL) == SL_OK);
	ck_assert(sl_witnessed_read(&witnessed, &trust, &note, NOW_S * 1000000,
	              NULL) == SL_OK);
	ck_assert_msg(witnessed.count == strtoul(columns[3], NULL, 10),
	    "%s: %zu", columns[0], witnessed.count);
	sl_buf_clear(&text);
	sl_trust_clear(&trust);
}

START_TEST(clients_count_witnesses_as_the_database_does)
{
	const char *root = getenv("SL_SRCDIR");
	char path[4096];
	struct sl_buf text;
	char *lines;
	char *line;
	char *rest;
	size_t count = 0;

	ck_assert_ptr_nonnull(root);
	(void)snprintf(
	    path, sizeof(path), "%s/tests/sql/witness_cases.tsv", root);
	sl_buf_init(&text, 1 << 16);
	ck_assert(sl_file_read(&text, path, NULL) == SL_OK);
	lines = strndup((const char *)text.data, text.len);
	ck_assert_ptr_nonnull(lines);
	rest = lines;
	while ((line = strsep(&rest, "\n")) != NULL) {
		char *columns[COLUMNS];

		if (line[0] == '#' || line[0] == '\0')
			continue;
		for (size_t i = 0; i < COLUMNS; i++) {
			columns[i] = strsep(&line, "\t");
			ck_assert_ptr_nonnull(columns[i]);
		}
		check_case(columns);
		count++;
	}
	ck_assert_uint_ge(count, 20);
	free(lines);
	sl_buf_clear(&text);
}
END_TEST

START_TEST(a_line_that_is_not_its_witness_spoils_the_checkpoint)
{
	struct sl_witnessed witnessed;
	struct sl_error err = {0};
	struct sl_trust trust;
	struct sl_note note;
	struct sl_buf text;
	unsigned char *last;

	sl_trust_init(&trust);
	list(&trust, "a=1", 1);
	list(&trust, "b=2", 2);
	start_note(&text);
	cosign(&text, "b=2@-60");
	cosign(&text, "a=1@-60");
	/* In the last bytes of the last signature; base64 it stays. */
	last = &text.data[text.len - 6];
	*last = *last == 'A' ? 'B' : 'A';
	ck_assert(sl_note_parse(&note, sl_buf_slice(&text), NULL) == SL_OK);
	ck_assert(sl_witnessed_read(&witnessed, &trust, &note, NOW_S * 1000000,
	              &err) == SL_ERR_INTEGRITY);
	ck_assert_str_eq(err.code, "bad_signature");
	sl_buf_clear(&text);
	sl_trust_clear(&trust);
}
END_TEST

TCase *
witness_cases(void)
{
	TCase *tc = tcase_create("witness");

	tcase_add_checked_fixture(tc, make_pairs, free_pairs);
	tcase_add_test(tc, clients_count_witnesses_as_the_database_does);
	tcase_add_test(
	    tc, a_line_that_is_not_its_witness_spoils_the_checkpoint);
	return tc;
}
