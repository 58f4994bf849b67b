/* Early access: batches that classes of licences get at a time of their own. */
#ifndef SLUICE_STORE_RELEASE_H
#define SLUICE_STORE_RELEASE_H

#include "sluice/store/reply.h"

/* Called once a second by every worker: tells what has been released
 * meanwhile, once, whoever calls. */
SL_MUST_CHECK enum sl_status sl_store_tick(
    struct sl_db *db, sl_done_fn *fn, void *ctx, struct sl_error *err);

/* What is still to be released: array of {"dataset","seq","class","at"};
 * dataset NULL: all.  Class "*" is every class that is not named. */
SL_MUST_CHECK enum sl_status sl_store_release_list(
    json_t **out, struct sl_db *db, const char *dataset, struct sl_error *err);

#endif /* SLUICE_STORE_RELEASE_H */
