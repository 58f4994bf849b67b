/* What the JSON of licence terms and of policies has in common.  Private to
 * catalog. */
#ifndef SLUICE_CATALOG_TERMS_JSON_PRIVATE_H
#define SLUICE_CATALOG_TERMS_JSON_PRIVATE_H

#include <jansson.h>
#include <stdbool.h>

#include "sluice/base/error.h"
#include "sluice/catalog/terms.h"

#define SL_TERMS_RULE_KEYS                                                     \
	"class", "programme", "layers", "where", "use", "fields", "territory", \
	    "quota", "deliveries", "on_expiry", "text", "price"

/* Everything but version, dataset, layers, where, window and term. */
SL_MUST_CHECK enum sl_status sl_terms_read_rules(
    struct sl_terms *terms, const json_t *object, struct sl_error *err);

/* Add class, programme, layers and where; false when out of memory. */
bool sl_terms_write_scope(json_t *object, const struct sl_terms *terms);
/* Add use and all that comes after it. */
bool sl_terms_write_rules(json_t *object, const struct sl_terms *terms);

/* Add one member; false when out of memory, and for a part that is NULL. */
bool sl_terms_put(json_t *object, const char *key, json_t *part);

#endif /* SLUICE_CATALOG_TERMS_JSON_PRIVATE_H */
