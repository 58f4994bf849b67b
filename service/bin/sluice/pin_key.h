/* Whose signature a pin must have: --key FILE, else the customer's own key. */
#ifndef SLUICE_BIN_PIN_KEY_H
#define SLUICE_BIN_PIN_KEY_H

#include "sluice/base/error.h"
#include "sluice/crypto/key.h"

struct sl_run;

SL_MUST_CHECK enum sl_status pin_key(
    struct sl_run *run, struct sl_verify_key *out, struct sl_error *err);

#endif /* SLUICE_BIN_PIN_KEY_H */
