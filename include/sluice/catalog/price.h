/* What a licence costs, and amounts of money.
 *
 * Money is int64 micro-units: 1,000,000 are one unit of the agreement's
 * currency.  The same amount comes out of SQL's sluice.price_amount(). */
#ifndef SLUICE_CATALOG_PRICE_H
#define SLUICE_CATALOG_PRICE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

/* For a price without cap. */
#define SL_PRICE_NO_CAP INT64_MAX
/* The compact JSON of the longest price. */
#define SL_PRICE_TEXT_MAX 255
/* "-9223372036854.775807" */
#define SL_MONEY_TEXT_MAX 32

/* A value type; no member is negative. */
struct sl_price {
	int64_t per_episode;
	int64_t per_hour;
	int64_t per_month;
	int64_t included_episodes;
	int64_t included_duration_ms;
	int64_t cap; /* of a month, without per_month; SL_PRICE_NO_CAP: none */
};

/* {"per_episode":m,"per_hour":m,"per_month":m,
 *  "included":{"episodes":n,"duration_ms":n},"cap":m|null} */
SL_MUST_CHECK enum sl_status sl_price_from_json(
    struct sl_price *out, const json_t *object, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_price_parse(
    struct sl_price *out, struct sl_slice text, struct sl_error *err);
/* NULL when out of memory. */
json_t *sl_price_to_json(const struct sl_price *price);

/* What the `episodes` and milliseconds charged so far in one UTC month cost:
 *
 *   min(cap, per_episode * max(0, episodes - included) +
 *       half_even(per_hour * max(0, ms - included) / 3,600,000))
 *
 * Computed in 128 bits; SL_ERR_LIMIT if the result does not fit int64 or an
 * argument is negative.  A charge costs the difference of two of these, so it
 * does not matter how deliveries are cut. */
SL_MUST_CHECK enum sl_status sl_price_amount(int64_t *out,
    const struct sl_price *price, int64_t episodes, int64_t duration_ms);

/* Digits behind the point of an ISO 4217 currency (EUR 2, JPY 0, KWD 3).
 * SL_ERR_NOT_FOUND for a code that is none. */
SL_MUST_CHECK enum sl_status sl_currency_digits(
    uint32_t *out, struct sl_slice currency);

/* Micro-units rounded half-even to the currency's minor unit, still as
 * micro-units: 12,345,000 gives 12,340,000 with 2 digits. */
int64_t sl_money_round(int64_t micro, uint32_t digits);

/* "12.34", "-0.05", "1234"; rounds as above. */
void sl_money_format(
    char out[SL_MONEY_TEXT_MAX], int64_t micro, uint32_t digits);

#endif /* SLUICE_CATALOG_PRICE_H */
