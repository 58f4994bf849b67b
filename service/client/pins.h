/* The folder .sluice/pins of an open mirror. */
#ifndef SL_CLIENT_PINS_H
#define SL_CLIENT_PINS_H

#include "heads.h"
#include "holdings.h"
#include "mirror.h"
#include "sluice/client/pin.h"

/* A slug that is no file's beside a pin. */
bool sl_pins_name_is_valid(const char *name);

/* Text and signature as they lie there; both initialised.  SL_ERR_NOT_FOUND,
 * code no_such_pin. */
SL_MUST_CHECK enum sl_status sl_pins_load(const struct sl_mirror *mirror,
    const char *name, struct sl_buf *text, struct sl_buf *minisig,
    struct sl_error *err);

/* The same parsed and, unless `key` is NULL, checked. */
SL_MUST_CHECK enum sl_status sl_pins_read(struct sl_pin *out,
    const struct sl_mirror *mirror, const char *name,
    const struct sl_verify_key *key, struct sl_error *err);

/* Sign and keep, the pin itself last; durable. */
SL_MUST_CHECK enum sl_status sl_pins_store(struct sl_mirror *mirror,
    const struct sl_pin *pin, const struct sl_sign_key *key,
    struct sl_slice checkpoint, struct sl_error *err);

SL_MUST_CHECK enum sl_status sl_pins_list(char ***out, size_t *count,
    const struct sl_mirror *mirror, struct sl_error *err);

/* The segments of a pin.  `out` must be empty. */
SL_MUST_CHECK enum sl_status sl_pins_holdings(
    struct sl_holdings *out, const struct sl_pin *pin);

#endif /* SL_CLIENT_PINS_H */
