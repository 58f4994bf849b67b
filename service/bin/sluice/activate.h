/* A one-time activation link becomes a profile. */
#ifndef SLUICE_BIN_ACTIVATE_H
#define SLUICE_BIN_ACTIVATE_H

#include "sluice/base/error.h"
#include "sluice/catalog/profile.h"

struct sl_run;

/* `link`: https://HOST[:PORT]/activate#CODE, as the provider sent it; the code
 * may also be the last part of the path.  With --ca its certificates go into
 * the profile.  *out must be initialised. */
SL_MUST_CHECK enum sl_status activate(struct sl_run *run, const char *link,
    struct sl_profile *out, struct sl_error *err);

#endif /* SLUICE_BIN_ACTIVATE_H */
