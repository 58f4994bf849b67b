/* What follows a pull: heads of the ledger and a receipt. */
#ifndef SLUICE_BIN_RECEIPT_H
#define SLUICE_BIN_RECEIPT_H

#include "sluice/client/pull.h"

struct sl_run;

/* The heads that the mirror keeps go to the user's own, where those of all
 * mirrors meet.  SL_ERR_INTEGRITY, code ledger_fork. */
SL_MUST_CHECK enum sl_status receipt_merge(struct sl_run *run,
    const struct sl_pull_options *options, const struct sl_pull_result *result,
    struct sl_error *err);

/* Send a receipt unless --no-receipt; a failure is a warning. */
void receipt_after(struct sl_run *run, struct sl_client *client,
    const struct sl_pull_options *options);

#endif /* SLUICE_BIN_RECEIPT_H */
