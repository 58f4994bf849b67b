#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "naive_log.h"
#include "sluice/base/base64.h"
#include "sluice/base/file.h"
#include "suites.h"

/* 196 proofs of transparency-dev/merkle, which are not part of the project:
 * looked for beside the source tree. */
#define VECTORS      "/../shared/data/vectors/merkle"
#define VECTOR_COUNT 196

static const struct sl_log_reader naive = {naive_read, NULL};

static struct sl_log_tree
tree_of(size_t size)
{
	return (struct sl_log_tree){size, *naive_root(0, size)};
}

static bool
is_same(const struct sl_log_proof *a, const struct sl_log_proof *b)
{
	return a->count == b->count &&
	    memcmp(a->hashes, b->hashes, a->count * sizeof(a->hashes[0])) == 0;
}

/* ---- published vectors ---- */

/* A hash that is none makes the vector one that no parser lets through. */
static bool
get_hash(struct sl_log_hash *out, const json_t *value)
{
	const char *text = json_string_value(value);

	return text != NULL &&
	    sl_base64_decode(
	        out->bytes, sizeof(out->bytes), sl_slice_text(text)) == SL_OK;
}

/* Some vectors of consistency have words for roots, to be compared and no
 * more: their hash stands for them. */
static void
get_root(struct sl_log_hash *out, const json_t *value)
{
	if (!get_hash(out, value))
		ck_assert(
		    sl_log_hash_leaf(
		        out, sl_slice_text(json_string_value(value))) == SL_OK);
}

static bool
get_proof(struct sl_log_proof *out, const json_t *array)
{
	const json_t *value;
	size_t i;

	out->count = 0;
	json_array_foreach (array, i, value) {
		if (i == SL_LOG_PROOF_MAX ||
		    !get_hash(&out->hashes[out->count++], value))
			return false;
	}
	return true;
}

/* Of the file's text: 2^64 - 1 is no integer of jansson's. */
static uint64_t
get_size(const char *text, const char *name)
{
	char key[32];
	const char *at;
	char *end;
	unsigned long long value;

	snprintf(key, sizeof(key), "\"%s\":", name);
	at = strstr(text, key);
	ck_assert_ptr_nonnull(at);
	value = strtoull(at + strlen(key), &end, 10);
	ck_assert(*end == ',');
	return value;
}

static bool
accepts(const json_t *vector, const char *text)
{
	struct sl_log_proof proof;
	struct sl_log_tree old_tree = {0};
	struct sl_log_tree new_tree = {0};
	struct sl_log_hash leaf;

	if (!get_proof(&proof, json_object_get(vector, "proof")))
		return false;
	if (json_object_get(vector, "size1") != NULL) {
		old_tree.size = get_size(text, "size1");
		new_tree.size = get_size(text, "size2");
		get_root(&old_tree.root, json_object_get(vector, "root1"));
		get_root(&new_tree.root, json_object_get(vector, "root2"));
		return sl_log_verify_consistency(
		           &old_tree, &new_tree, &proof) == SL_OK;
	}
	return get_hash(&new_tree.root, json_object_get(vector, "root")) &&
	    get_hash(&leaf, json_object_get(vector, "leafHash")) &&
	    sl_log_verify_inclusion(&leaf, get_size(text, "leafIdx"),
	        get_size(text, "treeSize"), &proof, &new_tree.root) == SL_OK;
}

static void
check_vector(const char *path, size_t *count)
{
	struct sl_buf text;
	json_t *vector;
	const json_t *refused;

	sl_buf_init(&text, 1 << 16);
	ck_assert(sl_file_read(&text, path, NULL) == SL_OK);
	vector = json_loads(sl_buf_text(&text), JSON_DECODE_INT_AS_REAL, NULL);
	refused = json_object_get(vector, "wantErr");
	ck_assert_msg(json_is_boolean(refused), "%s", path);
	ck_assert_msg(
	    accepts(vector, sl_buf_text(&text)) == !json_is_true(refused), "%s",
	    path);
	sl_buf_clear(&text);
	json_decref(vector);
	(*count)++;
}

static void
check_folder(const char *folder, size_t *count)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		char path[4096];
		struct stat info;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		ck_assert_int_eq(lstat(path, &info), 0);
		if (S_ISDIR(info.st_mode))
			check_folder(path, count);
		else
			check_vector(path, count);
	}
	closedir(dir);
}

START_TEST(all_196_published_proofs_are_judged_rightly)
{
	static const char *const kinds[] = {"inclusion", "consistency"};
	const char *source = getenv("SL_SRCDIR");
	struct stat info;
	size_t count = 0;

	for (size_t i = 0; i < 2; i++) {
		char folder[4096];

		snprintf(folder, sizeof(folder), "%s" VECTORS "/%s",
		    source == NULL ? "." : source, kinds[i]);
		if (stat(folder, &info) != 0) {
			printf("skipped: no Merkle vectors at %s\n", folder);
			return;
		}
		check_folder(folder, &count);
	}
	printf(
	    "Merkle proofs judged rightly: %zu of %d\n", count, VECTOR_COUNT);
	ck_assert_uint_eq(count, VECTOR_COUNT);
}
END_TEST

/* ---- hostile proofs ---- */

START_TEST(sizes_and_indices_without_sense_are_refused)
{
	struct sl_log_proof none = {.count = 0};
	struct sl_log_range range;
	struct sl_log_tree empty = {0, *naive_root(0, 1)};
	struct sl_log_tree one = tree_of(1);
	struct sl_log_tree huge = {UINT64_MAX, one.root};

	ck_assert(sl_log_verify_inclusion(&one.root, 0, 0, &none, &one.root) ==
	    SL_ERR_INTEGRITY);
	ck_assert(sl_log_verify_inclusion(&one.root, 1, 1, &none, &one.root) ==
	    SL_ERR_INTEGRITY);
	ck_assert(sl_log_verify_inclusion(&one.root, UINT64_MAX, UINT64_MAX,
	              &none, &one.root) == SL_ERR_INTEGRITY);
	ck_assert(sl_log_verify_consistency(&empty, &empty, &none) ==
	    SL_ERR_INTEGRITY);
	ck_assert(
	    sl_log_verify_consistency(&empty, &one, &none) == SL_ERR_INTEGRITY);
	ck_assert(
	    sl_log_verify_consistency(&huge, &one, &none) == SL_ERR_INTEGRITY);
	ck_assert(
	    sl_log_verify_consistency(&one, &huge, &none) == SL_ERR_INTEGRITY);
	sl_log_range_init(&range);
	ck_assert(sl_log_verify_prefix(&range, &one.root, &one, &none) ==
	    SL_ERR_INTEGRITY);
	none.count = SL_LOG_PROOF_MAX + 1;
	ck_assert(sl_log_verify_inclusion(&one.root, 0, 1, &none, &one.root) ==
	    SL_ERR_INTEGRITY);
	ck_assert(
	    sl_log_verify_consistency(&one, &one, &none) == SL_ERR_INTEGRITY);
}
END_TEST

static void
assert_refused_when_spoilt(
    size_t index, size_t size, const struct sl_log_proof *proof)
{
	struct sl_log_proof spoilt = *proof;
	const struct sl_log_hash *leaf = naive_root(index, index + 1);
	const struct sl_log_hash *root = naive_root(0, size);

	for (size_t i = 0; i < proof->count; i++) {
		spoilt.hashes[i].bytes[i % 32] ^= 1;
		ck_assert(sl_log_verify_inclusion(leaf, index, size, &spoilt,
		              root) == SL_ERR_INTEGRITY);
		spoilt.hashes[i].bytes[i % 32] ^= 1;
	}
	if (proof->count > 0) {
		spoilt.count--;
		ck_assert(sl_log_verify_inclusion(leaf, index, size, &spoilt,
		              root) == SL_ERR_INTEGRITY);
	}
	spoilt.count = proof->count + 1;
	spoilt.hashes[proof->count] = *root;
	ck_assert(sl_log_verify_inclusion(leaf, index, size, &spoilt, root) ==
	    SL_ERR_INTEGRITY);
	ck_assert(size == 1 ||
	    sl_log_verify_inclusion(leaf, (index + 1) % size, size, proof,
	        root) == SL_ERR_INTEGRITY);
}

START_TEST(a_spoilt_proof_of_inclusion_is_refused)
{
	for (size_t size = 1; size <= 40; size++) {
		for (size_t index = 0; index < size; index++) {
			struct sl_log_proof proof = {.count = 0};

			naive_path(&proof, index, 0, size);
			assert_refused_when_spoilt(index, size, &proof);
		}
	}
}
END_TEST

START_TEST(a_spoilt_proof_of_consistency_is_refused)
{
	for (size_t size = 2; size <= 40; size++) {
		for (size_t old = 1; old < size; old++) {
			struct sl_log_tree old_tree = tree_of(old);
			struct sl_log_tree new_tree = tree_of(size);
			struct sl_log_proof proof = {.count = 0};

			naive_subproof(&proof, old, 0, size, true);
			for (size_t i = 0; i < proof.count; i++) {
				proof.hashes[i].bytes[31] ^= 0x80;
				ck_assert(
				    sl_log_verify_consistency(&old_tree,
				        &new_tree, &proof) == SL_ERR_INTEGRITY);
				proof.hashes[i].bytes[31] ^= 0x80;
			}
			proof.count--;
			ck_assert(sl_log_verify_consistency(&old_tree,
			              &new_tree, &proof) == SL_ERR_INTEGRITY);
			proof.count++;
			old_tree.root.bytes[0] ^= 1;
			ck_assert(sl_log_verify_consistency(&old_tree,
			              &new_tree, &proof) == SL_ERR_INTEGRITY);
		}
	}
}
END_TEST

/* ---- all trees up to 300 leaves against the definition ---- */

START_TEST(proofs_of_inclusion_are_those_of_the_definition)
{
	for (size_t size = 1; size <= NAIVE_MAX; size++) {
		for (size_t index = 0; index < size; index++) {
			struct sl_log_proof expected = {.count = 0};
			struct sl_log_proof made;

			naive_path(&expected, index, 0, size);
			ck_assert(sl_log_prove_inclusion(&made, index, size,
			              &naive, NULL) == SL_OK);
			ck_assert_msg(is_same(&expected, &made), "%zu of %zu",
			    index, size);
			ck_assert(sl_log_verify_inclusion(
			              naive_root(index, index + 1), index, size,
			              &made, naive_root(0, size)) == SL_OK);
		}
	}
}
END_TEST

START_TEST(proofs_of_consistency_are_those_of_the_definition)
{
	for (size_t size = 1; size <= NAIVE_MAX; size++) {
		struct sl_log_tree new_tree = tree_of(size);

		for (size_t old = 1; old <= size; old++) {
			struct sl_log_tree old_tree = tree_of(old);
			struct sl_log_proof expected = {.count = 0};
			struct sl_log_proof made;

			naive_subproof(&expected, old, 0, size, true);
			ck_assert(sl_log_prove_consistency(
			              &made, old, size, &naive, NULL) == SL_OK);
			ck_assert_msg(
			    is_same(&expected, &made), "%zu to %zu", old, size);
			ck_assert_msg(sl_log_verify_consistency(
			                  &old_tree, &new_tree, &made) == SL_OK,
			    "%zu to %zu", old, size);
		}
	}
}
END_TEST

START_TEST(a_range_has_the_root_of_its_leaves_and_can_be_read_anywhere)
{
	struct sl_log_range range;
	struct sl_log_range again;
	struct sl_log_hash root;
	static const unsigned char of_nothing[] = {0xe3, 0xb0, 0xc4, 0x42};

	sl_log_range_init(&range);
	ck_assert(sl_log_range_root(&root, &range) == SL_OK);
	ck_assert_mem_eq(root.bytes, of_nothing, sizeof(of_nothing));
	for (size_t size = 1; size <= NAIVE_MAX; size++) {
		struct sl_log_hash leaf;
		char text[24];

		snprintf(text, sizeof(text), "leaf %zu", size - 1);
		ck_assert(
		    sl_log_hash_leaf(&leaf, sl_slice_text(text)) == SL_OK);
		ck_assert(sl_log_range_append(&range, &leaf) == SL_OK);
		ck_assert(sl_log_range_root(&root, &range) == SL_OK);
		ck_assert(sl_log_hash_is(&root, naive_root(0, size)));
		ck_assert(
		    sl_log_read_range(&again, size, &naive, NULL) == SL_OK);
		ck_assert_uint_eq(again.count, range.count);
		ck_assert_mem_eq(again.nodes, range.nodes,
		    range.count * sizeof(range.nodes[0]));
	}
}
END_TEST

START_TEST(one_proof_of_inclusion_proves_all_leaves_before_it)
{
	struct sl_log_range held;

	sl_log_range_init(&held);
	for (size_t count = 1; count <= 130; count++) {
		const struct sl_log_hash *last = naive_root(count - 1, count);

		ck_assert(sl_log_range_append(&held, last) == SL_OK);
		for (size_t size = count; size <= 130; size++) {
			struct sl_log_tree tree = tree_of(size);
			struct sl_log_proof proof = {.count = 0};

			naive_path(&proof, count - 1, 0, size);
			ck_assert_msg(sl_log_verify_prefix(
			                  &held, last, &tree, &proof) == SL_OK,
			    "%zu of %zu", count, size);
		}
	}
}
END_TEST

START_TEST(a_prefix_with_one_other_leaf_is_not_proven)
{
	struct sl_log_hash other = *naive_root(299, 300);

	for (size_t count = 1; count <= 40; count++) {
		for (size_t wrong = 0; wrong < count; wrong++) {
			struct sl_log_tree tree = tree_of(count + 7);
			struct sl_log_proof proof = {.count = 0};
			struct sl_log_range held;

			sl_log_range_init(&held);
			for (size_t i = 0; i < count; i++)
				ck_assert(
				    sl_log_range_append(&held,
				        i == wrong
				            ? &other
				            : naive_root(i, i + 1)) == SL_OK);
			naive_path(&proof, count - 1, 0, count + 7);
			ck_assert_msg(sl_log_verify_prefix(&held,
			                  wrong == count - 1
			                      ? &other
			                      : naive_root(count - 1, count),
			                  &tree, &proof) == SL_ERR_INTEGRITY,
			    "leaf %zu of %zu", wrong, count);
		}
	}
}
END_TEST

START_TEST(nothing_is_proven_of_what_a_log_does_not_have)
{
	struct sl_log_proof proof;

	ck_assert(sl_log_prove_inclusion(&proof, 5, 5, &naive, NULL) ==
	    SL_ERR_INVALID);
	ck_assert(sl_log_prove_inclusion(&proof, 0, UINT64_MAX, &naive, NULL) ==
	    SL_ERR_INVALID);
	ck_assert(sl_log_prove_consistency(&proof, 0, 5, &naive, NULL) ==
	    SL_ERR_INVALID);
	ck_assert(sl_log_prove_consistency(&proof, 6, 5, &naive, NULL) ==
	    SL_ERR_INVALID);
	/* A reader's failure is the builder's. */
	ck_assert(sl_log_prove_inclusion(
	              &proof, 0, SL_LOG_SIZE_MAX, &naive, NULL) == SL_ERR_IO);
}
END_TEST

/* ---- texts ---- */

START_TEST(texts_of_proofs_have_one_spelling)
{
	static const char *const wrong[] = {
	    "x",
	    "\n",
	    "AAAA\n",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n",
	};
	struct sl_log_proof proof;
	struct sl_buf many;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert_msg(
		    sl_log_proof_parse(&proof, sl_slice_text(wrong[i]), NULL) ==
		        SL_ERR_INVALID,
		    "%zu", i);
	sl_buf_init(&many, 8192);
	for (size_t i = 0; i <= SL_LOG_PROOF_MAX; i++)
		ck_assert(sl_buf_printf(&many,
		              "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		              "=\n") == SL_OK);
	ck_assert(sl_log_proof_parse(&proof, sl_buf_slice(&many), NULL) ==
	    SL_ERR_INVALID);
	many.len -= 45;
	ck_assert(
	    sl_log_proof_parse(&proof, sl_buf_slice(&many), NULL) == SL_OK);
	ck_assert_uint_eq(proof.count, SL_LOG_PROOF_MAX);
	sl_buf_clear(&many);
}
END_TEST

START_TEST(a_proof_of_inclusion_says_index_and_size)
{
	static const char *const wrong[] = {"", "1 2", "2 2\n", "3 2\n",
	    "01 2\n", "1 02\n", "1  2\n", "+1 2\n", "-1 2\n", " 1 2\n",
	    "1 9223372036854775808\n", "1 2\nx"};
	struct sl_log_inclusion inclusion = {.index = 6, .size = 11};
	struct sl_log_inclusion read;
	struct sl_buf text;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert_msg(
		    sl_log_inclusion_parse(
		        &read, sl_slice_text(wrong[i]), NULL) == SL_ERR_INVALID,
		    "%s", wrong[i]);
	naive_path(&inclusion.proof, 6, 0, 11);
	sl_buf_init(&text, SL_LOG_INCLUSION_TEXT_MAX);
	ck_assert(sl_log_inclusion_format(&text, &inclusion) == SL_OK);
	ck_assert(
	    sl_log_inclusion_parse(&read, sl_buf_slice(&text), NULL) == SL_OK);
	ck_assert_uint_eq(read.index, 6);
	ck_assert_uint_eq(read.size, 11);
	ck_assert(is_same(&read.proof, &inclusion.proof));
	sl_buf_clear(&text);
	ck_assert(sl_log_inclusion_parse(&read, sl_slice_text("0 1\n"), NULL) ==
	    SL_OK);
}
END_TEST

START_TEST(a_proof_for_third_parties_carries_index_hashes_and_note)
{
	static const char *const wrong[] = {"", "c2sp.org/tlog-proof@v1\n",
	    "c2sp.org/tlog-proof@v2\nindex 1\n\nnote\n",
	    "c2sp.org/tlog-proof@v1\nindex 1\n\n",
	    "c2sp.org/tlog-proof@v1\nindex 01\n\nnote\n",
	    "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nnote\n",
	    "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 1\n\nnote\n"};
	struct sl_log_portable portable = {
	    .index = 2, .note = sl_slice_text("note\n")};
	struct sl_log_portable read;
	struct sl_buf text;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert_msg(
		    sl_log_portable_parse(
		        &read, sl_slice_text(wrong[i]), NULL) == SL_ERR_INVALID,
		    "%s", wrong[i]);
	naive_path(&portable.proof, 2, 0, 5);
	sl_buf_init(&text, 4096);
	ck_assert(sl_log_portable_format(&text, &portable) == SL_OK);
	ck_assert(
	    sl_log_portable_parse(&read, sl_buf_slice(&text), NULL) == SL_OK);
	ck_assert_uint_eq(read.index, 2);
	ck_assert(is_same(&read.proof, &portable.proof));
	ck_assert(sl_slice_is_text(read.note, "note\n"));
	sl_buf_clear(&text);
}
END_TEST

TCase *
log_cases(void)
{
	TCase *cases = tcase_create("log");

	tcase_add_checked_fixture(cases, naive_fill, NULL);
	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, sizes_and_indices_without_sense_are_refused);
	tcase_add_test(cases, a_spoilt_proof_of_inclusion_is_refused);
	tcase_add_test(cases, a_spoilt_proof_of_consistency_is_refused);
	tcase_add_test(cases, a_prefix_with_one_other_leaf_is_not_proven);
	tcase_add_test(cases, nothing_is_proven_of_what_a_log_does_not_have);
	tcase_add_test(cases, texts_of_proofs_have_one_spelling);
	tcase_add_test(cases, a_proof_of_inclusion_says_index_and_size);
	tcase_add_test(
	    cases, a_proof_for_third_parties_carries_index_hashes_and_note);
	tcase_add_test(cases, all_196_published_proofs_are_judged_rightly);
	tcase_add_test(cases, proofs_of_inclusion_are_those_of_the_definition);
	tcase_add_test(
	    cases, proofs_of_consistency_are_those_of_the_definition);
	tcase_add_test(
	    cases, a_range_has_the_root_of_its_leaves_and_can_be_read_anywhere);
	tcase_add_test(
	    cases, one_proof_of_inclusion_proves_all_leaves_before_it);
	return cases;
}
