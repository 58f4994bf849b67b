/* A set of numbers as ranges, SQL's int4multirange: ordinals of a batch,
 * chunk numbers, episode numbers. */
#ifndef SLUICE_DB_RANGES_H
#define SLUICE_DB_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/range.h"
#include "sluice/base/slice.h"
#include "sluice/base/status.h"

/* Owned, ascending, disjoint, not adjacent. */
struct sl_ranges {
	struct sl_range *items;
	size_t count;
};

/* "{[0,13),[15,16)}", as PostgreSQL writes it. */
SL_MUST_CHECK enum sl_status sl_ranges_parse(
    struct sl_ranges *out, struct sl_slice text);

/* Append PostgreSQL's form. */
SL_MUST_CHECK enum sl_status sl_ranges_format(
    struct sl_buf *buf, const struct sl_range *items, size_t count);

bool sl_ranges_has(const struct sl_ranges *ranges, uint32_t number);

/* How many numbers are in it. */
uint64_t sl_ranges_size(const struct sl_ranges *ranges);

void sl_ranges_clear(struct sl_ranges *ranges);

#endif /* SLUICE_DB_RANGES_H */
