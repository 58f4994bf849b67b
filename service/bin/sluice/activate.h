/* A one-time activation link becomes a profile. */
#ifndef SLUICE_BIN_ACTIVATE_H
#define SLUICE_BIN_ACTIVATE_H

#include "sluice/base/error.h"
#include "sluice/catalog/profile.h"

struct sl_run;

/* A nonce goes with the code and is kept beside the profile until
 * activate_end(): when the answer was lost, the same command gets another.
 *
 * `link`: https://HOST[:PORT]/activate#CODE, as the provider sent it; the code
 * may also be the last part of the path.  With --ca its certificates go into
 * the profile.  *out must be initialised. */
SL_MUST_CHECK enum sl_status activate(struct sl_run *run, const char *link,
    struct sl_profile *out, struct sl_error *err);

/* The profile is kept: the nonce is needed no more. */
void activate_end(void);

#endif /* SLUICE_BIN_ACTIVATE_H */
