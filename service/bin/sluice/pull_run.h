/* A pull with its progress, for pull and watch. */
#ifndef SLUICE_BIN_PULL_RUN_H
#define SLUICE_BIN_PULL_RUN_H

#include "sluice/client/pull.h"

struct sl_run;

/* With --limit-rate. */
SL_MUST_CHECK enum sl_status pull_client(
    struct sl_run *run, struct sl_client **out, struct sl_error *err);

SL_MUST_CHECK enum sl_status pull_run(struct sl_run *run,
    struct sl_client *client, struct sl_pull_options *options,
    struct sl_pull_result *result, struct sl_error *err);

#endif /* SLUICE_BIN_PULL_RUN_H */
