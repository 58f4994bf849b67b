/* A JSON Schema (draft 2020-12, json-schema.org) and its check, in the part
 * that catalog/schema/episode.schema.json uses.
 *
 * Keywords: type, const, enum, required, properties, items, minimum, maximum,
 * exclusiveMinimum, minLength, maxLength, maxItems, pattern (POSIX extended),
 * format (date-time: UTC as sl_time_format() writes it), if with then, $ref to
 * "#/$defs/NAME".  A schema with any other keyword is refused, so that nothing
 * is left unchecked unnoticed.  Once made it does not change: any thread. */
#ifndef SLUICE_CATALOG_SCHEMA_H
#define SLUICE_CATALOG_SCHEMA_H

#include <jansson.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

#define SL_SCHEMA_BYTES_MAX (256 * 1024)

struct sl_schema;

/* SL_ERR_INVALID for what is no schema of the part above. */
SL_MUST_CHECK enum sl_status sl_schema_parse(
    struct sl_schema **out, struct sl_slice text, struct sl_error *err);

/* NULL is allowed. */
void sl_schema_free(struct sl_schema *schema);

/* SL_ERR_INVALID names the first place that does not fit, and why:
 * "outcome.success: \"yes\" is not one of true, false, partial, unknown". */
SL_MUST_CHECK enum sl_status sl_schema_check(
    const struct sl_schema *schema, const json_t *value, struct sl_error *err);

#endif /* SLUICE_CATALOG_SCHEMA_H */
