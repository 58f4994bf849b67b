/* The metadata of a source's episodes, before anything is copied: completed
 * from defaults and facets, checked against the schema, and the facets that
 * follow from them. */
#ifndef SL_INGEST_DESCRIBE_H
#define SL_INGEST_DESCRIBE_H

#include "sluice/formats/source.h"
#include "sluice/ingest/ingest.h"

struct describer;

/* Everything is borrowed. */
SL_MUST_CHECK enum sl_status describer_new(struct describer **out,
    struct sl_source *source, const struct sl_ingest_options *options,
    struct sl_error *err);
/* NULL is allowed. */
void describer_free(struct describer *describer);

/* The source's episodes that were added since the last call.  Those whose
 * metadata break the schema get a defect, so that they are left out and named;
 * with options->need_metadata those without any, too.  Metadata that were
 * completed become a file of the layer meta. */
SL_MUST_CHECK enum sl_status describer_go_on(struct describer *describer);

#endif /* SL_INGEST_DESCRIBE_H */
