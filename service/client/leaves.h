/* The leaves of the dataset's log that a mirror holds: its manifests. */
#ifndef SL_CLIENT_LEAVES_H
#define SL_CLIENT_LEAVES_H

#include <stddef.h>
#include <stdint.h>

#include "heads.h"
#include "mirror.h"
#include "sluice/base/error.h"
#include "sluice/catalog/checkpoint.h"

/* In .sluice: the note that was accepted last. */
#define SL_CHECKPOINT_FILE "log/checkpoint"

/* The owner embeds it and calls clear. */
struct sl_leaves {
	struct sl_log_hash *hashes;
	size_t count;
};

/* All batches of the heads; a manifest that is no longer what was checked is
 * SL_ERR_INTEGRITY. */
SL_MUST_CHECK enum sl_status sl_leaves_load(struct sl_leaves *leaves,
    const struct sl_mirror *mirror, const struct sl_heads *heads,
    struct sl_error *err);
void sl_leaves_clear(struct sl_leaves *leaves);

/* Have the first tree.size of them its root?  SL_ERR_STATE, code
 * leaves_missing, if there are fewer; SL_ERR_INTEGRITY, code not_in_log. */
SL_MUST_CHECK enum sl_status sl_leaves_check(const struct sl_leaves *leaves,
    const struct sl_log_tree *tree, struct sl_error *err);

/* The inclusion proof of leaf `index` in the tree of the first `size`. */
SL_MUST_CHECK enum sl_status sl_leaves_prove(struct sl_log_proof *out,
    const struct sl_leaves *leaves, uint64_t index, uint64_t size,
    struct sl_error *err);

/* The mirror's checkpoint: its note in `text` (fixed maximum, initialised),
 * which *note borrows.  It was verified when it was accepted.
 * SL_ERR_NOT_FOUND, code no_checkpoint. */
SL_MUST_CHECK enum sl_status sl_leaves_checkpoint(struct sl_checkpoint *out,
    struct sl_note *note, struct sl_buf *text, const struct sl_mirror *mirror,
    struct sl_error *err);

#endif /* SL_CLIENT_LEAVES_H */
