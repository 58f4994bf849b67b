/* The members "layers", "where" and "window" that licence terms and grants
 * have in common.  Private to catalog. */
#ifndef SLUICE_CATALOG_SCOPE_JSON_PRIVATE_H
#define SLUICE_CATALOG_SCOPE_JSON_PRIVATE_H

#include <jansson.h>

#include "sluice/base/error.h"
#include "sluice/catalog/scope.h"

/* Replaces the parts of an initialised scope. */
SL_MUST_CHECK enum sl_status sl_scope_read(
    struct sl_scope *scope, const json_t *object, struct sl_error *err);

/* The same without "window". */
SL_MUST_CHECK enum sl_status sl_scope_read_filter(
    struct sl_scope *scope, const json_t *object, struct sl_error *err);

/* Each NULL when out of memory. */
json_t *sl_scope_where_json(const struct sl_scope *scope);
json_t *sl_scope_window_json(const struct sl_scope *scope);

#endif /* SLUICE_CATALOG_SCOPE_JSON_PRIVATE_H */
