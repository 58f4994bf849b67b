/* catalog/schema/episode.schema.json, built in.  Private to catalog. */
#ifndef SLUICE_CATALOG_METADATA_SCHEMA_PRIVATE_H
#define SLUICE_CATALOG_METADATA_SCHEMA_PRIVATE_H

#include <stddef.h>

struct metadata_schema {
	const char *name;
	const unsigned char *data;
	size_t len;
};

extern const struct metadata_schema metadata_schemas[]; /* one */
extern const size_t metadata_schema_count;

#endif /* SLUICE_CATALOG_METADATA_SCHEMA_PRIVATE_H */
