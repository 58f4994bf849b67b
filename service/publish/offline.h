/* A batch that is signed on another machine: what the seal takes lies beside
 * its pack, so that the second step needs no drafts. */
#ifndef SL_PUBLISH_OFFLINE_H
#define SL_PUBLISH_OFFLINE_H

#include "batch.h"

/* Store seal.json beside the batch's other objects. */
SL_MUST_CHECK enum sl_status offline_keep(
    const struct batch *batch, struct sl_error *err);

/* Append an object of a publication to `out`, at most its maximum. */
SL_MUST_CHECK enum sl_status offline_read(struct sl_buf *out,
    const struct sl_publish_options *options, const struct sl_uuid *publication,
    const char *name, struct sl_error *err);

#endif /* SL_PUBLISH_OFFLINE_H */
