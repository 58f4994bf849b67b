/* Writes one large new file from its beginning, past the page cache where the
 * file system can (O_DIRECT): the bytes have to reach the disk anyway, and
 * copying them into the cache costs more than hashing them.
 *
 * The fd is borrowed, empty and open for writing; from new to finish only the
 * bulk writes to it.  Durable after the caller's own fsync, no earlier.  One
 * thread at a time calls. */
#ifndef SLUICE_BASE_BULK_H
#define SLUICE_BASE_BULK_H

#include <stddef.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/base/workers.h"

struct sl_bulk;

/* `piece_bytes`, a multiple of SL_BULK_ALIGN, go to the disk at a time.  With
 * `workers`, borrowed, a piece is written there while the next is filled; NULL
 * writes on the caller's thread. */
#define SL_BULK_ALIGN 4096
SL_MUST_CHECK enum sl_status sl_bulk_new(struct sl_bulk **out, int fd,
    size_t piece_bytes, struct sl_workers *workers);

/* NULL is allowed.  Waits for what is under way; the fd is as it was. */
void sl_bulk_free(struct sl_bulk *bulk);

/* Where the next bytes may be put, at least one; a full piece is written
 * first.  Then sl_bulk_use() says how many were put there. */
SL_MUST_CHECK enum sl_status sl_bulk_room(struct sl_bulk *bulk,
    unsigned char **out, size_t *len, struct sl_error *err);
void sl_bulk_use(struct sl_bulk *bulk, size_t len);

/* Room, copy, use. */
SL_MUST_CHECK enum sl_status sl_bulk_put(
    struct sl_bulk *bulk, struct sl_slice bytes, struct sl_error *err);

/* Write the last piece; all is written on return, and the fd as it was. */
SL_MUST_CHECK enum sl_status sl_bulk_finish(
    struct sl_bulk *bulk, struct sl_error *err);

#endif /* SLUICE_BASE_BULK_H */
