/* What the commands about pins share: whose signature a pin must have (--key
 * FILE, else the customer's own key), and what a bad name is. */
#ifndef SLUICE_BIN_PIN_KEY_H
#define SLUICE_BIN_PIN_KEY_H

#include "sluice/base/error.h"
#include "sluice/crypto/key.h"

struct sl_run;

SL_MUST_CHECK enum sl_status pin_key(
    struct sl_run *run, struct sl_verify_key *out, struct sl_error *err);

/* `status`; a name that no pin can have is a mistake of who typed it. */
SL_MUST_CHECK enum sl_status pin_answer(
    struct sl_run *run, enum sl_status status, const struct sl_error *err);

#endif /* SLUICE_BIN_PIN_KEY_H */
