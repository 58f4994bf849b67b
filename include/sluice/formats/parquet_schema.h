/* What the columns of a Parquet file are: a tree of named nodes, of which the
 * leaves are columns (parquet.thrift, SchemaElement; LogicalTypes.md).
 *
 * Plain data.  A schema that a file gave is the file's; one that is built with
 * the calls below is the caller's, who clears it. */
#ifndef SLUICE_FORMATS_PARQUET_SCHEMA_H
#define SLUICE_FORMATS_PARQUET_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

/* Bounds: a LeRobot episode table has some 20 columns per feature. */
#define SL_PARQUET_NODES_MAX 65536
#define SL_PARQUET_DEPTH_MAX 32

/* The numbers are the format's. */
enum sl_parquet_type {
	SL_PARQUET_BOOLEAN = 0,
	SL_PARQUET_INT32 = 1,
	SL_PARQUET_INT64 = 2,
	SL_PARQUET_INT96 = 3,
	SL_PARQUET_FLOAT = 4,
	SL_PARQUET_DOUBLE = 5,
	SL_PARQUET_BYTES = 6,
	SL_PARQUET_FIXED = 7,
};

enum sl_parquet_repetition {
	SL_PARQUET_REQUIRED = 0,
	SL_PARQUET_OPTIONAL = 1,
	SL_PARQUET_REPEATED = 2,
};

/* ConvertedType of a node; others travel as they are. */
#define SL_PARQUET_PLAIN (-1)
#define SL_PARQUET_UTF8  0
#define SL_PARQUET_LIST  3

struct sl_parquet_node {
	char *name;
	enum sl_parquet_repetition repetition;
	bool is_group;
	enum sl_parquet_type type; /* of a leaf */
	int32_t type_bytes;        /* FIXED: bytes of a value */
	int32_t converted;
	int32_t scale;
	int32_t precision;
	struct sl_slice logical; /* LogicalType, in Thrift; empty: none */
	uint32_t child_count;
};

struct sl_parquet_leaf {
	uint32_t node;
	uint32_t top; /* the node below the root that holds it */
	unsigned max_rep;
	unsigned max_def;
};

struct sl_parquet_schema {
	struct sl_parquet_node *nodes; /* depth first; 0 is the root */
	size_t node_count;
	struct sl_parquet_leaf *leaves; /* columns, in their order */
	size_t leaf_count;
};

/* The only leaf below the top-level node of that name; SL_ERR_NOT_FOUND if
 * there is none, SL_ERR_INVALID if there are several. */
SL_MUST_CHECK enum sl_status sl_parquet_find(size_t *leaf,
    const struct sl_parquet_schema *schema, const char *name,
    struct sl_error *err);

/* Building: an empty schema, then columns.  A column is `lists` times a
 * three-level list (0: a plain value) of optional values, itself optional;
 * LeRobot's writer makes them so.  `converted` is the leaf's. */
SL_MUST_CHECK enum sl_status sl_parquet_schema_init(
    struct sl_parquet_schema *schema);
SL_MUST_CHECK enum sl_status sl_parquet_schema_add(
    struct sl_parquet_schema *schema, const char *name,
    enum sl_parquet_type type, int32_t converted, unsigned lists);
/* Append a top-level node of another schema with all below it; `from` must
 * outlive this one. */
SL_MUST_CHECK enum sl_status sl_parquet_schema_copy(
    struct sl_parquet_schema *schema, const struct sl_parquet_schema *from,
    uint32_t top);
void sl_parquet_schema_clear(struct sl_parquet_schema *schema);

#endif /* SLUICE_FORMATS_PARQUET_SCHEMA_H */
