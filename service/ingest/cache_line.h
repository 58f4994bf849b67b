/* A line of a cache, taken apart from its beginning: each word and the space
 * after it. */
#ifndef SL_INGEST_CACHE_LINE_H
#define SL_INGEST_CACHE_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/slice.h"

/* False, and the line as it was, if it does not begin with that. */
bool cache_line_number(struct sl_slice *line, uint64_t *out);
bool cache_line_hash(struct sl_slice *line, unsigned char out[32]);
/* That very word. */
bool cache_line_word(struct sl_slice *line, const char *word);

#endif /* SL_INGEST_CACHE_LINE_H */
