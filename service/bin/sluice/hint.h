/* What a person can do about a refusal. */
#ifndef SLUICE_BIN_HINT_H
#define SLUICE_BIN_HINT_H

#include <stdbool.h>

#include "sluice/base/error.h"

struct sl_run;

/* By the code of `err`; false if there is nothing to say about it. */
bool hint_refusal(struct sl_run *run, const struct sl_error *err);

#endif /* SLUICE_BIN_HINT_H */
