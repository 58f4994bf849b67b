/* Scans the units of a source on the crew's threads and adds what they told,
 * in order: after it the source has all of its episodes, described. */
#ifndef SL_INGEST_SCAN_UNITS_H
#define SL_INGEST_SCAN_UNITS_H

#include "describe.h"
#include "run.h"

/* A unit that is as an earlier run saw it, and whose files are there, is not
 * read. */
SL_MUST_CHECK enum sl_status scan_units(
    struct run *run, struct describer *describer);

#endif /* SL_INGEST_SCAN_UNITS_H */
