/* Batches as leaves of their log: are they what a checkpoint has, and whose
 * signatures count for them now? */
#ifndef SL_CLIENT_STANDING_H
#define SL_CLIENT_STANDING_H

#include <stdbool.h>
#include <stddef.h>

#include "heads.h"
#include "sluice/base/error.h"
#include "sluice/catalog/log.h"
#include "sluice/catalog/trust.h"

/* The root of batches 1 to `count`; they are there. */
SL_MUST_CHECK enum sl_status sl_standing_root(struct sl_log_hash *out,
    const struct sl_heads *heads, size_t count, struct sl_error *err);

/* Batches 1 to `count` are the tree's first: `proof` is of the last of them.
 * SL_ERR_INTEGRITY with code not_in_log. */
SL_MUST_CHECK enum sl_status sl_standing_check(const struct sl_heads *heads,
    size_t count, const struct sl_log_tree *tree,
    const struct sl_log_proof *proof, struct sl_error *err);

/* They are what root said that the epoch went on from.  SL_ERR_INTEGRITY with
 * code epoch_unproven. */
SL_MUST_CHECK enum sl_status sl_standing_check_start(
    const struct sl_heads *heads, uint32_t epoch, struct sl_error *err);

/* Each one's signer by the newest trust file, which may be newer than the
 * batch; below what root vouches for, any key that it knows.
 * SL_ERR_INTEGRITY with code revoked_key, unknown_key, retired_key or
 * key_out_of_scope. */
SL_MUST_CHECK enum sl_status sl_standing_check_signers(
    const struct sl_heads *heads, struct sl_error *err);

/* "root says that epoch … and <what>": SL_ERR_INTEGRITY with code
 * epoch_unproven. */
enum sl_status sl_standing_refuse_start(
    const struct sl_trust_point *start, const char *what, struct sl_error *err);

#endif /* SL_CLIENT_STANDING_H */
