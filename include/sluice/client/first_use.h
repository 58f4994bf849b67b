/* Trust on first use: pin what the server says now, because there is no other
 * way to know.  Only when a person asks for it. */
#ifndef SLUICE_CLIENT_FIRST_USE_H
#define SLUICE_CLIENT_FIRST_USE_H

#include "sluice/base/error.h"
#include "sluice/catalog/trust.h"
#include "sluice/client/client.h"

/* The root keys of the newest trust file, which enough of them signed and
 * which has not expired.  SL_ERR_INTEGRITY with code bad_trust,
 * trust_threshold, trust_expired …; SL_ERR_NOT_FOUND if the server has none. */
SL_MUST_CHECK enum sl_status sl_first_use(
    struct sl_client *client, struct sl_trust_pin *out, struct sl_error *err);

#endif /* SLUICE_CLIENT_FIRST_USE_H */
