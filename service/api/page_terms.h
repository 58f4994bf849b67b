/* What a dataset's page says of its terms: price, early access, notices. */
#ifndef SL_API_PAGE_TERMS_H
#define SL_API_PAGE_TERMS_H

#include <jansson.h>

/* Add `prices`, `early` and `notices` for the dataset of
 * sl_store_dataset_show(); not 0 when out of memory. */
int page_fill_terms(json_t *values, const json_t *dataset);

#endif /* SL_API_PAGE_TERMS_H */
