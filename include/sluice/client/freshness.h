/* How old the newest statement of the witnesses is, and may be. */
#ifndef SLUICE_CLIENT_FRESHNESS_H
#define SLUICE_CLIENT_FRESHNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/catalog/trust.h"

#define SL_FRESHNESS_AGE_DEFAULT_MS ((uint64_t)24 * 60 * 60 * 1000)

struct sl_freshness {
	bool has_time; /* false: the trust file names no witness */
	int64_t at_us;
	char witness[SL_TRUST_ORIGIN_MAX + 1]; /* whose that time is */
};

/* The clock is read once, when a command begins. */
struct sl_freshness_rule {
	int64_t now_us;
	uint64_t max_age_ms; /* 0: the default */
};

#endif /* SLUICE_CLIENT_FRESHNESS_H */
