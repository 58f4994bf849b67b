/* Licence terms as an ODRL 2.2 policy in JSON-LD, for other people's tools.
 *
 * An export: what ODRL has a word for is mapped to it, the rest is named in
 * our own vocabulary under SL_ODRL_PROFILE.  Nothing here reads ODRL back. */
#ifndef SLUICE_CATALOG_ODRL_H
#define SLUICE_CATALOG_ODRL_H

#include <jansson.h>

#include "sluice/base/uuid.h"
#include "sluice/catalog/terms.h"

#define SL_ODRL_PROFILE "urn:sluice:odrl:1"

struct sl_odrl_parties {
	struct sl_uuid licence;
	const char *assigner; /* the publisher's name */
	const char *assignee; /* the customer's name */
};

/* NULL when out of memory. */
json_t *sl_odrl_from_terms(
    const struct sl_terms *terms, const struct sl_odrl_parties *parties);

#endif /* SLUICE_CATALOG_ODRL_H */
