/* How often somebody may ask: a token bucket for each key in a table of fixed
 * size.  Keys that fall into one bucket share it, so a limit can only be
 * tighter than it says.  One table per worker, so that N workers allow N times
 * as much. */
#ifndef SL_API_LIMIT_H
#define SL_API_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/slice.h"

#define LIMIT_BUCKETS 1024u

struct limit {
	uint32_t burst;
	uint32_t per_minute;
	uint64_t seed;
	struct limit_bucket {
		int64_t at_ms;  /* counted up to here */
		uint32_t spent; /* thousandths of a turn, of burst * 1000 */
	} buckets[LIMIT_BUCKETS];
};

/* `burst` turns at once, then `per_minute`; each at most 100,000. */
void limit_init(struct limit *limit, uint32_t burst, uint32_t per_minute);

/* Take a turn; false if there is none. */
bool limit_take(struct limit *limit, struct sl_slice key, int64_t now_ms);

/* What of a client's address is one key: all of an IPv4 address, the first 64
 * bits of an IPv6 one. */
struct sl_slice limit_address(const char *address, unsigned char out[16]);

#endif /* SL_API_LIMIT_H */
