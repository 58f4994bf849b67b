/* Rows of a ledger as JSON. */
#include <stdlib.h>
#include <string.h>

#include "ledger_text.h"
#include "sluice/base/clock.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"

/* "2026-11-21T01:15:00.123456Z" */
#define AT_LEN       27
#define SET_TEXT_MAX (512 * 1024 * 1024)

static bool
is_plain(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	}
	return true;
}

/* A copy of text without control characters. */
static enum sl_status
read_plain(char **out, size_t max, const json_t *object, const char *key,
    struct sl_error *err)
{
	const char *text;
	enum sl_status status = sl_json_need_text(&text, object, key, err);

	if (status != SL_OK)
		return status;
	if (strlen(text) > max || !is_plain(text))
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"%s\" is longer than %zu bytes or has control characters",
		    key, max);
	*out = strdup(text);
	return *out != NULL ? SL_OK
	                    : sl_error_set(err, SL_ERR_NOMEM, "out of memory");
}

static enum sl_status
read_signed(
    int64_t *out, const json_t *object, const char *key, struct sl_error *err)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value))
		return sl_error_set(
		    err, SL_ERR_INVALID, "\"%s\" is not a whole number", key);
	*out = json_integer_value(value);
	return SL_OK;
}

static enum sl_status
read_set(struct sl_multirange *out, const json_t *object, const char *key,
    struct sl_error *err)
{
	const char *text;
	enum sl_status status = sl_json_need_text(&text, object, key, err);

	if (status == SL_OK)
		status = sl_multirange_parse_pg(out, sl_slice_text(text), err);
	return status;
}

/* Exactly as it is hashed. */
static enum sl_status
read_at(int64_t *out_us, const json_t *object, struct sl_error *err)
{
	const char *text;
	enum sl_status status = sl_json_need_text(&text, object, "at", err);

	if (status != SL_OK)
		return status;
	if (strlen(text) != AT_LEN || text[AT_LEN - 1] != 'Z' ||
	    sl_time_parse(out_us, sl_slice_text(text)) != SL_OK)
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"at\" is not a time with six digits of a second");
	return SL_OK;
}

static enum sl_status
read_kind(enum sl_ledger_kind *out, const json_t *object, struct sl_error *err)
{
	const char *text;
	enum sl_status status = sl_json_need_text(&text, object, "kind", err);

	if (status != SL_OK)
		return status;
	for (size_t i = 0; i < SL_LEDGER_KIND_COUNT; i++) {
		if (strcmp(text, sl_ledger_kind_name((enum sl_ledger_kind)i)) ==
		    0) {
			*out = (enum sl_ledger_kind)i;
			return SL_OK;
		}
	}
	return sl_error_set(
	    err, SL_ERR_INVALID, "\"kind\" is none of charge, credit and fee");
}

static enum sl_status
read_names(
    struct sl_ledger_row *row, const json_t *object, struct sl_error *err)
{
	const char *dataset = NULL;
	const char *purpose = NULL;
	struct sl_purpose parsed;
	enum sl_status status =
	    sl_json_need_text(&dataset, object, "dataset", err);

	if (status == SL_OK)
		status = sl_json_need_text(&purpose, object, "purpose", err);
	if (status != SL_OK)
		return status;
	if (!sl_dataset_name_is_valid(sl_slice_text(dataset)))
		return sl_error_set(
		    err, SL_ERR_INVALID, "\"dataset\" is not a dataset's name");
	memcpy(row->dataset, dataset, strlen(dataset) + 1);
	status = sl_purpose_parse(&parsed, sl_slice_text(purpose), err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "\"purpose\"");
	memcpy(row->purpose, purpose, strlen(purpose) + 1);
	return SL_OK;
}

static enum sl_status
read_money(
    struct sl_ledger_row *row, const json_t *object, struct sl_error *err)
{
	const char *currency;
	struct sl_price price;
	uint32_t digits;
	enum sl_status status =
	    sl_json_need_text(&currency, object, "currency", err);

	if (status == SL_OK && strcmp(currency, "-") != 0) {
		if (sl_currency_digits(&digits, sl_slice_text(currency)) !=
		    SL_OK)
			return sl_error_set(err, SL_ERR_INVALID,
			    "\"currency\" is no code of ISO 4217");
		memcpy(row->currency, currency, sizeof(row->currency));
	}
	if (status == SL_OK)
		status = read_plain(
		    &row->price, SL_PRICE_TEXT_MAX, object, "price", err);
	if (status == SL_OK && strcmp(row->price, "-") == 0) {
		free(row->price);
		row->price = NULL;
	}
	if (status == SL_OK && row->price != NULL)
		status = sl_price_parse(&price, sl_slice_text(row->price), err);
	if (status == SL_OK)
		status = read_signed(
		    &row->amount_micro, object, "amount_micro", err);
	return status;
}

static enum sl_status
read_counts(
    struct sl_ledger_row *row, const json_t *object, struct sl_error *err)
{
	enum sl_status status =
	    sl_json_need_u32(&row->seq, object, "seq", SL_SEQ_MAX, err);

	if (status == SL_OK)
		status = read_set(&row->ordinals, object, "ordinals", err);
	if (status == SL_OK)
		status = read_set(&row->numbers, object, "numbers", err);
	if (status == SL_OK)
		status = read_signed(&row->episodes, object, "episodes", err);
	if (status == SL_OK)
		status =
		    read_signed(&row->duration_ms, object, "duration_ms", err);
	if (status == SL_OK)
		status = read_signed(&row->bytes, object, "bytes", err);
	return status;
}

static enum sl_status
read_chain(
    struct sl_ledger_row *row, const json_t *object, struct sl_error *err)
{
	enum sl_status status = read_plain(
	    &row->reference, SL_LEDGER_REFERENCE_MAX, object, "reference", err);

	if (status == SL_OK)
		status = read_plain(
		    &row->reason, SL_LEDGER_REASON_MAX, object, "reason", err);
	if (status == SL_OK)
		status = sl_json_need_hex(row->previous, sizeof(row->previous),
		    object, "previous", err);
	if (status == SL_OK)
		status = sl_json_need_hex(
		    row->hash, sizeof(row->hash), object, "hash", err);
	return status;
}

static bool
is_charge(const struct sl_ledger_row *row)
{
	return row->seq > 0 && row->ordinals.count > 0 && row->episodes >= 0 &&
	    (uint64_t)row->episodes == sl_multirange_count(&row->numbers) &&
	    row->duration_ms >= 0 && row->bytes >= 0 && row->amount_micro >= 0;
}

static bool
is_without_sets(const struct sl_ledger_row *row)
{
	return row->seq == 0 && row->ordinals.count == 0 &&
	    row->numbers.count == 0;
}

/* What a row of its kind is like. */
static bool
is_of_its_kind(const struct sl_ledger_row *row)
{
	switch (row->kind) {
	case SL_LEDGER_CHARGE:
		return is_charge(row);
	case SL_LEDGER_CREDIT:
		return is_without_sets(row) && row->episodes <= 0 &&
		    row->duration_ms <= 0 && row->bytes <= 0 &&
		    row->amount_micro <= 0;
	case SL_LEDGER_FEE:
		return is_without_sets(row) && row->episodes == 0 &&
		    row->duration_ms == 0 && row->bytes == 0 &&
		    row->amount_micro >= 0 && row->price != NULL;
	}
	return false;
}

static enum sl_status
check_kind(const struct sl_ledger_row *row, struct sl_error *err)
{
	if (!is_of_its_kind(row))
		return sl_error_set(err, SL_ERR_INVALID,
		    "a %s is not like this", sl_ledger_kind_name(row->kind));
	if ((row->amount_micro != 0 || row->price != NULL) &&
	    row->currency[0] == '\0')
		return sl_error_set(
		    err, SL_ERR_INVALID, "money without a currency");
	return SL_OK;
}

static enum sl_status
read_row(struct sl_ledger_row *row, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"licence", "number", "at", "kind",
	    "licence_version", "dataset", "seq", "ordinals", "numbers",
	    "episodes", "duration_ms", "bytes", "purpose", "currency", "price",
	    "amount_micro", "reference", "reason", "previous", "hash", NULL};
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status =
		    sl_json_need_uuid(&row->licence, object, "licence", err);
	if (status == SL_OK)
		status = sl_json_need_u64(
		    &row->number, object, "number", INT64_MAX, err);
	if (status == SL_OK && row->number == 0)
		status = sl_error_set(err, SL_ERR_INVALID, "\"number\" is 0");
	if (status == SL_OK)
		status = read_at(&row->at_us, object, err);
	if (status == SL_OK)
		status = read_kind(&row->kind, object, err);
	if (status == SL_OK)
		status = sl_json_need_u32(&row->licence_version, object,
		    "licence_version", INT32_MAX, err);
	if (status == SL_OK)
		status = read_names(row, object, err);
	if (status == SL_OK)
		status = read_counts(row, object, err);
	if (status == SL_OK)
		status = read_money(row, object, err);
	if (status == SL_OK)
		status = read_chain(row, object, err);
	if (status == SL_OK)
		status = check_kind(row, err);
	return status;
}

enum sl_status
sl_ledger_row_from_json(
    struct sl_ledger_row *out, const json_t *object, struct sl_error *err)
{
	struct sl_ledger_row row;
	enum sl_status status;

	sl_ledger_row_init(&row);
	status = read_row(&row, object, err);
	if (status != SL_OK) {
		sl_ledger_row_clear(&row);
		return sl_error_prefix(err, status, "ledger row");
	}
	sl_ledger_row_clear(out);
	*out = row;
	return SL_OK;
}

static json_t *
set_to_json(const struct sl_multirange *set)
{
	struct sl_buf text;
	json_t *value = NULL;

	sl_buf_init(&text, SET_TEXT_MAX);
	if (sl_multirange_format_pg(&text, set) == SL_OK)
		value = json_stringn((const char *)text.data, text.len);
	sl_buf_clear(&text);
	return value;
}

json_t *
sl_ledger_row_to_json(const struct sl_ledger_row *row)
{
	char licence[SL_UUID_TEXT_LEN + 1];
	char at[SL_TIME_TEXT_MAX];
	char previous[2 * SL_SHA256_BYTES + 1];
	char hash[2 * SL_SHA256_BYTES + 1];

	sl_uuid_format(licence, &row->licence);
	sl_ledger_format_at(at, row->at_us);
	sl_hex_encode(previous, row->previous, sizeof(row->previous));
	sl_hex_encode(hash, row->hash, sizeof(row->hash));
	return json_pack("{s:s,s:I,s:s,s:s,s:I,s:s,s:I,s:o,s:o,s:I,s:I,s:I,"
	                 "s:s,s:s,s:s,s:I,s:s,s:s,s:s,s:s}",
	    "licence", licence, "number", (json_int_t)row->number, "at", at,
	    "kind", sl_ledger_kind_name(row->kind), "licence_version",
	    (json_int_t)row->licence_version, "dataset", row->dataset, "seq",
	    (json_int_t)row->seq, "ordinals", set_to_json(&row->ordinals),
	    "numbers", set_to_json(&row->numbers), "episodes",
	    (json_int_t)row->episodes, "duration_ms",
	    (json_int_t)row->duration_ms, "bytes", (json_int_t)row->bytes,
	    "purpose", row->purpose, "currency",
	    sl_ledger_or_dash(row->currency), "price",
	    sl_ledger_or_dash(row->price), "amount_micro",
	    (json_int_t)row->amount_micro, "reference",
	    sl_ledger_or_empty(row->reference), "reason",
	    sl_ledger_or_empty(row->reason), "previous", previous, "hash",
	    hash);
}
