#include "limit.h"

#include <arpa/inet.h>
#include <string.h>

#include "sluice/crypto/random.h"

#define TURN 1000u /* what one turn costs */

void
limit_init(struct limit *limit, uint32_t burst, uint32_t per_minute)
{
	memset(limit, 0, sizeof(*limit));
	limit->burst = burst;
	limit->per_minute = per_minute;
	sl_random(&limit->seed, sizeof(limit->seed));
}

/* FNV-1a from a seed that nobody knows, folded to the table's size. */
static struct limit_bucket *
find_bucket(struct limit *limit, struct sl_slice key)
{
	uint64_t hash = limit->seed;

	for (size_t i = 0; i < key.len; i++)
		hash = (hash ^ key.data[i]) * UINT64_C(1099511628211);
	hash ^= hash >> 32;
	return &limit->buckets[hash % LIMIT_BUCKETS];
}

/* What came back since the last turn: per_minute turns in 60,000 ms. */
static void
refill(const struct limit *limit, struct limit_bucket *bucket, int64_t now_ms)
{
	uint64_t passed =
	    now_ms > bucket->at_ms ? (uint64_t)(now_ms - bucket->at_ms) : 0;
	uint64_t back;

	if (passed > 3600u * 1000u)
		passed = 3600u * 1000u;
	back = passed * limit->per_minute / 60u;
	if (back == 0)
		return;
	bucket->spent =
	    back >= bucket->spent ? 0 : bucket->spent - (uint32_t)back;
	bucket->at_ms = now_ms;
}

bool
limit_take(struct limit *limit, struct sl_slice key, int64_t now_ms)
{
	struct limit_bucket *bucket = find_bucket(limit, key);

	refill(limit, bucket, now_ms);
	if (bucket->spent + TURN > limit->burst * TURN)
		return false;
	if (bucket->spent == 0)
		bucket->at_ms = now_ms;
	bucket->spent += TURN;
	return true;
}

struct sl_slice
limit_address(const char *address, unsigned char out[16])
{
	if (inet_pton(AF_INET, address, out) == 1)
		return sl_slice_of(out, 4);
	if (inet_pton(AF_INET6, address, out) == 1)
		return sl_slice_of(out, 8);
	return sl_slice_of(out, 0);
}
