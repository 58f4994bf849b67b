/* Version 1 of batch format, log and trust, as tests/golden/v1 has it: what
 * was made from fixed keys is read, proven, written and signed the same. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/base64.h"
#include "sluice/base/file.h"
#include "sluice/catalog/checkpoint.h"
#include "sluice/catalog/index.h"
#include "sluice/catalog/log.h"
#include "sluice/catalog/manifest.h"
#include "sluice/catalog/tile.h"
#include "sluice/catalog/trust.h"
#include "sluice/crypto/minisig.h"
#include "sluice/crypto/sha256.h"
#include "suites.h"

#define BATCHES   3
#define FILES_MAX (64 * 1024)
#define SECRET    64
#define WITNESS   "witness.example.org"

static void
read_v1(struct sl_buf *out, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "v1/%s", name);
	sl_buf_init(out, FILES_MAX);
	read_golden(out, path);
}

static void
read_of_batch(struct sl_buf *out, unsigned seq, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "batches/%06u/%s", seq, name);
	read_v1(out, path);
}

static struct sl_verify_key
read_key(const char *name)
{
	struct sl_verify_key key;
	struct sl_buf text;
	char path[64];

	snprintf(path, sizeof(path), "keys/%s.pub", name);
	read_v1(&text, path);
	ck_assert_uint_gt(text.len, SL_KEY_TEXT_LEN + 1);
	ck_assert(sl_verify_key_parse(&key,
	              sl_slice_of(text.data + text.len - 1 - SL_KEY_TEXT_LEN,
	                  SL_KEY_TEXT_LEN)) == SL_OK);
	sl_buf_clear(&text);
	return key;
}

/* The secret half is SHA-256 of the words that its name comes from. */
static struct sl_sign_key *
make_sign_key(const char *name, const char *words)
{
	const struct sl_verify_key public_half = read_key(name);
	unsigned char raw[2 + SL_KEY_ID_BYTES + SECRET] = "Ed";
	char text[SL_BASE64_LEN(sizeof(raw)) + 1];
	char path[] = "/tmp/sluice-v1-XXXXXX";
	struct sl_sign_key *key;
	int fd;

	memcpy(raw + 2, public_half.id, SL_KEY_ID_BYTES);
	ck_assert(sl_sha256_of(raw + 2 + SL_KEY_ID_BYTES,
	              sl_slice_text(words)) == SL_OK);
	memcpy(
	    raw + sizeof(raw) - SL_KEY_BYTES, public_half.bytes, SL_KEY_BYTES);
	sl_base64_encode(text, raw, sizeof(raw));
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	dprintf(fd, "untrusted comment: sluice secret key\n%s\n", text);
	close(fd);
	ck_assert(sl_sign_key_load(&key, path, NULL) == SL_OK);
	unlink(path);
	return key;
}

static void
assert_same(struct sl_buf *made, const struct sl_buf *golden)
{
	ck_assert(sl_slice_is(sl_buf_slice(made), sl_buf_slice(golden)));
	sl_buf_clear(made);
}

/* A version of the trust file with its two signatures. */
struct version {
	struct sl_trust trust;
	struct sl_buf text;
	struct sl_buf files[2];
	struct sl_slice signatures[2];
};

static void
version_read(struct version *out, unsigned number, const char *const ids[2])
{
	char path[64];

	sl_trust_init(&out->trust);
	snprintf(path, sizeof(path), "trust/%06u/trust", number);
	read_v1(&out->text, path);
	ck_assert(sl_trust_parse(&out->trust, sl_buf_slice(&out->text), NULL) ==
	    SL_OK);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "trust/%06u/%s.minisig", number,
		    ids[i]);
		read_v1(&out->files[i], path);
		out->signatures[i] = sl_buf_slice(&out->files[i]);
	}
}

static void
version_clear(struct version *version)
{
	sl_trust_clear(&version->trust);
	sl_buf_clear(&version->text);
	sl_buf_clear(&version->files[0]);
	sl_buf_clear(&version->files[1]);
}

/* Both versions; their signers are in the files' names. */
static void
read_chain(struct version out[2])
{
	static const char *const names[2][2] = {
	    {"root-0", "root-1"}, {"root-0", "root-2"}};

	for (unsigned i = 0; i < 2; i++) {
		char ids[2][SL_KEY_ID_TEXT_LEN + 1];
		const char *const pair[2] = {ids[0], ids[1]};

		for (int j = 0; j < 2; j++) {
			struct sl_verify_key key = read_key(names[i][j]);

			sl_verify_key_format_id(ids[j], &key);
		}
		version_read(&out[i], i + 1, pair);
	}
}

START_TEST(the_chain_of_trust_files_is_followed_and_written_the_same)
{
	struct version chain[2];
	struct sl_trust_pin pin;
	struct sl_buf again;

	read_chain(chain);
	sl_trust_pin_of(&pin, &chain[0].trust);
	ck_assert(sl_trust_verify_pinned(&pin, &chain[0].trust,
	              sl_buf_slice(&chain[0].text), chain[0].signatures, 2,
	              NULL) == SL_OK);
	ck_assert(sl_trust_verify_next(&chain[0].trust, &chain[1].trust,
	              sl_buf_slice(&chain[1].text), chain[1].signatures, 2,
	              NULL) == SL_OK);
	for (int i = 0; i < 2; i++) {
		sl_buf_init(&again, SL_TRUST_BYTES_MAX);
		ck_assert(
		    sl_trust_format(&again, &chain[i].trust, NULL) == SL_OK);
		assert_same(&again, &chain[i].text);
		version_clear(&chain[i]);
	}
}
END_TEST

static void
check_manifest(const struct sl_trust *trust, unsigned seq)
{
	struct sl_manifest manifest;
	struct sl_buf text, signature, again;

	read_of_batch(&text, seq, "manifest");
	read_of_batch(&signature, seq, "manifest.minisig");
	ck_assert(
	    sl_manifest_parse(&manifest, sl_buf_slice(&text), NULL) == SL_OK);
	ck_assert(sl_trust_verify_manifest(trust, sl_buf_slice(&text),
	              sl_buf_slice(&signature), &manifest, false, NULL,
	              NULL) == SL_OK);
	sl_buf_init(&again, SL_MANIFEST_BYTES_MAX);
	ck_assert(sl_manifest_format(&again, &manifest, NULL) == SL_OK);
	assert_same(&again, &text);
	sl_buf_clear(&text);
	sl_buf_clear(&signature);
}

static void
check_index(unsigned seq)
{
	struct sl_index *index;
	struct sl_buf text, files, again;

	read_of_batch(&text, seq, "index.json");
	read_of_batch(&files, seq, "files.sha256");
	ck_assert(sl_index_parse(&index, sl_buf_slice(&text), NULL) == SL_OK);
	sl_buf_init(&again, FILES_MAX);
	ck_assert(sl_index_write(&again, index, NULL) == SL_OK);
	assert_same(&again, &text);
	ck_assert(sl_index_write_files_sha256(&again, index) == SL_OK);
	assert_same(&again, &files);
	sl_index_free(index);
	sl_buf_clear(&text);
	sl_buf_clear(&files);
}

START_TEST(batches_are_accepted_and_written_the_same)
{
	struct version chain[2];

	read_chain(chain);
	for (unsigned seq = 1; seq <= BATCHES; seq++) {
		check_manifest(&chain[1].trust, seq);
		check_index(seq);
	}
	version_clear(&chain[0]);
	version_clear(&chain[1]);
}
END_TEST

/* The note, which borrows `text`, by the log and the witness. */
static struct sl_checkpoint
read_checkpoint(struct sl_buf *text, struct sl_note *note)
{
	const struct sl_verify_key log = read_key("log");
	const struct sl_verify_key witness = read_key("witness");
	struct sl_checkpoint checkpoint;
	uint64_t time_s;

	read_v1(text, "log/checkpoint");
	ck_assert(sl_checkpoint_parse_note(
	              &checkpoint, note, sl_buf_slice(text), NULL) == SL_OK);
	ck_assert(sl_checkpoint_check_log(
	              &checkpoint, note, &log, 1, NULL, NULL) == SL_OK);
	ck_assert(sl_note_check_cosignature(&time_s, note, WITNESS, &witness) ==
	    SL_OK);
	return checkpoint;
}

START_TEST(the_leaves_give_the_root_of_the_checkpoint)
{
	struct sl_buf text, tile, entries, again;
	struct sl_log_range range;
	struct sl_log_hash leaf, root;
	struct sl_checkpoint checkpoint;
	struct sl_note note;

	checkpoint = read_checkpoint(&text, &note);
	read_v1(&tile, "log/tile-0-000.p-3");
	read_v1(&entries, "log/tile-entries-000.p-3");
	sl_buf_init(&again, FILES_MAX);
	sl_log_range_init(&range);
	ck_assert_uint_eq(tile.len, BATCHES * SL_LOG_HASH_BYTES);
	for (unsigned seq = 1; seq <= BATCHES; seq++) {
		struct sl_buf manifest;

		read_of_batch(&manifest, seq, "manifest");
		ck_assert(
		    sl_log_hash_leaf(&leaf, sl_buf_slice(&manifest)) == SL_OK);
		ck_assert_mem_eq(
		    tile.data + (size_t)(seq - 1) * SL_LOG_HASH_BYTES,
		    leaf.bytes, SL_LOG_HASH_BYTES);
		ck_assert(sl_log_range_append(&range, &leaf) == SL_OK);
		ck_assert(sl_tile_append_entry(
		              &again, sl_buf_slice(&manifest)) == SL_OK);
		sl_buf_clear(&manifest);
	}
	assert_same(&again, &entries);
	ck_assert(sl_log_range_root(&root, &range) == SL_OK);
	ck_assert_uint_eq(checkpoint.tree.size, BATCHES);
	ck_assert(sl_log_hash_is(&root, &checkpoint.tree.root));
	sl_buf_clear(&text);
	sl_buf_clear(&tile);
	sl_buf_clear(&entries);
}
END_TEST

static struct sl_log_hash
leaf_of(unsigned seq)
{
	struct sl_log_hash leaf;
	struct sl_buf manifest;

	read_of_batch(&manifest, seq, "manifest");
	ck_assert(sl_log_hash_leaf(&leaf, sl_buf_slice(&manifest)) == SL_OK);
	sl_buf_clear(&manifest);
	return leaf;
}

START_TEST(proofs_hold_and_are_written_the_same)
{
	struct sl_buf text, note_text, again;
	struct sl_log_portable portable;
	struct sl_log_inclusion inclusion;
	struct sl_checkpoint checkpoint;
	struct sl_note note;
	struct sl_log_hash leaf;

	checkpoint = read_checkpoint(&note_text, &note);
	sl_buf_init(&again, FILES_MAX);
	for (unsigned i = 0; i < BATCHES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "log/tlog-proof-%u", i);
		read_v1(&text, name);
		ck_assert(sl_log_portable_parse(
		              &portable, sl_buf_slice(&text), NULL) == SL_OK);
		leaf = leaf_of(i + 1);
		ck_assert_uint_eq(portable.index, i);
		ck_assert(sl_slice_is(portable.note, sl_buf_slice(&note_text)));
		ck_assert(sl_log_verify_inclusion(&leaf, i, BATCHES,
		              &portable.proof, &checkpoint.tree.root) == SL_OK);
		ck_assert(sl_log_portable_format(&again, &portable) == SL_OK);
		assert_same(&again, &text);
		sl_buf_clear(&text);
	}
	read_v1(&text, "log/inclusion");
	ck_assert(sl_log_inclusion_parse(
	              &inclusion, sl_buf_slice(&text), NULL) == SL_OK);
	leaf = leaf_of(BATCHES);
	ck_assert(
	    sl_log_verify_inclusion(&leaf, inclusion.index, inclusion.size,
	        &inclusion.proof, &checkpoint.tree.root) == SL_OK);
	ck_assert(sl_log_inclusion_format(&again, &inclusion) == SL_OK);
	assert_same(&again, &text);
	sl_buf_clear(&text);
	sl_buf_clear(&note_text);
}
END_TEST

START_TEST(the_log_of_two_batches_is_proven_to_go_on)
{
	struct sl_buf text, note_text, again;
	struct sl_log_tree old_tree = {.size = 2};
	struct sl_log_range range;
	struct sl_log_proof proof;
	struct sl_checkpoint checkpoint;
	struct sl_note note;

	checkpoint = read_checkpoint(&note_text, &note);
	sl_log_range_init(&range);
	for (unsigned seq = 1; seq <= 2; seq++) {
		struct sl_log_hash leaf = leaf_of(seq);

		ck_assert(sl_log_range_append(&range, &leaf) == SL_OK);
	}
	ck_assert(sl_log_range_root(&old_tree.root, &range) == SL_OK);
	read_v1(&text, "log/consistency-2-3");
	ck_assert(
	    sl_log_proof_parse(&proof, sl_buf_slice(&text), NULL) == SL_OK);
	ck_assert(sl_log_verify_consistency(
	              &old_tree, &checkpoint.tree, &proof) == SL_OK);
	sl_buf_init(&again, FILES_MAX);
	ck_assert(sl_log_proof_format(&again, &proof) == SL_OK);
	assert_same(&again, &text);
	sl_buf_clear(&text);
	sl_buf_clear(&note_text);
}
END_TEST

START_TEST(the_log_key_signs_the_same_checkpoint)
{
	struct sl_sign_key *log = make_sign_key("log", "log");
	struct sl_sign_key *witness = make_sign_key("witness", "witness");
	struct sl_buf text, golden, note_made, minisig_made;
	struct sl_checkpoint checkpoint;
	char line[SL_NOTE_LINE_MAX];
	struct sl_note note;

	checkpoint = read_checkpoint(&text, &note);
	sl_buf_init(&note_made, SL_NOTE_BYTES_MAX);
	sl_buf_init(&minisig_made, SL_MINISIG_MAX);
	ck_assert(sl_checkpoint_sign(&note_made, &minisig_made, &checkpoint,
	              log, NULL) == SL_OK);
	ck_assert_uint_eq(note.line_count, 2);
	ck_assert(sl_note_cosign(line, witness, WITNESS, note.body,
	              note.lines[1].time_s) == SL_OK);
	ck_assert(sl_buf_append_text(&note_made, line) == SL_OK);
	assert_same(&note_made, &text);
	read_v1(&golden, "log/checkpoint.minisig");
	assert_same(&minisig_made, &golden);
	sl_buf_clear(&golden);
	read_v1(&golden, "log/checkpoint.txt");
	ck_assert(sl_slice_is(note.body, sl_buf_slice(&golden)));
	sl_buf_clear(&golden);
	sl_buf_clear(&text);
	sl_sign_key_free(log);
	sl_sign_key_free(witness);
}
END_TEST

START_TEST(the_publisher_key_signs_the_same_manifest)
{
	struct sl_sign_key *key = make_sign_key("publisher-2", "publisher 2");
	struct sl_buf text, golden, made;

	read_of_batch(&text, BATCHES, "manifest");
	read_of_batch(&golden, BATCHES, "manifest.minisig");
	sl_buf_init(&made, SL_MINISIG_MAX);
	ck_assert(sl_minisig_write(&made, key, sl_buf_slice(&text),
	              "sluice-manifest/v1 gr1 3") == SL_OK);
	assert_same(&made, &golden);
	sl_buf_clear(&text);
	sl_buf_clear(&golden);
	sl_sign_key_free(key);
}
END_TEST

/* -- one byte changed -- */

static bool
accepts_checkpoint(struct sl_slice text)
{
	static struct sl_verify_key log, witness;
	static bool has_keys;
	struct sl_checkpoint checkpoint;
	struct sl_note note;
	uint64_t time_s;

	if (!has_keys) {
		log = read_key("log");
		witness = read_key("witness");
		has_keys = true;
	}
	return sl_checkpoint_parse_note(&checkpoint, &note, text, NULL) ==
	    SL_OK &&
	    sl_checkpoint_check_log(&checkpoint, &note, &log, 1, NULL, NULL) ==
	    SL_OK &&
	    sl_note_check_cosignature(&time_s, &note, WITNESS, &witness) ==
	    SL_OK;
}

START_TEST(every_other_value_of_every_byte_of_a_checkpoint_is_refused)
{
	struct sl_buf text;

	read_v1(&text, "log/checkpoint");
	ck_assert(accepts_checkpoint(sl_buf_slice(&text)));
	for (size_t i = 0; i < text.len; i++) {
		unsigned char good = text.data[i];

		for (unsigned flip = 1; flip < 256; flip++) {
			text.data[i] = good ^ (unsigned char)flip;
			ck_assert_msg(!accepts_checkpoint(sl_buf_slice(&text)),
			    "byte %zu as %02x", i, text.data[i]);
		}
		text.data[i] = good;
	}
	sl_buf_clear(&text);
}
END_TEST

/* Does whoever reads a manifest accept these two files? */
static bool
accepts_manifest(const struct sl_trust *trust, struct sl_slice text,
    struct sl_slice signature)
{
	struct sl_verify_key key = read_key("publisher-2");
	struct sl_manifest manifest;

	/* By signature alone, and with everything else. */
	if (sl_minisig_verify(signature, text, &key, 1, NULL, NULL) == SL_OK)
		return true;
	return sl_manifest_parse(&manifest, text, NULL) == SL_OK &&
	    sl_trust_verify_manifest(
	        trust, text, signature, &manifest, false, NULL, NULL) == SL_OK;
}

/* Each bit of each byte from `first` on. */
static void
flip_all(const struct sl_trust *trust, struct sl_buf *flipped, size_t first,
    const struct sl_buf *text, const struct sl_buf *signature)
{
	for (size_t i = first; i < flipped->len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			flipped->data[i] ^= (unsigned char)(1U << bit);
			ck_assert_msg(
			    !accepts_manifest(trust, sl_buf_slice(text),
			        sl_buf_slice(signature)),
			    "byte %zu, bit %u", i, bit);
			flipped->data[i] ^= (unsigned char)(1U << bit);
		}
	}
}

START_TEST(every_bit_flip_of_a_manifest_and_its_signature_is_refused)
{
	struct version chain[2];
	struct sl_buf text, signature;
	const unsigned char *second_line;

	read_chain(chain);
	read_of_batch(&text, BATCHES, "manifest");
	read_of_batch(&signature, BATCHES, "manifest.minisig");
	ck_assert(accepts_manifest(
	    &chain[1].trust, sl_buf_slice(&text), sl_buf_slice(&signature)));
	flip_all(&chain[1].trust, &text, 0, &text, &signature);
	/* The first line is a comment that nobody signed. */
	second_line = memchr(signature.data, '\n', signature.len);
	flip_all(&chain[1].trust, &signature,
	    (size_t)(second_line - signature.data), &text, &signature);
	sl_buf_clear(&text);
	sl_buf_clear(&signature);
	version_clear(&chain[0]);
	version_clear(&chain[1]);
}
END_TEST

TCase *
v1_cases(void)
{
	TCase *cases = tcase_create("version 1");

	tcase_set_timeout(cases, 60);
	tcase_add_test(
	    cases, the_chain_of_trust_files_is_followed_and_written_the_same);
	tcase_add_test(cases, batches_are_accepted_and_written_the_same);
	tcase_add_test(cases, the_leaves_give_the_root_of_the_checkpoint);
	tcase_add_test(cases, proofs_hold_and_are_written_the_same);
	tcase_add_test(cases, the_log_of_two_batches_is_proven_to_go_on);
	tcase_add_test(cases, the_log_key_signs_the_same_checkpoint);
	tcase_add_test(cases, the_publisher_key_signs_the_same_manifest);
	tcase_add_test(
	    cases, every_other_value_of_every_byte_of_a_checkpoint_is_refused);
	tcase_add_test(
	    cases, every_bit_flip_of_a_manifest_and_its_signature_is_refused);
	return cases;
}
