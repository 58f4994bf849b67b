/* What is looked at before anything is fetched or removed. */
#ifndef SL_CLIENT_GUARD_H
#define SL_CLIENT_GUARD_H

#include "heads.h"
#include "mirror.h"
#include "plan.h"
#include "want.h"

/* A slip in a changed wish must not empty a mirror, nor shrink it to metadata:
 * SL_ERR_NOT_FOUND with code nothing_matches. */
SL_MUST_CHECK enum sl_status sl_guard_wish(const struct sl_mirror *mirror,
    const struct sl_heads *heads, const struct sl_plan *plan,
    const struct sl_wish *wish, struct sl_error *err);

/* Refuse early what cannot fit: nothing is charged for it then.  SL_ERR_FULL
 * with code disk_full. */
SL_MUST_CHECK enum sl_status sl_guard_room(const struct sl_mirror *mirror,
    const struct sl_wants *wants, struct sl_error *err);

#endif /* SL_CLIENT_GUARD_H */
