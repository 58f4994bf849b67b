/* Strings of which each begins like the one before (Encodings.md, "Delta
 * Strings"): the lengths of what they share, then what follows it, as lengths
 * and bytes.  arrow-rs and parquet-java write them. */
#ifndef SL_FORMATS_PARQUET_PREFIX_H
#define SL_FORMATS_PARQUET_PREFIX_H

#include "parquet_delta.h"
#include "sluice/base/buf.h"

/* Replace `out` by the values of the page, one behind the other; each is as
 * long as its number of `shared` and of `rest` together.  SL_ERR_INVALID if
 * they do not fit or are more than `max`, SL_ERR_LIMIT if `out` may not hold
 * them. */
SL_MUST_CHECK enum sl_status parquet_prefix_join(struct sl_buf *out,
    struct sl_slice page, uint64_t max, struct parquet_delta *shared,
    struct parquet_delta *rest);

#endif /* SL_FORMATS_PARQUET_PREFIX_H */
