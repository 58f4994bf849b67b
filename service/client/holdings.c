#include "holdings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/checked.h"
#include "sluice/catalog/name.h"

#define RANGES_TEXT_MAX (16 * 1024 * 1024)

void
sl_holdings_clear(struct sl_holdings *holdings)
{
	for (size_t i = 0; i < holdings->count; i++)
		sl_multirange_clear(&holdings->batches[i].set);
	free(holdings->batches);
	memset(holdings, 0, sizeof(*holdings));
}

void
sl_holdings_cut(struct sl_holdings *holdings, uint32_t seq)
{
	while (holdings->count > 0 &&
	    holdings->batches[holdings->count - 1].seq > seq)
		sl_multirange_clear(&holdings->batches[--holdings->count].set);
}

/* Where `seq` is, or would be. */
static size_t
place_of(const struct sl_holdings *holdings, uint32_t seq)
{
	size_t low = 0, high = holdings->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (holdings->batches[middle].seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static enum sl_status
insert_batch(struct sl_holdings *holdings, size_t place, uint32_t seq)
{
	if (holdings->count == holdings->capacity) {
		size_t capacity =
		    holdings->capacity == 0 ? 8 : holdings->capacity * 2;
		struct sl_holding *more =
		    reallocarray(holdings->batches, capacity, sizeof(*more));

		if (more == NULL)
			return SL_ERR_NOMEM;
		holdings->batches = more;
		holdings->capacity = capacity;
	}
	memmove(&holdings->batches[place + 1], &holdings->batches[place],
	    (holdings->count - place) * sizeof(*holdings->batches));
	holdings->batches[place].seq = seq;
	sl_multirange_init(&holdings->batches[place].set);
	holdings->count++;
	return SL_OK;
}

enum sl_status
sl_holdings_add(
    struct sl_holdings *holdings, uint32_t seq, uint32_t first, uint32_t last)
{
	size_t place = place_of(holdings, seq);

	if (place == holdings->count || holdings->batches[place].seq != seq) {
		enum sl_status status = insert_batch(holdings, place, seq);

		if (status != SL_OK)
			return status;
	}
	return sl_multirange_add(&holdings->batches[place].set, first, last);
}

const struct sl_multirange *
sl_holdings_of(const struct sl_holdings *holdings, uint32_t seq)
{
	size_t place = place_of(holdings, seq);

	if (place == holdings->count || holdings->batches[place].seq != seq)
		return NULL;
	return &holdings->batches[place].set;
}

bool
sl_holdings_contain(
    const struct sl_holdings *holdings, uint32_t seq, uint32_t value)
{
	const struct sl_multirange *set = sl_holdings_of(holdings, seq);

	return set != NULL && sl_multirange_contains(set, value);
}

uint64_t
sl_holdings_count(const struct sl_holdings *holdings)
{
	uint64_t count = 0;

	for (size_t i = 0; i < holdings->count; i++)
		count += sl_multirange_count(&holdings->batches[i].set);
	return count;
}

bool
sl_holdings_are_equal(const struct sl_holdings *a, const struct sl_holdings *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (a->batches[i].seq != b->batches[i].seq ||
		    !sl_multirange_is_equal(
		        &a->batches[i].set, &b->batches[i].set))
			return false;
	}
	return true;
}

enum sl_status
sl_holdings_copy(struct sl_holdings *out, const struct sl_holdings *from)
{
	static const struct sl_holdings nothing;

	return sl_holdings_subtract(out, from, &nothing);
}

/* Append a batch with set = whole without taken, unless that is empty. */
static enum sl_status
append_rest(struct sl_holdings *out, const struct sl_holding *whole,
    const struct sl_multirange *taken)
{
	struct sl_multirange rest;
	enum sl_status status;

	sl_multirange_init(&rest);
	status = sl_multirange_copy(&rest, &whole->set);
	if (status == SL_OK && taken != NULL)
		status = sl_multirange_subtract(&rest, taken);
	if (status == SL_OK && rest.count > 0)
		status = insert_batch(out, out->count, whole->seq);
	if (status != SL_OK || rest.count == 0) {
		sl_multirange_clear(&rest);
		return status;
	}
	out->batches[out->count - 1].set = rest;
	return SL_OK;
}

enum sl_status
sl_holdings_subtract(struct sl_holdings *out, const struct sl_holdings *a,
    const struct sl_holdings *b)
{
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < a->count; i++)
		status = append_rest(
		    out, &a->batches[i], sl_holdings_of(b, a->batches[i].seq));
	return status;
}

static enum sl_status
batch_from_json(struct sl_holdings *out, const char *key, const json_t *value,
    struct sl_error *err)
{
	struct sl_multirange set;
	enum sl_status status;
	uint64_t seq;
	size_t place;

	if (!sl_parse_u64(key, SL_SEQ_MAX, &seq) || !json_is_string(value))
		return sl_error_set(
		    err, SL_ERR_INVALID, "segments: bad batch '%s'", key);
	sl_multirange_init(&set);
	status = sl_multirange_parse(
	    &set, sl_slice_text(json_string_value(value)), err);
	if (status != SL_OK)
		return status;
	place = place_of(out, (uint32_t)seq);
	status = insert_batch(out, place, (uint32_t)seq);
	if (status != SL_OK) {
		sl_multirange_clear(&set);
		return sl_error_set(err, status, "out of memory");
	}
	out->batches[place].set = set;
	return SL_OK;
}

enum sl_status
sl_holdings_from_json(
    struct sl_holdings *out, json_t *object, struct sl_error *err)
{
	enum sl_status status = SL_OK;
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return sl_error_set(
		    err, SL_ERR_INVALID, "segments: not an object");
	json_object_foreach (object, key, value) {
		status = batch_from_json(out, key, value, err);
		if (status != SL_OK)
			break;
	}
	if (status != SL_OK)
		sl_holdings_clear(out);
	return status;
}

json_t *
sl_holdings_to_json(const struct sl_holdings *holdings)
{
	json_t *object = json_object();
	struct sl_buf text;

	sl_buf_init(&text, RANGES_TEXT_MAX);
	for (size_t i = 0; object != NULL && i < holdings->count; i++) {
		const struct sl_holding *batch = &holdings->batches[i];
		char key[16];

		sl_buf_reset(&text);
		snprintf(key, sizeof(key), "%u", batch->seq);
		if (sl_multirange_format(&text, &batch->set) != SL_OK ||
		    json_object_set_new(object, key,
		        json_stringn((const char *)text.data, text.len)) != 0) {
			json_decref(object);
			object = NULL;
		}
	}
	sl_buf_clear(&text);
	return object;
}
