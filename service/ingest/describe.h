/* The metadata of a source's episodes, before anything is copied: completed
 * from defaults and facets, checked against the schema, and the facets that
 * follow from them. */
#ifndef SL_INGEST_DESCRIBE_H
#define SL_INGEST_DESCRIBE_H

#include "sluice/formats/source.h"
#include "sluice/ingest/ingest.h"

/* Episodes whose metadata break the schema get a defect, so that they are left
 * out and named; with options->need_metadata those without any, too.  Metadata
 * that were completed become a file of the layer meta. */
SL_MUST_CHECK enum sl_status describe_source(struct sl_source *source,
    const struct sl_ingest_options *options, struct sl_error *err);

#endif /* SL_INGEST_DESCRIBE_H */
