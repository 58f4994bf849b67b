/* What a pull or a plan did, in words and as JSON. */
#ifndef SLUICE_BIN_SHOW_PULL_H
#define SLUICE_BIN_SHOW_PULL_H

#include <jansson.h>

#include "sluice/client/pull.h"

struct sl_run;

/* NULL when out of memory. */
json_t *show_pull_json(
    const struct sl_pull_options *options, const struct sl_pull_result *result);

void show_pull(struct sl_run *run, const struct sl_pull_options *options,
    const struct sl_pull_result *result);

/* "retracted: 7,9-12" and the like; nothing for an empty set. */
void show_numbers(
    struct sl_run *run, const char *what, const struct sl_multirange *numbers);

#endif /* SLUICE_BIN_SHOW_PULL_H */
