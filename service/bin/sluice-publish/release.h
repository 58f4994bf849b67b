/* The option --release CLASS=TIME. */
#ifndef SL_SLUICE_PUBLISH_RELEASE_H
#define SL_SLUICE_PUBLISH_RELEASE_H

#include <jansson.h>

#include "sluice/base/error.h"

struct sl_run;

/* {"early":"2026-11-21T01:15:00Z", …} of all that were given, NULL for none.
 * The caller owns it. */
SL_MUST_CHECK enum sl_status release_read(
    json_t **out, struct sl_run *run, struct sl_error *err);

#endif /* SL_SLUICE_PUBLISH_RELEASE_H */
