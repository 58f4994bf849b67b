/* The head of a delivery: grant, evidence and signed batch objects as tar
 * frames.
 *
 * Files are read and compressed piece by piece, so the memory does not depend
 * on how many batches there are. */
#ifndef SL_SESSION_HEAD_H
#define SL_SESSION_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/catalog/grant.h"
#include "sluice/pack/tar.h"
#include "sluice/store/batch.h"

struct sl_objects;

/* Decoded bytes of one step; one frame each. */
#define HEAD_PIECE_BYTES (256u * 1024u)
/* All that comes before the batches: a grant, up to 64 trust files of 64 KiB
 * with 32 signatures each, a checkpoint and its proofs. */
#define HEAD_FRONT_MAX (8u * 1024u * 1024u)

struct head {
	struct sl_objects *objects;
	char dataset[SL_DATASET_NAME_MAX + 1];
	struct sl_batch *batches; /* owned */
	size_t batch_count;
	size_t batch;    /* the next one to read */
	unsigned object; /* of it */
	int fd;          /* of the object being read, or -1 */
	uint64_t left;   /* of its content */
	size_t padding_len;
	uint64_t offset;
	struct sl_buf raw;   /* decoded bytes of this step */
	struct sl_buf front; /* members before the batches, as tar */
	size_t front_sent;
	int64_t front_us; /* their time */
};

/* Takes `batches`. */
void head_init(struct head *head, struct sl_objects *objects,
    const char *dataset, struct sl_batch *batches, size_t batch_count);
void head_clear(struct head *head);

/* Add a member before the batches; only before the first head_next(). */
SL_MUST_CHECK enum sl_status head_add(
    struct head *head, const char *path, struct sl_slice content);

/* The same, of the grant. */
SL_MUST_CHECK enum sl_status head_add_grant(
    struct head *head, const struct sl_grant *grant);

bool head_is_done(const struct head *head);

/* Append the next frame. */
SL_MUST_CHECK enum sl_status head_next(
    struct head *head, struct sl_buf *out, struct sl_error *err);

#endif /* SL_SESSION_HEAD_H */
