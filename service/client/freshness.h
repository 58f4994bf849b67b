/* When witnesses last said that a checkpoint is the newest: what tells a
 * signed "nothing new" from silence. */
#ifndef SL_CLIENT_FRESHNESS_H
#define SL_CLIENT_FRESHNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/note.h"
#include "sluice/catalog/trust.h"
#include "sluice/client/freshness.h"

/* The time of which at least `witness_threshold` witnesses of the trust file
 * gave one as late or later.  SL_ERR_INTEGRITY with code unwitnessed if there
 * are fewer, future if one is of a time to come, bad_signature for a line of a
 * witness that is not its.  No witness in the trust file: SL_OK, and has_time
 * is false. */
SL_MUST_CHECK enum sl_status sl_freshness_read(struct sl_freshness *out,
    const struct sl_trust *trust, const struct sl_note *note, int64_t now_us,
    struct sl_error *err);

/* SL_ERR_INTEGRITY with code freeze. */
SL_MUST_CHECK enum sl_status sl_freshness_check(
    const struct sl_freshness *freshness, const struct sl_freshness_rule *rule,
    struct sl_error *err);

#endif /* SL_CLIENT_FRESHNESS_H */
