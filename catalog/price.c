#include "sluice/catalog/price.h"

#include <stdio.h>

#include "sluice/catalog/json.h"

#define MS_PER_HOUR    3600000
#define MICRO_PER_UNIT 1000000
#define MICRO_DIGITS   6

__extension__ typedef __int128 wide;

static enum sl_status
read_number(
    int64_t *out, const json_t *object, const char *key, struct sl_error *err)
{
	uint64_t number = 0;
	enum sl_status status =
	    sl_json_need_u64(&number, object, key, INT64_MAX, err);

	if (status == SL_OK)
		*out = (int64_t)number;
	return status;
}

static enum sl_status
read_included(
    struct sl_price *price, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"episodes", "duration_ms", NULL};
	json_t *included;
	enum sl_status status =
	    sl_json_need_object(&included, object, "included", err);

	if (status == SL_OK)
		status = sl_json_only_keys(included, keys, err);
	if (status == SL_OK)
		status = read_number(
		    &price->included_episodes, included, "episodes", err);
	if (status == SL_OK)
		status = read_number(
		    &price->included_duration_ms, included, "duration_ms", err);
	return status;
}

static enum sl_status
read_cap(struct sl_price *price, const json_t *object, struct sl_error *err)
{
	if (json_is_null(json_object_get(object, "cap"))) {
		price->cap = SL_PRICE_NO_CAP;
		return SL_OK;
	}
	return read_number(&price->cap, object, "cap", err);
}

enum sl_status
sl_price_from_json(
    struct sl_price *out, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {
	    "per_episode", "per_hour", "per_month", "included", "cap", NULL};
	struct sl_price price = {0};
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status =
		    read_number(&price.per_episode, object, "per_episode", err);
	if (status == SL_OK)
		status = read_number(&price.per_hour, object, "per_hour", err);
	if (status == SL_OK)
		status =
		    read_number(&price.per_month, object, "per_month", err);
	if (status == SL_OK)
		status = read_included(&price, object, err);
	if (status == SL_OK)
		status = read_cap(&price, object, err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "price");
	*out = price;
	return SL_OK;
}

enum sl_status
sl_price_parse(struct sl_price *out, struct sl_slice text, struct sl_error *err)
{
	json_t *object;
	enum sl_status status =
	    sl_json_parse(&object, text, SL_PRICE_TEXT_MAX, err);

	if (status != SL_OK)
		return sl_error_prefix(err, status, "price");
	status = sl_price_from_json(out, object, err);
	json_decref(object);
	return status;
}

json_t *
sl_price_to_json(const struct sl_price *price)
{
	return json_pack("{s:I,s:I,s:I,s:{s:I,s:I},s:o}", "per_episode",
	    (json_int_t)price->per_episode, "per_hour",
	    (json_int_t)price->per_hour, "per_month",
	    (json_int_t)price->per_month, "included", "episodes",
	    (json_int_t)price->included_episodes, "duration_ms",
	    (json_int_t)price->included_duration_ms, "cap",
	    price->cap == SL_PRICE_NO_CAP
	        ? json_null()
	        : json_integer((json_int_t)price->cap));
}

/* To the nearest whole number, halves to the even one; divisor > 0. */
static wide
divide_half_even(wide dividend, wide divisor)
{
	wide quotient = dividend / divisor;
	wide rest = dividend % divisor;

	if (rest < 0) {
		quotient--;
		rest += divisor;
	}
	if (rest * 2 > divisor || (rest * 2 == divisor && quotient % 2 != 0))
		quotient++;
	return quotient;
}

static wide
more_than(int64_t amount, int64_t included)
{
	return amount > included ? (wide)amount - included : 0;
}

enum sl_status
sl_price_amount(int64_t *out, const struct sl_price *price, int64_t episodes,
    int64_t duration_ms)
{
	wide amount;

	if (episodes < 0 || duration_ms < 0)
		return SL_ERR_LIMIT;
	/* Each product is below 2^126, so the sum fits. */
	amount =
	    price->per_episode * more_than(episodes, price->included_episodes) +
	    divide_half_even(price->per_hour *
	            more_than(duration_ms, price->included_duration_ms),
	        MS_PER_HOUR);
	if (price->cap != SL_PRICE_NO_CAP && amount > price->cap)
		amount = price->cap;
	if (amount > INT64_MAX)
		return SL_ERR_LIMIT;
	*out = (int64_t)amount;
	return SL_OK;
}

static int64_t
micro_per_minor(uint32_t digits)
{
	int64_t micro = MICRO_PER_UNIT;

	for (uint32_t i = 0; i < digits && i < MICRO_DIGITS; i++)
		micro /= 10;
	return micro;
}

static wide
to_minor(int64_t micro, uint32_t digits)
{
	return divide_half_even(micro, micro_per_minor(digits));
}

int64_t
sl_money_round(int64_t micro, uint32_t digits)
{
	wide rounded = to_minor(micro, digits) * micro_per_minor(digits);

	/* At the very ends there is no room to round away from 0. */
	if (rounded > INT64_MAX || rounded < INT64_MIN)
		rounded -= (rounded > 0 ? 1 : -1) * micro_per_minor(digits);
	return (int64_t)rounded;
}

void
sl_money_format(char out[SL_MONEY_TEXT_MAX], int64_t micro, uint32_t digits)
{
	int64_t rounded = sl_money_round(micro, digits);
	int64_t unit = rounded / MICRO_PER_UNIT;
	int64_t rest = rounded % MICRO_PER_UNIT / micro_per_minor(digits);

	if (digits == 0)
		(void)snprintf(out, SL_MONEY_TEXT_MAX, "%lld", (long long)unit);
	else
		(void)snprintf(out, SL_MONEY_TEXT_MAX, "%s%lld.%0*lld",
		    rounded < 0 ? "-" : "",
		    (long long)(unit < 0 ? -unit : unit), (int)digits,
		    (long long)(rest < 0 ? -rest : rest));
}
