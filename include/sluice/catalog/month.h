/* UTC calendar months of times in microseconds; quotas, prices and statements
 * go by them. */
#ifndef SLUICE_CATALOG_MONTH_H
#define SLUICE_CATALOG_MONTH_H

#include <stdint.h>

#include "sluice/base/slice.h"
#include "sluice/base/status.h"

/* The first moment of the month that `wall_us` is in, and of the next one;
 * beyond what int64 can hold INT64_MIN and INT64_MAX. */
int64_t sl_month_begin(int64_t wall_us);
int64_t sl_month_end(int64_t wall_us);

/* "2026-11", years 1970 to 9998. */
SL_MUST_CHECK enum sl_status sl_month_parse(
    int64_t *begin_us, struct sl_slice text);

#endif /* SLUICE_CATALOG_MONTH_H */
