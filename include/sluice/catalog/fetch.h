/* The body of POST …/fetch and …/quote: which segments, or which of their
 * chunks, a customer wants. */
#ifndef SLUICE_CATALOG_FETCH_H
#define SLUICE_CATALOG_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/multirange.h"
#include "sluice/catalog/name.h"
#include "sluice/catalog/purpose.h"

#define SL_FETCH_BYTES_MAX   (1024 * 1024)
#define SL_FETCH_BATCHES_MAX 10000

struct sl_fetch_batch {
	uint32_t seq;
	struct sl_multirange segments; /* ordinals */
	struct sl_multirange chunks;   /* batch-wide chunk numbers */
};

/* The owner embeds it and calls clear. */
struct sl_fetch {
	bool has_licence;
	struct sl_uuid licence;
	char purpose[SL_PURPOSE_TEXT_MAX + 1]; /* sl_purpose_parse() took it */
	struct sl_fetch_batch *batches;        /* ascending by seq */
	size_t batch_count;
	size_t batch_capacity;
};

void sl_fetch_init(struct sl_fetch *fetch);
void sl_fetch_clear(struct sl_fetch *fetch);

/* Cheap when seqs ascend. */
SL_MUST_CHECK enum sl_status sl_fetch_add_segments(
    struct sl_fetch *fetch, uint32_t seq, uint32_t first, uint32_t last);
SL_MUST_CHECK enum sl_status sl_fetch_add_chunks(
    struct sl_fetch *fetch, uint32_t seq, uint32_t first, uint32_t last);

/* The newest batch that is named; 0 for none. */
uint32_t sl_fetch_last_seq(const struct sl_fetch *fetch);

/* Strict; *out must be initialised and is replaced on success only.  Naming
 * nothing at all is SL_ERR_INVALID. */
SL_MUST_CHECK enum sl_status sl_fetch_parse(
    struct sl_fetch *out, struct sl_slice text, struct sl_error *err);

/* SL_ERR_LIMIT if it would be too long for one request. */
SL_MUST_CHECK enum sl_status sl_fetch_format(
    struct sl_buf *buf, const struct sl_fetch *fetch);

#endif /* SLUICE_CATALOG_FETCH_H */
