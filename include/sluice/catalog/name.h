/* Names of datasets, slugs, and the limits of numbers that name things. */
#ifndef SLUICE_CATALOG_NAME_H
#define SLUICE_CATALOG_NAME_H

#include <stdbool.h>

#include "sluice/base/slice.h"

#define SL_DATASET_NAME_MAX 63
#define SL_SLUG_MAX         64
/* Batches and episode numbers: upper bounds of int4 ranges stay in int4. */
#define SL_SEQ_MAX    2147483646U
#define SL_NUMBER_MAX 2147483646U

/* [a-z0-9][a-z0-9-]{1,62} */
bool sl_dataset_name_is_valid(struct sl_slice name);

/* [a-z0-9][a-z0-9._-]{0,63} */
bool sl_slug_is_valid(struct sl_slice slug);

/* Free text to a slug: ASCII lower case, every run of other characters one
 * hyphen, cut at the maximum.  False, and an empty out, if nothing is left. */
bool sl_slug_make(char out[SL_SLUG_MAX + 1], struct sl_slice text);

#endif /* SLUICE_CATALOG_NAME_H */
