/* The metadata of one episode, as catalog/schema/episode.schema.json has it.
 *
 * The rules are made once; then any thread may use them. */
#ifndef SLUICE_CATALOG_METADATA_H
#define SLUICE_CATALOG_METADATA_H

#include <jansson.h>
#include <stdbool.h>

#include "sluice/base/error.h"
#include "sluice/catalog/facet.h"

/* Of one episode, as text. */
#define SL_METADATA_BYTES_MAX (1024 * 1024)

struct sl_metadata_rules;

SL_MUST_CHECK enum sl_status sl_metadata_rules_new(
    struct sl_metadata_rules **out, struct sl_error *err);
/* NULL is allowed. */
void sl_metadata_rules_free(struct sl_metadata_rules *rules);

/* Does it name the version of the schema, and so claim to be of it?  What
 * does not is somebody's own, and is kept as it is. */
bool sl_metadata_is_described(const json_t *metadata);

/* SL_ERR_INVALID with the member and what is wrong with it. */
SL_MUST_CHECK enum sl_status sl_metadata_check(
    const struct sl_metadata_rules *rules, const json_t *metadata,
    struct sl_error *err);

/* Put into `metadata` what `defaults` (objects both) has and it has not, also
 * within objects that both have. */
SL_MUST_CHECK enum sl_status sl_metadata_fill(
    json_t *metadata, const json_t *defaults);

/* Set the facets that `facets` leaves open from checked metadata.
 * SL_ERR_CONFLICT names one that both give, differently. */
SL_MUST_CHECK enum sl_status sl_metadata_facets(
    struct sl_facets *facets, const json_t *metadata, struct sl_error *err);

/* The other way: set members that are absent and that facets state. */
SL_MUST_CHECK enum sl_status sl_metadata_take_facets(
    json_t *metadata, const struct sl_facets *facets);

#endif /* SLUICE_CATALOG_METADATA_H */
