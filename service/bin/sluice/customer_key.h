/* The key that receipts are signed with: customer.key beside the profile, mode
 * 0600, made once and kept. */
#ifndef SLUICE_BIN_CUSTOMER_KEY_H
#define SLUICE_BIN_CUSTOMER_KEY_H

#include <stdbool.h>

#include "sluice/base/error.h"
#include "sluice/crypto/key.h"

/* SL_ERR_NOT_FOUND if there is none, SL_ERR_AUTH if others can read it. */
SL_MUST_CHECK enum sl_status customer_key_load(
    struct sl_sign_key **out, struct sl_error *err);

/* The same, but make it if there is none; *is_new says so. */
SL_MUST_CHECK enum sl_status customer_key_make(
    struct sl_sign_key **out, bool *is_new, struct sl_error *err);

#endif /* SLUICE_BIN_CUSTOMER_KEY_H */
