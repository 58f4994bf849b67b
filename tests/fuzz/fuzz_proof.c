/* Proofs: what is accepted is the one text of its values, and a true tree
 * cannot be made to have another leaf or another past. */
#include "fuzz.h"

#include <string.h>

#include "sluice/catalog/log.h"

#define LEAVES 5

/* The tree of the leaves "0", "1" …. */
static struct sl_log_tree
make_tree(uint64_t size)
{
	struct sl_log_tree tree = {.size = size};
	struct sl_log_range range;

	sl_log_range_init(&range);
	for (uint64_t i = 0; i < size; i++) {
		char digit = (char)('0' + i);
		struct sl_log_hash leaf;

		FUZZ_ASSERT(
		    sl_log_hash_leaf(&leaf, sl_slice_of(&digit, 1)) == SL_OK);
		FUZZ_ASSERT(sl_log_range_append(&range, &leaf) == SL_OK);
	}
	FUZZ_ASSERT(sl_log_range_root(&tree.root, &range) == SL_OK);
	return tree;
}

/* Each leaf has one proof per tree. */
static void
check_inclusion(const struct sl_log_proof *proof, uint64_t index, uint64_t size)
{
	struct sl_log_tree tree = make_tree(LEAVES);
	struct sl_log_hash leaf;
	char digit = (char)('0' + index % LEAVES);
	char other = (char)('0' + (index + 1) % LEAVES);

	FUZZ_ASSERT(sl_log_hash_leaf(&leaf, sl_slice_of(&digit, 1)) == SL_OK);
	if (sl_log_verify_inclusion(&leaf, index, size, proof, &tree.root) !=
	    SL_OK)
		return;
	FUZZ_ASSERT(index < size);
	FUZZ_ASSERT(sl_log_hash_leaf(&leaf, sl_slice_of(&other, 1)) == SL_OK);
	FUZZ_ASSERT(sl_log_verify_inclusion(
	                &leaf, index, size, proof, &tree.root) != SL_OK);
}

static void
check_consistency(const struct sl_log_proof *proof)
{
	struct sl_log_tree new_tree = make_tree(LEAVES);

	for (uint64_t size = 0; size < LEAVES; size++) {
		struct sl_log_tree old_tree = make_tree(size);

		if (sl_log_verify_consistency(&old_tree, &new_tree, proof) ==
		    SL_OK) {
			FUZZ_ASSERT(size > 0);
			old_tree.root.bytes[0] ^= 1;
			FUZZ_ASSERT(sl_log_verify_consistency(
			                &old_tree, &new_tree, proof) != SL_OK);
		}
	}
}

static void
try_proof(struct sl_slice text, struct sl_buf *again)
{
	struct sl_log_proof proof;

	if (sl_log_proof_parse(&proof, text, NULL) != SL_OK)
		return;
	FUZZ_ASSERT(sl_log_proof_format(again, &proof) == SL_OK);
	FUZZ_ASSERT(sl_slice_is(sl_buf_slice(again), text));
	check_consistency(&proof);
	sl_buf_reset(again);
}

static void
try_inclusion(struct sl_slice text, struct sl_buf *again)
{
	struct sl_log_inclusion inclusion;

	if (sl_log_inclusion_parse(&inclusion, text, NULL) != SL_OK)
		return;
	FUZZ_ASSERT(sl_log_inclusion_format(again, &inclusion) == SL_OK);
	FUZZ_ASSERT(sl_slice_is(sl_buf_slice(again), text));
	check_inclusion(&inclusion.proof, inclusion.index, inclusion.size);
	sl_buf_reset(again);
}

static void
try_portable(struct sl_slice text, struct sl_buf *again)
{
	struct sl_log_portable portable;

	if (sl_log_portable_parse(&portable, text, NULL) != SL_OK)
		return;
	FUZZ_ASSERT(sl_log_portable_format(again, &portable) == SL_OK);
	FUZZ_ASSERT(sl_slice_is(sl_buf_slice(again), text));
	sl_buf_reset(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_slice text = sl_slice_of(data, size);
	struct sl_buf again;

	sl_buf_init(&again, size + 64);
	try_proof(text, &again);
	try_inclusion(text, &again);
	try_portable(text, &again);
	sl_buf_clear(&again);
	return 0;
}
