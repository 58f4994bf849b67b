/* The facts about an episode that the index shows and `where` can use. */
#ifndef SLUICE_CATALOG_FACET_H
#define SLUICE_CATALOG_FACET_H

#include <jansson.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/name.h"

enum sl_facet {
	SL_FACET_TASK,
	SL_FACET_SUCCESS, /* true, false, partial, unknown */
	SL_FACET_FAILURE_MODE,
	SL_FACET_SOURCE,
	SL_FACET_SITE,
	SL_FACET_ROBOT,
	SL_FACET_RECORDED, /* 2026-11-20T10:00:00Z */
	SL_FACET_EMBODIMENT,
	SL_FACET_ENVIRONMENT,
	SL_FACET_CONSENT,
};
#define SL_FACET_COUNT 10

/* About 24 days; an int4. */
#define SL_DURATION_MS_MAX 2147483647U

/* A value type: "" means absent. */
struct sl_facets {
	char value[SL_FACET_COUNT][SL_SLUG_MAX + 1];
	uint32_t duration_ms;
};

/* "task" …; never NULL. */
const char *sl_facet_name(enum sl_facet facet);

/* SL_ERR_NOT_FOUND for other words. */
SL_MUST_CHECK enum sl_status sl_facet_by_name(
    enum sl_facet *out, struct sl_slice name);

/* Is it a value this facet may have? (a slug; one of the four for success;
 * a time for recorded) */
SL_MUST_CHECK enum sl_status sl_facets_set(struct sl_facets *facets,
    enum sl_facet facet, struct sl_slice value, struct sl_error *err);

/* The "facets" object of an index, strict; duration_ms may be left out (0). */
SL_MUST_CHECK enum sl_status sl_facets_from_json(
    struct sl_facets *out, const json_t *object, struct sl_error *err);
/* NULL when out of memory. */
json_t *sl_facets_to_json(const struct sl_facets *facets);

#endif /* SLUICE_CATALOG_FACET_H */
