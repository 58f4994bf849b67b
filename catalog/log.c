#include "sluice/catalog/log.h"

#include <string.h>

#include "sluice/crypto/sha256.h"

/* Domain separation (RFC 9162, section 2.1.1). */
static const unsigned char leaf_prefix = 0x00;
static const unsigned char node_prefix = 0x01;

bool
sl_log_hash_is(const struct sl_log_hash *a, const struct sl_log_hash *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

enum sl_status
sl_log_hash_leaf(struct sl_log_hash *out, struct sl_slice leaf)
{
	struct sl_sha256 hash;
	enum sl_status status = sl_sha256_init(&hash);

	if (status != SL_OK)
		return status;
	sl_sha256_update(&hash, &leaf_prefix, sizeof(leaf_prefix));
	sl_sha256_update(&hash, leaf.data, leaf.len);
	return sl_sha256_final(&hash, out->bytes);
}

enum sl_status
sl_log_hash_node(struct sl_log_hash *out, const struct sl_log_hash *left,
    const struct sl_log_hash *right)
{
	unsigned char bytes[1 + 2 * SL_LOG_HASH_BYTES];

	bytes[0] = node_prefix;
	memcpy(bytes + 1, left->bytes, sizeof(left->bytes));
	memcpy(bytes + 1 + sizeof(left->bytes), right->bytes,
	    sizeof(right->bytes));
	return sl_sha256_of(out->bytes, sl_slice_of(bytes, sizeof(bytes)));
}

/* ---- ranges ---- */

void
sl_log_range_init(struct sl_log_range *range)
{
	range->size = 0;
	range->count = 0;
}

enum sl_status
sl_log_range_append(struct sl_log_range *range, const struct sl_log_hash *leaf)
{
	struct sl_log_hash node = *leaf;
	size_t count = range->count;

	if (range->size >= SL_LOG_SIZE_MAX)
		return SL_ERR_LIMIT;
	for (uint64_t bits = range->size; (bits & 1) != 0; bits >>= 1) {
		enum sl_status status =
		    sl_log_hash_node(&node, &range->nodes[--count], &node);

		if (status != SL_OK)
			return status;
	}
	range->nodes[count] = node;
	range->count = count + 1;
	range->size++;
	return SL_OK;
}

enum sl_status
sl_log_range_root(struct sl_log_hash *out, const struct sl_log_range *range)
{
	struct sl_log_hash root;

	if (range->count == 0)
		return sl_sha256_of(out->bytes, sl_slice_of(NULL, 0));
	root = range->nodes[range->count - 1];
	for (size_t i = range->count - 1; i > 0; i--) {
		enum sl_status status =
		    sl_log_hash_node(&root, &range->nodes[i - 1], &root);

		if (status != SL_OK)
			return status;
	}
	*out = root;
	return SL_OK;
}

/* ---- verifying ---- */

/* The way from a node up to the root: its index and the last node's, in the
 * level where the way is. */
struct climb {
	uint64_t index;
	uint64_t last;
};

/* Go up past one hash of a proof; does that hash stand on the left?  (fn and
 * sn of RFC 9162, section 2.1.3.2.) */
static bool
climb_is_left(struct climb *climb)
{
	bool is_left = (climb->index & 1) != 0 || climb->index == climb->last;

	while (is_left && climb->index != 0 && (climb->index & 1) == 0) {
		climb->index >>= 1;
		climb->last >>= 1;
	}
	climb->index >>= 1;
	climb->last >>= 1;
	return is_left;
}

static enum sl_status
join(struct sl_log_hash *node, const struct sl_log_hash *other, bool is_left)
{
	return is_left ? sl_log_hash_node(node, other, node)
	               : sl_log_hash_node(node, node, other);
}

enum sl_status
sl_log_verify_inclusion(const struct sl_log_hash *leaf, uint64_t index,
    uint64_t size, const struct sl_log_proof *proof,
    const struct sl_log_hash *root)
{
	struct climb climb = {index, size - 1};
	struct sl_log_hash node = *leaf;

	if (index >= size || proof->count > SL_LOG_PROOF_MAX)
		return SL_ERR_INTEGRITY;
	for (size_t i = 0; i < proof->count; i++) {
		enum sl_status status;

		if (climb.last == 0)
			return SL_ERR_INTEGRITY;
		status = join(&node, &proof->hashes[i], climb_is_left(&climb));
		if (status != SL_OK)
			return status;
	}
	if (climb.last != 0 || !sl_log_hash_is(&node, root))
		return SL_ERR_INTEGRITY;
	return SL_OK;
}

/* Both roots from `proof`, which begins with the node that they share. */
static enum sl_status
rebuild(struct sl_log_hash *old_root, struct sl_log_hash *new_root,
    struct climb climb, const struct sl_log_hash *proof, size_t count)
{
	*old_root = proof[0];
	*new_root = proof[0];
	for (size_t i = 1; i < count; i++) {
		enum sl_status status = SL_OK;
		bool is_left;

		if (climb.last == 0)
			return SL_ERR_INTEGRITY;
		is_left = climb_is_left(&climb);
		if (is_left)
			status = join(old_root, &proof[i], true);
		if (status == SL_OK)
			status = join(new_root, &proof[i], is_left);
		if (status != SL_OK)
			return status;
	}
	return climb.last == 0 ? SL_OK : SL_ERR_INTEGRITY;
}

enum sl_status
sl_log_verify_consistency(const struct sl_log_tree *old_tree,
    const struct sl_log_tree *new_tree, const struct sl_log_proof *proof)
{
	struct climb climb = {old_tree->size - 1, new_tree->size - 1};
	struct sl_log_hash path[SL_LOG_PROOF_MAX + 1];
	struct sl_log_hash old_root;
	struct sl_log_hash new_root;
	size_t count = 0;
	enum sl_status status;

	if (old_tree->size == 0 || old_tree->size > new_tree->size ||
	    proof->count > SL_LOG_PROOF_MAX)
		return SL_ERR_INTEGRITY;
	if (old_tree->size == new_tree->size)
		return proof->count == 0 &&
		        sl_log_hash_is(&old_tree->root, &new_tree->root)
		    ? SL_OK
		    : SL_ERR_INTEGRITY;
	if (proof->count == 0)
		return SL_ERR_INTEGRITY;
	/* A perfect old tree is itself the node that both share. */
	if ((old_tree->size & (old_tree->size - 1)) == 0)
		path[count++] = old_tree->root;
	memcpy(path + count, proof->hashes, proof->count * sizeof(path[0]));
	count += proof->count;
	for (; (climb.index & 1) != 0; climb.index >>= 1)
		climb.last >>= 1;
	status = rebuild(&old_root, &new_root, climb, path, count);
	if (status != SL_OK)
		return status;
	if (!sl_log_hash_is(&old_root, &old_tree->root) ||
	    !sl_log_hash_is(&new_root, &new_tree->root))
		return SL_ERR_INTEGRITY;
	return SL_OK;
}

/* The proof's hashes on the left cover all leaves before the last one.  The
 * lowest of them have become one node with it in `held`; the others are
 * `held`'s own nodes, the smallest first. */
static enum sl_status
check_left(const struct sl_log_range *held, const struct sl_log_hash *last,
    uint64_t size, const struct sl_log_proof *proof)
{
	struct climb climb = {held->size - 1, size - 1};
	uint64_t merged = held->size & (~held->size + 1); /* lowest bit */
	struct sl_log_hash node = *last;
	size_t left = held->count - 1;
	size_t i = 0;

	for (; merged > 1; merged >>= 1, i++) {
		enum sl_status status;

		if (i >= proof->count || !climb_is_left(&climb))
			return SL_ERR_INTEGRITY;
		status = join(&node, &proof->hashes[i], true);
		if (status != SL_OK)
			return status;
	}
	if (!sl_log_hash_is(&node, &held->nodes[left]))
		return SL_ERR_INTEGRITY;
	for (; i < proof->count; i++) {
		if (!climb_is_left(&climb))
			continue;
		if (left == 0 ||
		    !sl_log_hash_is(&proof->hashes[i], &held->nodes[--left]))
			return SL_ERR_INTEGRITY;
	}
	return left == 0 ? SL_OK : SL_ERR_INTEGRITY;
}

enum sl_status
sl_log_verify_prefix(const struct sl_log_range *held,
    const struct sl_log_hash *last, const struct sl_log_tree *tree,
    const struct sl_log_proof *proof)
{
	enum sl_status status;

	if (held->size == 0)
		return SL_ERR_INTEGRITY;
	status = sl_log_verify_inclusion(
	    last, held->size - 1, tree->size, proof, &tree->root);
	if (status != SL_OK)
		return status;
	return check_left(held, last, tree->size, proof);
}
