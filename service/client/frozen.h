/* A tree beside the mirror that no later pull changes: hard links, since a
 * mirror's files are replaced and never written in place, or copies. */
#ifndef SL_CLIENT_FROZEN_H
#define SL_CLIENT_FROZEN_H

#include "files.h"
#include "findings.h"
#include "heads.h"
#include "holdings.h"
#include "mirror.h"
#include "sluice/client/pin.h"

struct sl_frozen_order {
	const struct sl_mirror *mirror;
	const struct sl_heads *heads;
	const struct sl_holdings *segments;
	const char *path;
	bool may_copy;
	bool (*is_cancelled)(void);
	/* Files for .sluice of the tree: pin, its signature, SHA256SUMS. */
	struct sl_slice pin;
	struct sl_slice minisig;
	struct sl_slice sums;
};

/* Made under another name beside `path`, hashed as a whole, then renamed: what
 * is at `path` is right.  SL_ERR_EXISTS, code tree_exists; SL_ERR_INVALID, code
 * tree_in_mirror; SL_ERR_IO, code other_file_system; SL_ERR_INTEGRITY, code
 * damaged. */
SL_MUST_CHECK enum sl_status sl_frozen_make(
    const struct sl_frozen_order *order, struct sl_error *err);

/* What in the folder `path` is not these segments, every byte looked at.
 * *findings is to be cleared in any case. */
SL_MUST_CHECK enum sl_status sl_frozen_compare(struct sl_findings *findings,
    const struct sl_heads *heads, const struct sl_holdings *segments,
    const char *path, bool (*is_cancelled)(void), struct sl_error *err);

#endif /* SL_CLIENT_FROZEN_H */
