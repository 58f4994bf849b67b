/* Receiving a head: what is new since the batches that are known. */
#ifndef SL_CLIENT_HEAD_H
#define SL_CLIENT_HEAD_H

#include <stdint.h>

#include "engine.h"
#include "heads.h"
#include "mirror.h"
#include "notary.h"
#include "sluice/client/wish.h"

struct sl_head_options {
	const struct sl_wish *wish; /* its licence */
	struct sl_notary *notary;
	const struct sl_mirror *mirror; /* where to keep it; NULL: nowhere */
};

/* Ask until the newest batch is known, and its place in the log proven.  Each
 * batch is stored once it was checked, then grant.json.  Adds to *received.
 * Beside refusals: SL_ERR_CONFLICT with code epoch_moved (notary.h). */
SL_MUST_CHECK enum sl_status sl_head_update(struct sl_client *client,
    struct sl_heads *heads, const struct sl_head_options *options,
    uint64_t *received, struct sl_error *err);

#endif /* SL_CLIENT_HEAD_H */
