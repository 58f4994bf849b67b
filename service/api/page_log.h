/* What a dataset's page says of its log. */
#ifndef SL_API_PAGE_LOG_H
#define SL_API_PAGE_LOG_H

#include <jansson.h>

/* Add `log`, with size, root and freshness, or null, for the dataset of
 * sl_store_dataset_show(); not 0 when out of memory. */
int page_fill_log(json_t *values, const json_t *dataset);

#endif /* SL_API_PAGE_LOG_H */
