/* The segments of live episodes that a licence and a request cover.
 *
 * The same computation on both sides.  A selection is independent of the live
 * state that it was computed from.  Read the fields, do not write them. */
#ifndef SLUICE_CATALOG_SELECTION_H
#define SLUICE_CATALOG_SELECTION_H

#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/live.h"
#include "sluice/catalog/multirange.h"
#include "sluice/catalog/scope.h"

/* What the customer asks for; NULL and 0 mean no limit.  Borrowed. */
struct sl_request {
	const struct sl_layers *layers;
	const struct sl_where *where;
	const struct sl_multirange *episodes; /* numbers; 0 is always in */
	uint32_t max_episodes; /* the lowest numbers that match */
};

struct sl_selection_item {
	uint32_t number;
	uint32_t seq; /* of the batch whose pack has the segment */
	uint32_t ordinal;
	uint16_t layer; /* place in layers */
};

struct sl_selection_episode {
	uint32_t number;
	uint32_t revision;
	uint32_t duration_ms;
};

struct sl_selection {
	uint32_t seq;                    /* of the live state */
	struct sl_selection_item *items; /* by number, then layer name */
	size_t item_count;
	struct sl_selection_episode *episodes; /* by number, 0 included */
	size_t episode_count;
	char **layers; /* names, sorted */
	size_t layer_count;
	uint64_t duration_ms; /* of its episodes */
};

/* `scope` NULL: everything; `request` NULL: no limit.  The pseudo-episode 0 is
 * in every selection once it exists. */
SL_MUST_CHECK enum sl_status sl_selection_compute(struct sl_selection **out,
    const struct sl_live *live, const struct sl_scope *scope,
    const struct sl_request *request, struct sl_error *err);

/* NULL is allowed. */
void sl_selection_free(struct sl_selection *selection);

/* Name of an item's layer; borrowed. */
const char *sl_selection_layer(
    const struct sl_selection *selection, const struct sl_selection_item *item);

/* The item of that segment, or NULL; borrowed. */
const struct sl_selection_item *sl_selection_find(
    const struct sl_selection *selection, uint32_t number, const char *layer);

/* From one selection to another.  Items to fetch borrow the layer names of
 * the new selection, items to drop those of the old one. */
struct sl_selection_diff {
	struct sl_selection_item *fetch; /* in the new one only, its order */
	size_t fetch_count;
	struct sl_selection_item *drop; /* in the old one only, its order */
	size_t drop_count;
	struct sl_multirange joined; /* episodes of the new one only */
	struct sl_multirange left;   /* gone from the selection, still live */
	struct sl_multirange retracted; /* gone because retracted */
};

/* `from` NULL: from nothing.  `live` is the state `to` was computed from.  On
 * failure *out is all zero. */
SL_MUST_CHECK enum sl_status sl_selection_compare(struct sl_selection_diff *out,
    const struct sl_selection *from, const struct sl_selection *to,
    const struct sl_live *live);

void sl_selection_diff_clear(struct sl_selection_diff *diff);

#endif /* SLUICE_CATALOG_SELECTION_H */
