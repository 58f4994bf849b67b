/* Growing a plan; shared by its parts. */
#ifndef SL_PUBLISH_PLAN_BUILD_H
#define SL_PUBLISH_PLAN_BUILD_H

#include "plan.h"

/* Borrowed until the next one is added. */
SL_MUST_CHECK enum sl_status plan_add(
    struct plan *plan, struct plan_item **out);

/* Copies the struct. */
SL_MUST_CHECK enum sl_status plan_add_file(
    struct plan_item *item, const struct plan_file *file);

/* The dataset's own files: those of the drafts, and those of sources that
 * this publication does not bring.  Adds number 0 if they have changed. */
SL_MUST_CHECK enum sl_status plan_dataset_files(struct plan *plan,
    struct known *known, const struct sl_publish_options *options,
    struct sl_error *err);

/* One owner of a path among all episodes that are live afterwards. */
SL_MUST_CHECK enum sl_status plan_check_paths(
    const struct plan *plan, struct known *known, struct sl_error *err);

#endif /* SL_PUBLISH_PLAN_BUILD_H */
