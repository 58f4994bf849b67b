/* What part of a dataset a licence or a grant covers. */
#ifndef SLUICE_CATALOG_SCOPE_H
#define SLUICE_CATALOG_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/catalog/facet.h"
#include "sluice/catalog/layer.h"
#include "sluice/catalog/where.h"

/* The owner embeds it and calls clear. */
struct sl_scope {
	struct sl_layers layers;
	struct sl_where *where; /* NULL: every episode; owned */
	/* The batches whose ADDED episodes are covered; history and future are
	 * resolved to these two.  until 0: open. */
	uint32_t window_from;
	uint32_t window_until;
};

/* Everything of a dataset. */
void sl_scope_init(struct sl_scope *scope);
void sl_scope_clear(struct sl_scope *scope);

/* Episode 0 is always covered.  `first_seq` is the batch that added it. */
bool sl_scope_covers_episode(const struct sl_scope *scope, uint32_t number,
    uint32_t first_seq, const struct sl_facets *facets);

/* The same for values by facet, NULL or "" where absent. */
bool sl_scope_covers_values(const struct sl_scope *scope, uint32_t number,
    uint32_t first_seq, const char *const values[SL_FACET_COUNT]);

bool sl_scope_covers_layer(const struct sl_scope *scope, const char *layer);

#endif /* SLUICE_CATALOG_SCOPE_H */
