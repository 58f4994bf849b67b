/* What all that looks at a mirror as it is has in common (verify, repair,
 * receipts, bills, deletions): the mirror, its heads, the files it must have,
 * and what was found. */
#ifndef SL_CLIENT_INSPECTION_H
#define SL_CLIENT_INSPECTION_H

#include "files.h"
#include "findings.h"
#include "heads.h"
#include "mirror.h"
#include "notary.h"
#include "sluice/client/verify.h"

/* The owner embeds it, sets the first two and calls clear. */
struct sl_check {
	const struct sl_verify_options *options;
	struct sl_verify_result *result;
	bool is_brief; /* read no index */
	struct sl_mirror mirror;
	struct sl_notary notary;
	struct sl_error damage; /* of trust files and the log; or SL_OK */
	struct sl_heads heads;
	struct sl_file_list files;
	struct sl_findings findings;
};

/* A mirror that cannot be written is opened to look at even if `mode` is
 * SL_MIRROR_WRITE.  SL_ERR_NOT_FOUND, code nothing_applied, before the first
 * pull.  Nothing is to be cleared after a failure. */
SL_MUST_CHECK enum sl_status sl_check_open(
    struct sl_check *check, enum sl_mirror_mode mode, struct sl_error *err);
/* Read the trust files and the batches that the mirror keeps (sl_shelf_load).
 * Whether they are in the log is asked by load_whole. */
SL_MUST_CHECK enum sl_status sl_check_load(
    struct sl_check *check, struct sl_error *err);
/* The same; the words of damage send to repair.  The tree's batches, and what
 * else was proven, are the log's (sl_kept_check). */
SL_MUST_CHECK enum sl_status sl_check_load_whole(
    struct sl_check *check, struct sl_error *err);
/* Complete a pending apply, then compare everything. */
SL_MUST_CHECK enum sl_status sl_check_look(
    struct sl_check *check, struct sl_error *err);
/* Count and tell what was found. */
void sl_check_report(struct sl_check *check);
void sl_check_clear(struct sl_check *check);

#endif /* SL_CLIENT_INSPECTION_H */
