/* A filter over facets: `task=pick|place,success=true`.
 *
 * Keys are joined by `,` (and), values by `|` (or); a key occurs once.
 * `recorded` matches a date prefix: 2026, 2026-11 or 2026-11-20.  An absent
 * facet matches nothing.  A NULL filter matches everything.  Immutable once
 * parsed; any thread. */
#ifndef SLUICE_CATALOG_WHERE_H
#define SLUICE_CATALOG_WHERE_H

#include <stdbool.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/facet.h"

#define SL_WHERE_TEXT_MAX   2048
#define SL_WHERE_VALUES_MAX 64

struct sl_where;

/* The empty text gives *out NULL, the filter that matches everything. */
SL_MUST_CHECK enum sl_status sl_where_parse(
    struct sl_where **out, struct sl_slice text, struct sl_error *err);

/* NULL is allowed. */
void sl_where_free(struct sl_where *where);

/* Canonical text: keys in the order of enum sl_facet, values sorted, each
 * once.  Nothing for NULL. */
SL_MUST_CHECK enum sl_status sl_where_format(
    struct sl_buf *buf, const struct sl_where *where);

bool sl_where_matches(
    const struct sl_where *where, const struct sl_facets *facets);

/* The same for values by facet, NULL or "" where absent. */
bool sl_where_matches_values(
    const struct sl_where *where, const char *const values[SL_FACET_COUNT]);

/* Walk the parts, e.g. to make SQL of them: how many values the filter has
 * for a facet (0: no condition), and the i-th of them (borrowed). */
size_t sl_where_value_count(const struct sl_where *where, enum sl_facet facet);
const char *sl_where_value(
    const struct sl_where *where, enum sl_facet facet, size_t i);

#endif /* SLUICE_CATALOG_WHERE_H */
