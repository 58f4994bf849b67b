/* A decision as people and programs read it, the same on the server and in
 * `sluicectl licence explain`. */
#ifndef SLUICE_CATALOG_EXPLAIN_H
#define SLUICE_CATALOG_EXPLAIN_H

#include <jansson.h>
#include <stdint.h>

#include "sluice/base/uuid.h"
#include "sluice/catalog/decide.h"

/* An explanation is of one more delivery, of something new that is as small as
 * can be: what is held already may be had where this is denied. */
#define SL_EXPLAIN_CHARGE                                   \
	{                                                   \
		.episodes = 1, .duration_ms = 1, .bytes = 1 \
	}

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
