/* One response to a request for a head: its members in the one order that
 * there is, each checked as it ends.
 *
 *   .sluice/grant.json
 *   .sluice/trust/NNNNNN/{trust,KEYID.minisig…}    each newer version
 *   .sluice/checkpoint                             none before the first batch
 *   .sluice/consistency, .sluice/inclusion         where they are needed
 *   .sluice/batches/NNNNNN/…                       five each
 */
#ifndef SL_CLIENT_RECEIVER_H
#define SL_CLIENT_RECEIVER_H

#include <stdbool.h>

#include "heads.h"
#include "mirror.h"
#include "notary.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"

struct sl_receiver;

/* Batches go to `heads`, and are kept in `mirror` (NULL: nowhere); everything
 * else goes to the notary.  All are borrowed. */
SL_MUST_CHECK enum sl_status sl_receiver_new(struct sl_receiver **out,
    struct sl_heads *heads, struct sl_notary *notary,
    const struct sl_mirror *mirror);
/* NULL is allowed. */
void sl_receiver_free(struct sl_receiver *receiver);

/* The next bytes of the body.  After a failure no more. */
SL_MUST_CHECK enum sl_status sl_receiver_push(
    struct sl_receiver *receiver, struct sl_slice bytes, struct sl_error *err);

/* After a body that was received to its end.  *is_transient says whether a
 * failure is worth another try. */
SL_MUST_CHECK enum sl_status sl_receiver_finish(
    struct sl_receiver *receiver, bool *is_transient, struct sl_error *err);

#endif /* SL_CLIENT_RECEIVER_H */
