/* Questions to a person at a terminal. */
#ifndef SLUICE_BIN_CONFIRM_H
#define SLUICE_BIN_CONFIRM_H

#include <stdbool.h>

#include "sluice/base/error.h"

struct sl_run;

#define CONFIRM_ANSWER_MAX 201

/* Are standard input and standard error a terminal, and is the output for
 * people? */
bool confirm_is_possible(struct sl_run *run);

/* One line; SL_ERR_CANCELLED if none comes or it is empty. */
SL_MUST_CHECK enum sl_status confirm_ask(
    const char *question, char out[CONFIRM_ANSWER_MAX], struct sl_error *err);

/* SL_ERR_CANCELLED unless the answer is "yes". */
SL_MUST_CHECK enum sl_status confirm_yes(
    const char *question, struct sl_error *err);

#endif /* SLUICE_BIN_CONFIRM_H */
