/* The Merkle tree of a log: RFC 6962 hashing, RFC 9162 proofs, SHA-256.
 *
 * Pure: a tree is its size and root; what hashes are needed to build a proof
 * are asked of a function.  Sizes and indices are counts of leaves; a leaf
 * is the exact bytes of a manifest, leaf i that of batch i + 1.  Structs are
 * values; any thread. */
#ifndef SLUICE_CATALOG_LOG_H
#define SLUICE_CATALOG_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"

#define SL_LOG_HASH_BYTES 32
/* Greater sizes are refused: they stay int8 in the database. */
#define SL_LOG_SIZE_MAX INT64_MAX
/* Hashes in a proof, and perfect subtrees in a tree of 2^63 - 1 leaves. */
#define SL_LOG_PROOF_MAX 64
/* Of a proof's text: one base64 line per hash. */
#define SL_LOG_PROOF_TEXT_MAX ((size_t)SL_LOG_PROOF_MAX * 45)

struct sl_log_hash {
	unsigned char bytes[SL_LOG_HASH_BYTES];
};

struct sl_log_proof {
	size_t count;
	struct sl_log_hash hashes[SL_LOG_PROOF_MAX];
};

bool sl_log_hash_is(const struct sl_log_hash *a, const struct sl_log_hash *b);

/* SHA-256(0x00 || leaf) (RFC 9162, section 2.1.1). */
SL_MUST_CHECK enum sl_status sl_log_hash_leaf(
    struct sl_log_hash *out, struct sl_slice leaf);

/* SHA-256(0x01 || left || right); `out` may be one of them. */
SL_MUST_CHECK enum sl_status sl_log_hash_node(struct sl_log_hash *out,
    const struct sl_log_hash *left, const struct sl_log_hash *right);

/* ---- the leaves 0 … size - 1 in short ---- */

/* Roots of the perfect subtrees that the leaves fall into, the biggest
 * first: one per bit that is set in size. */
struct sl_log_range {
	uint64_t size;
	size_t count;
	struct sl_log_hash nodes[SL_LOG_PROOF_MAX];
};

void sl_log_range_init(struct sl_log_range *range);

/* SL_ERR_LIMIT past SL_LOG_SIZE_MAX. */
SL_MUST_CHECK enum sl_status sl_log_range_append(
    struct sl_log_range *range, const struct sl_log_hash *leaf);

/* The root of the tree of these leaves; of none SHA-256 of nothing. */
SL_MUST_CHECK enum sl_status sl_log_range_root(
    struct sl_log_hash *out, const struct sl_log_range *range);

/* ---- verifying: SL_OK, or SL_ERR_INTEGRITY for anything that is not proven,
 * also for sizes and indices that make no sense ---- */

/* Leaf `index` of the tree (RFC 9162, section 2.1.3.2). */
SL_MUST_CHECK enum sl_status sl_log_verify_inclusion(
    const struct sl_log_hash *leaf, uint64_t index, uint64_t size,
    const struct sl_log_proof *proof, const struct sl_log_hash *root);

/* One tree, named by size and root. */
struct sl_log_tree {
	uint64_t size;
	struct sl_log_hash root;
};

/* `old` is a prefix of `new` (RFC 9162, section 2.1.4.2); 0 < old size <=
 * new size, an empty old tree proves nothing and is refused. */
SL_MUST_CHECK enum sl_status sl_log_verify_consistency(
    const struct sl_log_tree *old_tree, const struct sl_log_tree *new_tree,
    const struct sl_log_proof *proof);

/* All leaves of `held` are the first of the tree: `proof` is the inclusion
 * proof of the last of them, whose hash is `last`, and what it says of the
 * leaves before is what `held` says.  An empty `held` is refused. */
SL_MUST_CHECK enum sl_status sl_log_verify_prefix(
    const struct sl_log_range *held, const struct sl_log_hash *last,
    const struct sl_log_tree *tree, const struct sl_log_proof *proof);

/* ---- building ---- */

/* The root of the perfect subtree over leaves index << level …
 * ((index + 1) << level) - 1; asked only for such that lie in the tree. */
typedef enum sl_status sl_log_read_fn(void *ctx, struct sl_log_hash *out,
    unsigned level, uint64_t index, struct sl_error *err);

struct sl_log_reader {
	sl_log_read_fn *read;
	void *ctx;
};

/* The range of the first `size` leaves. */
SL_MUST_CHECK enum sl_status sl_log_read_range(struct sl_log_range *out,
    uint64_t size, const struct sl_log_reader *reader, struct sl_error *err);

/* SL_ERR_INVALID unless index < size <= SL_LOG_SIZE_MAX. */
SL_MUST_CHECK enum sl_status sl_log_prove_inclusion(struct sl_log_proof *out,
    uint64_t index, uint64_t size, const struct sl_log_reader *reader,
    struct sl_error *err);

/* SL_ERR_INVALID unless 0 < old_size <= new_size <= SL_LOG_SIZE_MAX. */
SL_MUST_CHECK enum sl_status sl_log_prove_consistency(struct sl_log_proof *out,
    uint64_t old_size, uint64_t new_size, const struct sl_log_reader *reader,
    struct sl_error *err);

/* ---- texts; parsers accept what format writes, nothing else ---- */

/* One base64 line per hash; an empty proof is the empty text. */
SL_MUST_CHECK enum sl_status sl_log_proof_format(
    struct sl_buf *buf, const struct sl_log_proof *proof);
SL_MUST_CHECK enum sl_status sl_log_proof_parse(
    struct sl_log_proof *out, struct sl_slice text, struct sl_error *err);

/* "<index> <size>\n" and the proof: `.sluice/inclusion` of a head. */
struct sl_log_inclusion {
	uint64_t index;
	uint64_t size;
	struct sl_log_proof proof;
};
#define SL_LOG_INCLUSION_TEXT_MAX (SL_LOG_PROOF_TEXT_MAX + 42)
SL_MUST_CHECK enum sl_status sl_log_inclusion_format(
    struct sl_buf *buf, const struct sl_log_inclusion *inclusion);
SL_MUST_CHECK enum sl_status sl_log_inclusion_parse(
    struct sl_log_inclusion *out, struct sl_slice text, struct sl_error *err);

/* A proof for third parties (C2SP tlog-proof): index, hashes and, borrowed,
 * the checkpoint's note, which the caller parses. */
struct sl_log_portable {
	uint64_t index;
	struct sl_log_proof proof;
	struct sl_slice note;
};
SL_MUST_CHECK enum sl_status sl_log_portable_format(
    struct sl_buf *buf, const struct sl_log_portable *portable);
SL_MUST_CHECK enum sl_status sl_log_portable_parse(
    struct sl_log_portable *out, struct sl_slice text, struct sl_error *err);

#endif /* SLUICE_CATALOG_LOG_H */
