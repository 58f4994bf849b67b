#include "sluice/catalog/scope.h"

#include <string.h>

void
sl_scope_init(struct sl_scope *scope)
{
	memset(scope, 0, sizeof(*scope));
	sl_layers_set_all(&scope->layers);
	scope->window_from = 1;
}

void
sl_scope_clear(struct sl_scope *scope)
{
	sl_where_free(scope->where);
	memset(scope, 0, sizeof(*scope));
}

bool
sl_scope_covers_values(const struct sl_scope *scope, uint32_t number,
    uint32_t first_seq, const char *const values[SL_FACET_COUNT])
{
	if (number == 0)
		return true;
	if (first_seq < scope->window_from ||
	    (scope->window_until != 0 && first_seq > scope->window_until))
		return false;
	return sl_where_matches_values(scope->where, values);
}

bool
sl_scope_covers_episode(const struct sl_scope *scope, uint32_t number,
    uint32_t first_seq, const struct sl_facets *facets)
{
	const char *values[SL_FACET_COUNT];

	for (size_t i = 0; i < SL_FACET_COUNT; i++)
		values[i] = facets->value[i];
	return sl_scope_covers_values(scope, number, first_seq, values);
}

bool
sl_scope_covers_layer(const struct sl_scope *scope, const char *layer)
{
	return sl_layers_cover(&scope->layers, layer);
}
