/* Publishing with what the command line says of key, objects and database;
 * for publish and retract. */
#ifndef SL_SLUICE_PUBLISH_PUBLISH_RUN_H
#define SL_SLUICE_PUBLISH_PUBLISH_RUN_H

#include "sluice/publish/publish.h"

#include "offline.h"

struct sl_run;

/* Fills db, objects, key and progress, runs, prints. */
SL_MUST_CHECK enum sl_status publish_run(struct sl_run *run,
    struct sl_publish_options *options, const struct offline *offline,
    struct sl_error *err);

/* One line of a batch that is visible now. */
void publish_print_batch(
    struct sl_run *run, const char *dataset, const json_t *batch);

#endif /* SL_SLUICE_PUBLISH_PUBLISH_RUN_H */
