/* Equal large buffers, lent to connections only while they have bytes under
 * way.  A few free ones are kept; the rest is given back.  Loop thread only.
 * For this folder only. */
#ifndef SL_NET_POOL_H
#define SL_NET_POOL_H

#include <stddef.h>

/* A batch: this much plaintext is encrypted and handed to the kernel by one
 * send(2).  Larger ones leave the processor's second-level cache, smaller
 * ones cost more system calls. */
#define SL_RECORD_BYTES  16384u
#define SL_BATCH_RECORDS 8u
#define SL_BATCH_BYTES   (SL_RECORD_BYTES * SL_BATCH_RECORDS)
/* More than TLS adds to a record with the ciphers that we allow (22 to 29). */
#define SL_RECORD_EXTRA 64u
/* Room for handshake messages and alerts beside a batch. */
#define SL_BUFFER_SLACK 4096u
#define SL_BUFFER_BYTES \
	(SL_BATCH_BYTES + SL_BATCH_RECORDS * SL_RECORD_EXTRA + SL_BUFFER_SLACK)
#define SL_POOL_KEEP 8u

struct sl_pool {
	unsigned char *free[SL_POOL_KEEP];
	size_t free_count;
};

/* SL_BUFFER_BYTES bytes, or NULL.  free(3) is an allowed end of one, too. */
unsigned char *sl_pool_take(struct sl_pool *pool);

/* NULL is allowed. */
void sl_pool_give(struct sl_pool *pool, unsigned char *buffer);

void sl_pool_clear(struct sl_pool *pool);

#endif /* SL_NET_POOL_H */
