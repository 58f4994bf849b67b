/* Cosigning one log, for the log signer that has the witness's key too. */
#ifndef SL_PUBLISH_WITNESS_H
#define SL_PUBLISH_WITNESS_H

#include "sluice/catalog/trust.h"
#include "sluice/publish/log.h"

/* Appends {"dataset","epoch","size","time"} to `out`; nothing if there is no
 * checkpoint. */
SL_MUST_CHECK enum sl_status witness_dataset(json_t *out,
    const struct sl_witness_options *options, const struct sl_trust *trust,
    const char *dataset, struct sl_error *err);

#endif /* SL_PUBLISH_WITNESS_H */
