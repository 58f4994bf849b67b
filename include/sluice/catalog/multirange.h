/* Sorted sets of whole numbers, kept as ranges.
 *
 * Two texts: ours, `0-12,15`, and PostgreSQL's int4multirange,
 * `{[0,13),[15,16)}`.  Adjacent ranges are always merged, so equal sets have
 * equal texts.  The owner embeds the struct and calls clear. */
#ifndef SLUICE_CATALOG_MULTIRANGE_H
#define SLUICE_CATALOG_MULTIRANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/range.h"
#include "sluice/base/slice.h"

/* Values are 0 … SL_RANGE_VALUE_MAX. */
#define SL_RANGE_VALUE_MAX 2147483646U
/* Ranges in one set. */
#define SL_RANGES_MAX 1048576U

/* Read the fields; change them by the calls below only. */
struct sl_multirange {
	struct sl_range *ranges;
	size_t count;
	size_t capacity;
};

/* Allocates nothing; all zero bytes are an empty set as well. */
void sl_multirange_init(struct sl_multirange *set);
void sl_multirange_clear(struct sl_multirange *set);

/* Cheap when added in ascending order.  SL_ERR_INVALID if first > last or
 * last is too great, SL_ERR_LIMIT for too many ranges. */
SL_MUST_CHECK enum sl_status sl_multirange_add(
    struct sl_multirange *set, uint32_t first, uint32_t last);

/* Take `other` away from `set`, or add it; `other` is left alone. */
SL_MUST_CHECK enum sl_status sl_multirange_subtract(
    struct sl_multirange *set, const struct sl_multirange *other);
SL_MUST_CHECK enum sl_status sl_multirange_unite(
    struct sl_multirange *set, const struct sl_multirange *other);
SL_MUST_CHECK enum sl_status sl_multirange_copy(
    struct sl_multirange *out, const struct sl_multirange *set);

bool sl_multirange_contains(const struct sl_multirange *set, uint32_t value);
bool sl_multirange_is_equal(
    const struct sl_multirange *a, const struct sl_multirange *b);

/* How many values (not ranges). */
uint64_t sl_multirange_count(const struct sl_multirange *set);

/* `0-12,15`: any order and overlap are taken; the empty text is the empty
 * set.  *out must be initialised; it is replaced on success only. */
SL_MUST_CHECK enum sl_status sl_multirange_parse(
    struct sl_multirange *out, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_multirange_format(
    struct sl_buf *buf, const struct sl_multirange *set);

/* `{[0,13),[15,16)}`, `{}` */
SL_MUST_CHECK enum sl_status sl_multirange_parse_pg(
    struct sl_multirange *out, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_multirange_format_pg(
    struct sl_buf *buf, const struct sl_multirange *set);

#endif /* SLUICE_CATALOG_MULTIRANGE_H */
