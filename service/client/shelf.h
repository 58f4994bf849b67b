/* The checked batches on disk: .sluice/batches/NNNNNN/, five files each. Beside
 * their checks in memory, nothing of them is believed. */
#ifndef SL_CLIENT_SHELF_H
#define SL_CLIENT_SHELF_H

#include <stdint.h>

#include "heads.h"
#include "mirror.h"
#include "sluice/base/error.h"

/* Read batches from 1 to the newest that is there, at least to `newest`, then
 * grant.json.  If a file is missing or not what was signed: SL_ERR_INTEGRITY,
 * heads->is_damaged, and the heads end before its batch; receiving a head then
 * mends it. */
SL_MUST_CHECK enum sl_status sl_shelf_load(struct sl_heads *heads,
    const struct sl_mirror *mirror, uint32_t newest, struct sl_error *err);

/* Add to the words of damage which command mends it, with its arguments
 * (`dataset` may be ""); returns their status. */
enum sl_status sl_shelf_advise(struct sl_error *err, const char *command,
    const char *dataset, const char *dir);

/* Keep the newest batch of the heads.  SL_ERR_INTEGRITY with code fork if what
 * was kept of it before is signed and something else. */
SL_MUST_CHECK enum sl_status sl_shelf_store(const struct sl_heads *heads,
    const struct sl_mirror *mirror, const struct sl_head_objects *objects,
    struct sl_error *err);

/* Remove folders of batches beyond `count`, the newest first. */
SL_MUST_CHECK enum sl_status sl_shelf_cut(
    const struct sl_mirror *mirror, size_t count, struct sl_error *err);

#endif /* SL_CLIENT_SHELF_H */
