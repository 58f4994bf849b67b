/* The live state of a dataset: what its episodes are after batches 1 … seq.
 *
 * Built by applying batches in order.  Compact: a million episodes of five
 * layers take about 150 MB.  One thread. */
#ifndef SLUICE_CATALOG_LIVE_H
#define SLUICE_CATALOG_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/entry.h"

struct sl_live;

/* A borrowed view, valid until the next apply. */
struct sl_live_episode {
	struct sl_uuid id;
	uint32_t number;
	uint32_t revision;
	uint32_t first_seq; /* the batch that added it */
	uint32_t last_seq;  /* the batch that spoke of it last */
	bool retracted;
	const char *reason;                 /* of the retraction, else "" */
	const char *facets[SL_FACET_COUNT]; /* "" where absent */
	uint32_t duration_ms;
	uint32_t layer_count;
};

SL_MUST_CHECK enum sl_status sl_live_new(struct sl_live **out);
/* NULL is allowed. */
void sl_live_free(struct sl_live *live);

/* Apply batch `seq`, which must be the next one (1 first).  Entries ascend by
 * number.  Refused as SL_ERR_INTEGRITY with code "history_invalid", and then
 * nothing is changed: a gap in seq; an add whose number is not the next free
 * one or whose id is known; a revise or retract of an episode that is not
 * live, with another id or whose revision is not the next; a kept layer that
 * is not the one held; a layer neither new, kept nor dropped; a dropped layer
 * that was not there.  SL_ERR_NOMEM changes nothing either. */
SL_MUST_CHECK enum sl_status sl_live_apply(struct sl_live *live, uint32_t seq,
    const struct sl_entry *entries, size_t count, struct sl_error *err);

/* The last batch applied; 0 before the first. */
uint32_t sl_live_seq(const struct sl_live *live);

/* The greatest episode number ever added; numbers 1 … max all exist, live or
 * retracted. */
uint32_t sl_live_max_number(const struct sl_live *live);

/* Live episodes without the pseudo-episode, and the sum of their durations. */
uint32_t sl_live_count(const struct sl_live *live);
uint64_t sl_live_duration_ms(const struct sl_live *live);

/* SL_ERR_NOT_FOUND if there never was such an episode; retracted ones are
 * found. */
SL_MUST_CHECK enum sl_status sl_live_find(
    struct sl_live_episode *out, const struct sl_live *live, uint32_t number);

/* The i-th layer (by name) of an episode, i < layer_count; kind is KEPT, with
 * the place of its segment. */
SL_MUST_CHECK enum sl_status sl_live_layer(struct sl_entry_layer *out,
    const struct sl_live *live, uint32_t number, uint32_t i);

#endif /* SLUICE_CATALOG_LIVE_H */
