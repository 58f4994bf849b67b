/* What a head or a stream is made of: the batches of a range and, for a
 * stream, the segments that the selection gains from its first state to its
 * last.  Asked for page by page. */
#ifndef SL_SESSION_LISTING_H
#define SL_SESSION_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/fetch.h"
#include "sluice/catalog/scope.h"
#include "sluice/catalog/selection.h"
#include "sluice/store/batch.h"

struct listing;

/* Once, from the loop.  On SL_OK the batches and the fetch are there to be
 * taken. */
typedef void listing_fn(
    void *ctx, enum sl_status status, const struct sl_error *err);

struct listing {
	struct sl_db *db;
	int64_t dataset;
	uint32_t after;
	uint32_t until;
	bool with_segments;
	const struct sl_scope *scope; /* borrowed */
	struct sl_request request;    /* its members are borrowed */
	listing_fn *fn;
	void *ctx;
	/* The result. */
	struct sl_batch *batches;
	size_t batch_count;
	struct sl_fetch fetch;
	/* On the way there. */
	struct sl_live *live;
	struct sl_selection *before;
};

/* The caller has filled the first nine members. */
SL_MUST_CHECK enum sl_status listing_start(
    struct listing *listing, struct sl_error *err);

/* Not while a call is under way. */
void listing_clear(struct listing *listing);

#endif /* SL_SESSION_LISTING_H */
