/* The batches of a dataset that were checked, in memory.  Batch i of the array
 * has seq i + 1.
 *
 * Every batch goes through sl_heads_check_manifest() and sl_heads_accept(),
 * whether it comes from the server or from the mirror's own folder (shelf.h).
 */
#ifndef SL_CLIENT_HEADS_H
#define SL_CLIENT_HEADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chain.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/grant.h"
#include "sluice/catalog/index.h"
#include "sluice/catalog/live.h"
#include "sluice/catalog/log.h"
#include "sluice/catalog/manifest.h"
#include "sluice/catalog/name.h"
#include "sluice/crypto/key.h"

/* The largest files.sha256: every line at its longest. */
#define SL_HEAD_FILES_MAX ((size_t)SL_INDEX_FILES_MAX * (64 + 2 + 240 + 1))

enum sl_head_object {
	SL_HEAD_MANIFEST,
	SL_HEAD_MINISIG,
	SL_HEAD_INDEX,
	SL_HEAD_FILES,
	SL_HEAD_QUALITY,
};
#define SL_HEAD_OBJECT_COUNT 5

/* "manifest", "manifest.minisig", … */
const char *sl_head_object_name(enum sl_head_object object);

struct sl_head_objects {
	struct sl_slice object[SL_HEAD_OBJECT_COUNT];
};

struct sl_head_batch {
	struct sl_manifest manifest;
	unsigned char hash[32]; /* of the manifest */
	struct sl_log_hash leaf;
	struct sl_verify_key signer;
	struct sl_index *index;
};

/* The owner embeds it and calls clear. */
struct sl_heads {
	char dataset[SL_DATASET_NAME_MAX + 1];
	const struct sl_trust_chain
	    *chain; /* borrowed: whose signatures count */
	struct sl_head_batch *batches;
	size_t count;
	size_t capacity;
	size_t known; /* so many were seen once; the server cannot have fewer */
	bool is_damaged; /* on disk, from batch count + 1 on */
	bool is_brief; /* set after init: read no index, for a check of what is
	                  kept */
	struct sl_live *live;
	struct sl_grant grant;
	bool has_grant;
};

/* `chain` outlives the heads and may grow. */
SL_MUST_CHECK enum sl_status sl_heads_init(struct sl_heads *heads,
    const char *dataset, const struct sl_trust_chain *chain,
    struct sl_error *err);
void sl_heads_clear(struct sl_heads *heads);

/* Are the first two objects the signed manifest of the next batch?  A revoked
 * key's counts for now if root may vouch for the batch; that is looked at when
 * the log is (sl_notary_prove).  SL_ERR_INTEGRITY with code bad_signature,
 * unknown_key, revoked_key, retired_key, key_out_of_scope, wrong_batch or
 * fork. */
SL_MUST_CHECK enum sl_status sl_heads_check_manifest(
    const struct sl_heads *heads, const struct sl_head_objects *objects,
    struct sl_manifest *out, struct sl_error *err);

/* Check all five objects, parse the index, apply it to the live state. */
SL_MUST_CHECK enum sl_status sl_heads_accept(struct sl_heads *heads,
    const struct sl_head_objects *objects, struct sl_error *err);

/* The same for one place: *at is the object that failed, and the words do not
 * say which batch it is. */
SL_MUST_CHECK enum sl_status sl_heads_check(struct sl_heads *heads,
    const struct sl_head_objects *objects, enum sl_head_object *at,
    struct sl_error *err);

/* Is this a signed manifest of batch `seq`?  Says nothing of its place in the
 * series. */
bool sl_heads_is_signed(const struct sl_heads *heads, struct sl_slice manifest,
    struct sl_slice minisig, uint32_t seq);

/* The newest batch was accepted; these two files were kept of it before.  If
 * they are signed and say another thing, SL_ERR_INTEGRITY with code fork. */
SL_MUST_CHECK enum sl_status sl_heads_check_same(const struct sl_heads *heads,
    struct sl_slice manifest, struct sl_slice minisig, struct sl_error *err);

/* Check what the server granted against what is known.  SL_ERR_INTEGRITY with
 * code rollback. */
SL_MUST_CHECK enum sl_status sl_heads_take_grant(
    struct sl_heads *heads, struct sl_slice text, struct sl_error *err);

/* NULL if there is no such batch or segment. */
const struct sl_index *sl_heads_index(
    const struct sl_heads *heads, uint32_t seq);
const struct sl_index_segment *sl_heads_segment(
    const struct sl_heads *heads, uint32_t seq, uint32_t ordinal);

#endif /* SL_CLIENT_HEADS_H */
