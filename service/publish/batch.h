/* Writing one batch: pack, index.json, files.sha256, quality.json, manifest
 * and signature, all durable under objects before it returns. */
#ifndef SL_PUBLISH_BATCH_H
#define SL_PUBLISH_BATCH_H

#include "sluice/base/workers.h"
#include "sluice/store/publication.h"

#include "plan.h"

struct batch {
	const struct sl_publish_options *options;
	struct sl_workers *workers; /* borrowed */
	unsigned thread_count;
	struct sl_publication publication;
	struct plan_item **items; /* borrowed; made sorted by number */
	size_t item_count;
	struct sl_publish_progress *progress;
	/* Results. */
	struct sl_index *index;
	struct sl_buf index_text;
	struct sl_buf manifest;
	struct sl_buf minisig;
	uint64_t pack_bytes;
	unsigned char pack_sha256[32];
};

void batch_init(struct batch *batch);
void batch_clear(struct batch *batch);

SL_MUST_CHECK enum sl_status batch_write(
    struct batch *batch, struct sl_error *err);

/* For sl_store_publication_seal(); NULL when out of memory. */
json_t *batch_identities(const struct batch *batch);
json_t *batch_objects(const struct batch *batch);
json_t *batch_objects_of(struct sl_slice minisig, uint64_t pack_bytes,
    const unsigned char pack_sha256[32]);

#endif /* SL_PUBLISH_BATCH_H */
