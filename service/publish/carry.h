/* Dataset files of sources that a publication does not bring: their bytes come
 * out of the pack of the batch that has them. */
#ifndef SL_PUBLISH_CARRY_H
#define SL_PUBLISH_CARRY_H

#include "plan.h"

/* Fill `content` of the item's files that come from no draft, from the
 * segment at `layer` (NULL only if there is no such file). */
SL_MUST_CHECK enum sl_status carry_files(struct plan_item *item,
    struct known *known, const struct known_layer *layer, struct sl_error *err);

#endif /* SL_PUBLISH_CARRY_H */
