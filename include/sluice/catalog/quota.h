/* Limits in episodes, milliseconds and bytes, and what is used of them. */
#ifndef SLUICE_CATALOG_QUOTA_H
#define SLUICE_CATALOG_QUOTA_H

#include <jansson.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

/* For quotas that are not limited. */
#define SL_QUOTA_NONE UINT64_MAX

struct sl_quota {
	uint64_t episodes;
	uint64_t duration_ms;
	uint64_t bytes;
};

/* Of an agreement, over all of its licences. */
struct sl_ceiling {
	struct sl_quota quota;
	uint64_t money_micro;
};

enum sl_quota_per {
	SL_QUOTA_PER_TOTAL,
	SL_QUOTA_PER_MONTH, /* UTC, by the ledger's time */
};

/* "total", "month" */
const char *sl_quota_per_name(enum sl_quota_per per);
SL_MUST_CHECK enum sl_status sl_quota_per_by_name(
    enum sl_quota_per *out, struct sl_slice name);

/* quota * (100 + percent) / 100, rounded down; at most INT64_MAX, and
 * SL_QUOTA_NONE stays. */
uint64_t sl_quota_limit(uint64_t quota, uint32_t percent);

/* The member must be there: null is SL_QUOTA_NONE, else 0 … INT64_MAX. */
SL_MUST_CHECK enum sl_status sl_quota_read(
    uint64_t *out, const json_t *object, const char *key, struct sl_error *err);
/* One quota as JSON: null for SL_QUOTA_NONE.  NULL when out of memory. */
json_t *sl_quota_to_json(uint64_t quota);

#endif /* SLUICE_CATALOG_QUOTA_H */
