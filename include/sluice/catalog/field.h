/* Fields of use, such as `logistics` or `weapons`: which a licence allows and
 * which it denies.  Deny wins; without "*" a field must be declared. */
#ifndef SLUICE_CATALOG_FIELD_H
#define SLUICE_CATALOG_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/name.h"

#define SL_FIELDS_MAX 24

/* A value type, sorted and without repetition. */
struct sl_fields {
	bool all; /* "*" */
	uint32_t count;
	char name[SL_FIELDS_MAX][SL_SLUG_MAX + 1];
};

/* "logistics,retail", "*", or "" for none. */
SL_MUST_CHECK enum sl_status sl_fields_parse(
    struct sl_fields *out, struct sl_slice text, struct sl_error *err);

/* ["logistics"], ["*"] alone, [] */
SL_MUST_CHECK enum sl_status sl_fields_from_json(
    struct sl_fields *out, const json_t *array, struct sl_error *err);
/* NULL when out of memory. */
json_t *sl_fields_to_json(const struct sl_fields *fields);

/* "" is in no list but "*". */
bool sl_fields_contain(const struct sl_fields *fields, const char *field);

#endif /* SLUICE_CATALOG_FIELD_H */
