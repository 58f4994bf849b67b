/* The keywords of a JSON Schema that are known, and what they say of a value.
 * Private to catalog. */
#ifndef SLUICE_CATALOG_SCHEMA_KEYWORD_PRIVATE_H
#define SLUICE_CATALOG_SCHEMA_KEYWORD_PRIVATE_H

#include <jansson.h>
#include <stddef.h>

#include "sluice/base/error.h"

#define SCHEMA_PATH_MAX 200

/* One value on its way through a schema. */
struct schema_check {
	const json_t *root; /* of the schema */
	char path[SCHEMA_PATH_MAX];
	struct sl_error *err;
};

typedef enum sl_status schema_keyword_fn(struct schema_check *check,
    const json_t *argument, const json_t *schema, const json_t *value);

/* What a keyword's argument must be for schema_check_value() to rely on it. */
enum schema_shape {
	SHAPE_TEXT,
	SHAPE_NUMBER,
	SHAPE_COUNT,
	SHAPE_ANY,
	SHAPE_TEXTS,
	SHAPE_SCHEMA,
	SHAPE_SCHEMAS,
};

struct schema_keyword {
	const char *name;
	enum schema_shape shape;
	schema_keyword_fn *fn; /* NULL: says nothing about values */
};

extern const struct schema_keyword schema_keywords[];
extern const size_t schema_keyword_count;

/* `schema` must have been found well-formed.  SL_ERR_INVALID with the place. */
SL_MUST_CHECK enum sl_status schema_check_value(
    struct schema_check *check, const json_t *schema, const json_t *value);

/* What "#/$defs/NAME" is of; NULL if there is no such. */
const json_t *schema_find_ref(const json_t *root, const char *ref);

#endif /* SLUICE_CATALOG_SCHEMA_KEYWORD_PRIVATE_H */
