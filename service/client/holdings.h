/* Which segments, batch by batch: sets of ordinals.  The owner embeds it and
 * calls clear; all zero bytes are the empty set. */
#ifndef SL_CLIENT_HOLDINGS_H
#define SL_CLIENT_HOLDINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/multirange.h"

struct sl_holding {
	uint32_t seq;
	struct sl_multirange set;
};

struct sl_holdings {
	struct sl_holding *batches; /* ascending by seq */
	size_t count;
	size_t capacity;
};

void sl_holdings_clear(struct sl_holdings *holdings);
SL_MUST_CHECK enum sl_status sl_holdings_add(
    struct sl_holdings *holdings, uint32_t seq, uint32_t first, uint32_t last);
bool sl_holdings_contain(
    const struct sl_holdings *holdings, uint32_t seq, uint32_t value);
/* NULL if there is nothing of that batch. */
const struct sl_multirange *sl_holdings_of(
    const struct sl_holdings *holdings, uint32_t seq);
uint64_t sl_holdings_count(const struct sl_holdings *holdings);
bool sl_holdings_are_equal(
    const struct sl_holdings *a, const struct sl_holdings *b);
SL_MUST_CHECK enum sl_status sl_holdings_copy(
    struct sl_holdings *out, const struct sl_holdings *from);
/* out = a without b; `out` must be empty. */
SL_MUST_CHECK enum sl_status sl_holdings_subtract(struct sl_holdings *out,
    const struct sl_holdings *a, const struct sl_holdings *b);

/* {"7":"0-12,15"} */
SL_MUST_CHECK enum sl_status sl_holdings_from_json(
    struct sl_holdings *out, json_t *object, struct sl_error *err);
/* NULL when out of memory. */
json_t *sl_holdings_to_json(const struct sl_holdings *holdings);

/* Without those of batches beyond `seq`. */
void sl_holdings_cut(struct sl_holdings *holdings, uint32_t seq);

#endif /* SL_CLIENT_HOLDINGS_H */
