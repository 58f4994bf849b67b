/* The trees of up to 300 leaves "leaf <i>", as lines of text: written from our
 * side, or read from another's and judged line by line (see check_log).
 *
 *   root SIZE HASH
 *   inclusion INDEX SIZE HASHES      hashes joined by commas, "-" for none
 *   consistency OLD NEW HASHES
 *   note VKEY BASE64                 a signed note and who signed it
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "naive_log.h"
#include "sluice/base/base64.h"
#include "sluice/base/checked.h"
#include "sluice/catalog/note.h"

#define LINE_MAX_BYTES 8192
#define HASH_LEN       SL_BASE64_LEN(SL_LOG_HASH_BYTES)
#define NOTE_NAME      "log.example.org/table/1"
#define NOTE_BODY      NOTE_NAME "\n300\nfrom sluice\n"

static const struct sl_log_reader reader = {naive_read, NULL};

static void
need(enum sl_status status)
{
	if (status == SL_OK)
		return;
	fprintf(stderr, "log_table: %s\n", sl_status_text(status));
	exit(1);
}

/* ---- writing ---- */

static void
put_hashes(const struct sl_log_hash *hashes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char text[HASH_LEN + 1];

		sl_base64_encode(
		    text, hashes[i].bytes, sizeof(hashes[i].bytes));
		printf("%s%s", i == 0 ? " " : ",", text);
	}
	puts(count == 0 ? " -" : "");
}

static void
write_size(size_t size)
{
	struct sl_log_proof proof;

	printf("root %zu", size);
	put_hashes(naive_root(0, size), 1);
	for (size_t i = 0; i < size; i++) {
		need(sl_log_prove_inclusion(&proof, i, size, &reader, NULL));
		printf("inclusion %zu %zu", i, size);
		put_hashes(proof.hashes, proof.count);
	}
	for (size_t old = 1; old <= size; old++) {
		need(
		    sl_log_prove_consistency(&proof, old, size, &reader, NULL));
		printf("consistency %zu %zu", old, size);
		put_hashes(proof.hashes, proof.count);
	}
}

static void
write_note(void)
{
	struct sl_sign_key *key;
	struct sl_verify_key half;
	char line[SL_NOTE_LINE_MAX];
	char vkey[SL_NOTE_VKEY_MAX];
	char note[1024];
	char text[SL_BASE64_LEN(sizeof(note)) + 1];

	need(sl_sign_key_generate(&key));
	sl_sign_key_public(key, &half);
	need(sl_note_format_vkey(vkey, &half, NOTE_NAME, false));
	need(sl_note_sign(line, key, NOTE_NAME, sl_slice_text(NOTE_BODY)));
	snprintf(note, sizeof(note), NOTE_BODY "\n%s", line);
	sl_base64_encode(text, note, strlen(note));
	printf("note %s %s\n", vkey, text);
	sl_sign_key_free(key);
}

/* ---- reading ---- */

/* The next word of *at, ended by a space or the line's end; "" at the end. */
static char *
next_word(char **at)
{
	char *word = *at;
	size_t len = strcspn(word, " \n");

	*at = word + len + (word[len] == '\0' ? 0 : 1);
	word[len] = '\0';
	return word;
}

static uint64_t
next_number(char **at)
{
	uint64_t value = UINT64_MAX;

	return sl_parse_u64(next_word(at), INT64_MAX, &value) ? value
	                                                      : UINT64_MAX;
}

static bool
next_hashes(struct sl_log_proof *out, char **at)
{
	char *word = next_word(at);

	out->count = 0;
	if (strcmp(word, "-") == 0)
		return true;
	while (out->count < SL_LOG_PROOF_MAX) {
		size_t len = strcspn(word, ",");

		if (sl_base64_decode(out->hashes[out->count++].bytes,
		        SL_LOG_HASH_BYTES, sl_slice_of(word, len)) != SL_OK)
			return false;
		if (word[len] == '\0')
			return true;
		word += len + 1;
	}
	return false;
}

static bool
is_size(uint64_t size)
{
	return size >= 1 && size <= NAIVE_MAX;
}

static bool
is_good_root(char **at)
{
	uint64_t size = next_number(at);
	struct sl_log_proof hashes;

	return is_size(size) && next_hashes(&hashes, at) && hashes.count == 1 &&
	    sl_log_hash_is(&hashes.hashes[0], naive_root(0, size));
}

static bool
is_good_inclusion(char **at)
{
	uint64_t index = next_number(at);
	uint64_t size = next_number(at);
	struct sl_log_proof proof;

	return is_size(size) && index < size && next_hashes(&proof, at) &&
	    sl_log_verify_inclusion(naive_root(index, index + 1), index, size,
	        &proof, naive_root(0, size)) == SL_OK;
}

static bool
is_good_consistency(char **at)
{
	uint64_t old = next_number(at);
	uint64_t size = next_number(at);
	struct sl_log_tree old_tree = {.size = old};
	struct sl_log_tree new_tree = {.size = size};
	struct sl_log_proof proof;

	if (!is_size(old) || !is_size(size) || !next_hashes(&proof, at))
		return false;
	old_tree.root = *naive_root(0, old);
	new_tree.root = *naive_root(0, size);
	return sl_log_verify_consistency(&old_tree, &new_tree, &proof) == SL_OK;
}

/* name+hash+base64(type, key), as Go writes it. */
static bool
read_vkey(struct sl_verify_key *out, char *name, const char *text)
{
	unsigned char raw[1 + SL_KEY_BYTES];
	size_t name_len = strcspn(text, "+");
	/* base64 has "+" too: the name and the hash have none. */
	const char *last = text + name_len + 1 + 2 * SL_NOTE_HASH_BYTES;
	char again[SL_NOTE_VKEY_MAX];

	if (name_len > SL_NOTE_NAME_MAX || strlen(text) < name_len + 11 ||
	    *last != '+' ||
	    sl_base64_decode(raw, sizeof(raw), sl_slice_text(last + 1)) !=
	        SL_OK)
		return false;
	memcpy(name, text, name_len);
	name[name_len] = '\0';
	memset(out, 0, sizeof(*out));
	memcpy(out->bytes, raw + 1, SL_KEY_BYTES);
	return sl_note_format_vkey(again, out, name, false) == SL_OK &&
	    strcmp(again, text) == 0;
}

static bool
is_good_note(char **at)
{
	const char *vkey = next_word(at);
	const char *packed = next_word(at);
	size_t len = strlen(packed) / 4 * 3;
	char name[SL_NOTE_NAME_MAX + 1];
	unsigned char text[LINE_MAX_BYTES];
	struct sl_verify_key key;
	struct sl_note note;

	while (len > 0 && SL_BASE64_LEN(len) >= strlen(packed) &&
	    sl_base64_decode(text, len, sl_slice_text(packed)) != SL_OK)
		len--;
	return read_vkey(&key, name, vkey) &&
	    sl_note_parse(&note, sl_slice_of(text, len), NULL) == SL_OK &&
	    sl_note_check(&note, name, &key) == SL_OK;
}

static bool
is_good(char *line)
{
	char *at = line;
	const char *kind = next_word(&at);

	if (strcmp(kind, "root") == 0)
		return is_good_root(&at);
	if (strcmp(kind, "inclusion") == 0)
		return is_good_inclusion(&at);
	if (strcmp(kind, "consistency") == 0)
		return is_good_consistency(&at);
	return strcmp(kind, "note") == 0 && is_good_note(&at);
}

int
main(int argc, char **argv)
{
	static char line[LINE_MAX_BYTES];
	size_t good = 0;
	size_t bad = 0;

	naive_fill();
	if (argc == 2 && strcmp(argv[1], "write") == 0) {
		for (size_t size = 1; size <= NAIVE_MAX; size++)
			write_size(size);
		write_note();
		return 0;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (is_good(line))
			good++;
		else
			bad++;
	}
	printf("%zu %zu\n", good, bad);
	return 0;
}
