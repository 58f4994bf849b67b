#include "pool.h"

#include <stdlib.h>

unsigned char *
sl_pool_take(struct sl_pool *pool)
{
	if (pool->free_count > 0)
		return pool->free[--pool->free_count];
	return malloc(SL_BUFFER_BYTES);
}

void
sl_pool_give(struct sl_pool *pool, unsigned char *buffer)
{
	if (buffer == NULL)
		return;
	if (pool->free_count == SL_POOL_KEEP) {
		free(buffer);
		return;
	}
	pool->free[pool->free_count++] = buffer;
}

void
sl_pool_clear(struct sl_pool *pool)
{
	while (pool->free_count > 0)
		free(pool->free[--pool->free_count]);
}
