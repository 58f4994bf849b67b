/* A client as the options ask for it. */
#ifndef SLUICE_BIN_CONNECT_H
#define SLUICE_BIN_CONNECT_H

#include <jansson.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/client/client.h"

struct sl_run;

/* With the profile of --profile or login. */
SL_MUST_CHECK enum sl_status connect_client(
    struct sl_run *run, struct sl_client **out, struct sl_error *err);

/* With this profile. */
SL_MUST_CHECK enum sl_status connect_as(struct sl_run *run,
    const struct sl_profile *profile, uint64_t rate_bytes,
    struct sl_client **out, struct sl_error *err);

/* Without a token: only the endpoint and certificates of `server` count. */
SL_MUST_CHECK enum sl_status connect_to(struct sl_run *run,
    const struct sl_profile *server, struct sl_client **out,
    struct sl_error *err);

/* --max-age; warns if it is more than the default. */
SL_MUST_CHECK enum sl_status connect_max_age(
    struct sl_run *run, uint64_t *out_ms, struct sl_error *err);

/* GET a path of the API. */
SL_MUST_CHECK enum sl_status connect_get(
    struct sl_run *run, const char *path, json_t **out, struct sl_error *err);

#endif /* SLUICE_BIN_CONNECT_H */
