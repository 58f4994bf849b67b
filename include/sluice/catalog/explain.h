/* A decision as people and programs read it, the same on the server and in
 * `sluicectl licence explain`. */
#ifndef SLUICE_CATALOG_EXPLAIN_H
#define SLUICE_CATALOG_EXPLAIN_H

#include <jansson.h>
#include <stdint.h>

#include "sluice/base/uuid.h"
#include "sluice/catalog/decide.h"

/* {"allowed":b,"code":"","sentence":"","failed":[{"code","sentence"},…],
 *  "valid_until":T|null,"licence":U,"version":n,"obligations":["…",…]}
 *
 * `terms` NULL: unreadable, no obligations.  NULL when out of memory. */
json_t *sl_decision_to_json(const struct sl_decision *decision,
    const struct sl_terms *terms, const struct sl_uuid *licence,
    uint32_t version);

/* What the licence obliges to, one sentence each.  NULL when out of memory. */
json_t *sl_terms_obligations(const struct sl_terms *terms);

#endif /* SLUICE_CATALOG_EXPLAIN_H */
