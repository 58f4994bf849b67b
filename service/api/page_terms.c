#include "page_terms.h"

#include <stdio.h>
#include <string.h>

#include "card.h"
#include "sluice/catalog/price.h"
#include "words.h"

#define AMOUNT_MAX     (SL_MONEY_TEXT_MAX + 8)
#define MICRO_DIGITS   6u
#define DIGITS_UNKNOWN 2u

/* "2.50 EUR", and "0.0025 EUR" where less than the minor unit counts. */
static void
words_amount(char out[AMOUNT_MAX], int64_t micro, const char *currency)
{
	char text[SL_MONEY_TEXT_MAX];
	uint32_t digits;
	size_t len;

	if (sl_currency_digits(&digits, sl_slice_text(currency)) != SL_OK)
		digits = DIGITS_UNKNOWN;
	sl_money_format(text, micro, MICRO_DIGITS);
	len = strlen(text);
	for (uint32_t kept = MICRO_DIGITS;
	     kept > digits && len > 0 && text[len - 1] == '0'; kept--)
		text[--len] = '\0';
	if (len > 0 && text[len - 1] == '.')
		text[--len] = '\0';
	snprintf(out, AMOUNT_MAX, "%s %.3s", text, currency);
}

static int
add_amount(json_t *list, const char *before, int64_t micro,
    const char *currency, const char *after)
{
	char amount[AMOUNT_MAX];

	words_amount(amount, micro, currency);
	return json_array_append_new(
	    list, json_sprintf("%s%s%s", before, amount, after));
}

static int
add_included(json_t *list, const struct sl_price *price)
{
	char episodes[WORDS_MAX];
	char duration[WORDS_MAX];

	if (price->included_episodes == 0 && price->included_duration_ms == 0)
		return 0;
	words_count(episodes, (uint64_t)price->included_episodes);
	words_duration(duration, (double)price->included_duration_ms / 1000.0);
	if (price->included_duration_ms == 0)
		return json_array_append_new(list,
		    json_sprintf("%s episodes a month included", episodes));
	if (price->included_episodes == 0)
		return json_array_append_new(
		    list, json_sprintf("%s a month included", duration));
	return json_array_append_new(list,
	    json_sprintf(
	        "%s episodes and %s a month included", episodes, duration));
}

/* The parts of the price, one line each; none without a price. */
static json_t *
make_prices(const json_t *dataset)
{
	json_t *list = json_array();
	json_t *object = json_copy(json_object_get(dataset, "price"));
	const char *currency = card_text(object, "currency");
	struct sl_price price;
	char kept[8];
	int failed = 0;

	snprintf(kept, sizeof(kept), "%.3s", currency);
	json_object_del(object, "currency");
	if (object == NULL || list == NULL ||
	    sl_price_from_json(&price, object, NULL) != SL_OK) {
		json_decref(object);
		return list;
	}
	json_decref(object);
	if (price.per_episode > 0)
		failed |= add_amount(
		    list, "", price.per_episode, kept, " per episode");
	if (price.per_hour > 0)
		failed |= add_amount(
		    list, "", price.per_hour, kept, " per recorded hour");
	if (price.per_month > 0)
		failed |=
		    add_amount(list, "", price.per_month, kept, " per month");
	failed |= add_included(list, &price);
	if (price.cap != SL_PRICE_NO_CAP)
		failed |= add_amount(list, "At most ", price.cap, kept,
		    " a month for deliveries");
	if (json_array_size(list) == 0)
		failed |= json_array_append_new(list, json_string("Free"));
	if (failed == 0)
		return list;
	json_decref(list);
	return NULL;
}

/* "" if everybody has every batch. */
static json_t *
make_early(const json_t *dataset)
{
	const json_t *release = json_object_get(dataset, "release");
	char date[WORDS_MAX];
	const char *at = card_text(release, "at");

	words_date(date, at);
	if (date[0] == '\0')
		return json_string("");
	return json_sprintf(
	    "Licences with early access have batch %llu already; "
	    "the others get it on %s, %.5s UTC.",
	    (unsigned long long)card_count(release, "seq"), date, at + 11);
}

static const char *
notice_label(const char *kind)
{
	static const char *const labels[][2] = {{"delay", "Delay"},
	    {"schema", "Schema change"}, {"deprecation", "Deprecation"}};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (strcmp(labels[i][0], kind) == 0)
			return labels[i][1];
	return "Note";
}

static json_t *
make_notice(const json_t *notice)
{
	const char *at = card_text(notice, "at");
	const char *created = card_text(notice, "created");
	char effective[WORDS_MAX];
	char told[WORDS_MAX];

	words_date(effective, at);
	words_date(told, created);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "notice_kind",
	    card_text(notice, "kind"), "notice_label",
	    notice_label(card_text(notice, "kind")), "notice_text",
	    card_text(notice, "text"), "effective", effective, "effective_iso",
	    effective[0] == '\0' ? "" : at, "told", told, "told_iso", created);
}

static json_t *
make_notices(const json_t *dataset)
{
	json_t *list = json_array();
	json_t *notice;
	size_t i;
	int failed = 0;

	json_array_foreach (json_object_get(dataset, "notices"), i, notice)
		failed |= json_array_append_new(list, make_notice(notice));
	if (failed == 0)
		return list;
	json_decref(list);
	return NULL;
}

int
page_fill_terms(json_t *values, const json_t *dataset)
{
	json_t *notices = make_notices(dataset);
	json_t *prices = make_prices(dataset);
	int failed = 0;

	failed |= json_object_set_new(
	    values, "has_notices", json_boolean(json_array_size(notices) > 0));
	failed |= json_object_set_new(
	    values, "has_prices", json_boolean(json_array_size(prices) > 0));
	failed |= json_object_set_new(values, "notices", notices);
	failed |= json_object_set_new(values, "prices", prices);
	failed |= json_object_set_new(values, "early", make_early(dataset));
	return failed;
}
