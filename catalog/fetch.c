#include "sluice/catalog/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/checked.h"
#include "sluice/catalog/json.h"

void
sl_fetch_init(struct sl_fetch *fetch)
{
	memset(fetch, 0, sizeof(*fetch));
}

void
sl_fetch_clear(struct sl_fetch *fetch)
{
	for (size_t i = 0; i < fetch->batch_count; i++) {
		sl_multirange_clear(&fetch->batches[i].segments);
		sl_multirange_clear(&fetch->batches[i].chunks);
	}
	free(fetch->batches);
	memset(fetch, 0, sizeof(*fetch));
}

static enum sl_status
make_room(struct sl_fetch *fetch)
{
	size_t capacity = fetch->batch_capacity * 2 + 8;
	struct sl_fetch_batch *batches;

	if (fetch->batch_count >= SL_FETCH_BATCHES_MAX)
		return SL_ERR_LIMIT;
	if (fetch->batch_count < fetch->batch_capacity)
		return SL_OK;
	batches = realloc(fetch->batches, capacity * sizeof(*batches));
	if (batches == NULL)
		return SL_ERR_NOMEM;
	fetch->batches = batches;
	fetch->batch_capacity = capacity;
	return SL_OK;
}

/* The batch, put in its place if it is not there. */
static enum sl_status
find_batch(struct sl_fetch *fetch, uint32_t seq, struct sl_fetch_batch **out)
{
	size_t low = 0;
	size_t high = fetch->batch_count;
	enum sl_status status;

	if (seq == 0 || seq > SL_SEQ_MAX)
		return SL_ERR_INVALID;
	/* Most often it is the last one, or comes after it. */
	if (high > 0 && fetch->batches[high - 1].seq < seq)
		low = high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (fetch->batches[middle].seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == fetch->batch_count || fetch->batches[low].seq != seq) {
		status = make_room(fetch);
		if (status != SL_OK)
			return status;
		memmove(fetch->batches + low + 1, fetch->batches + low,
		    (fetch->batch_count - low) * sizeof(*fetch->batches));
		memset(&fetch->batches[low], 0, sizeof(*fetch->batches));
		fetch->batches[low].seq = seq;
		fetch->batch_count++;
	}
	*out = &fetch->batches[low];
	return SL_OK;
}

enum sl_status
sl_fetch_add_segments(
    struct sl_fetch *fetch, uint32_t seq, uint32_t first, uint32_t last)
{
	struct sl_fetch_batch *batch;
	enum sl_status status = find_batch(fetch, seq, &batch);

	return status == SL_OK
	    ? sl_multirange_add(&batch->segments, first, last)
	    : status;
}

enum sl_status
sl_fetch_add_chunks(
    struct sl_fetch *fetch, uint32_t seq, uint32_t first, uint32_t last)
{
	struct sl_fetch_batch *batch;
	enum sl_status status = find_batch(fetch, seq, &batch);

	return status == SL_OK ? sl_multirange_add(&batch->chunks, first, last)
	                       : status;
}

/* "7", in the one way it is written. */
static bool
parse_seq(const char *text, uint32_t *out)
{
	uint64_t seq;

	if (text[0] == '0' || !sl_parse_u64(text, SL_SEQ_MAX, &seq) || seq == 0)
		return false;
	*out = (uint32_t)seq;
	return true;
}

/* {"7":"0-12,15"} under one of the two keys. */
static enum sl_status
read_sets(struct sl_fetch *fetch, const json_t *object, const char *key,
    struct sl_error *err)
{
	bool is_chunks = strcmp(key, "chunks") == 0;
	const char *seq_text;
	json_t *sets;
	json_t *value;
	enum sl_status status = sl_json_maybe_object(&sets, object, key, err);

	if (status != SL_OK || sets == NULL)
		return status;
	json_object_foreach (sets, seq_text, value) {
		struct sl_fetch_batch *batch;
		struct sl_multirange *set;
		uint32_t seq;

		if (!parse_seq(seq_text, &seq) || !json_is_string(value))
			return sl_error_set(err, SL_ERR_INVALID,
			    "\"%s\" does not map batches to sets of numbers",
			    key);
		status = find_batch(fetch, seq, &batch);
		if (status != SL_OK)
			return sl_error_set(err, status, "too many batches");
		set = is_chunks ? &batch->chunks : &batch->segments;
		status = sl_multirange_parse(
		    set, sl_slice_text(json_string_value(value)), err);
		if (status == SL_OK && set->count == 0)
			status = sl_error_set(
			    err, SL_ERR_INVALID, "an empty set of numbers");
		if (status != SL_OK)
			return sl_error_prefix(
			    err, status, "%s of batch %u", key, seq);
	}
	return SL_OK;
}

static enum sl_status
read_purpose(struct sl_fetch *fetch, const json_t *object, struct sl_error *err)
{
	struct sl_purpose purpose;
	const char *text;
	enum sl_status status =
	    sl_json_maybe_text(&text, object, "purpose", err);

	if (status == SL_OK && text != NULL)
		status = sl_purpose_parse(&purpose, sl_slice_text(text), err);
	if (status == SL_OK && text != NULL)
		sl_purpose_format(fetch->purpose, &purpose);
	return status;
}

static enum sl_status
read_fetch(struct sl_fetch *fetch, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {
	    "licence", "purpose", "segments", "chunks", NULL};
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK && json_object_get(object, "licence") != NULL) {
		fetch->has_licence = true;
		status =
		    sl_json_need_uuid(&fetch->licence, object, "licence", err);
	}
	if (status == SL_OK)
		status = read_purpose(fetch, object, err);
	if (status == SL_OK)
		status = read_sets(fetch, object, "segments", err);
	if (status == SL_OK)
		status = read_sets(fetch, object, "chunks", err);
	if (status == SL_OK && fetch->batch_count == 0)
		status = sl_error_set(
		    err, SL_ERR_INVALID, "names no segments and no chunks");
	return status;
}

enum sl_status
sl_fetch_parse(struct sl_fetch *out, struct sl_slice text, struct sl_error *err)
{
	struct sl_fetch fetch = {0};
	json_t *object;
	enum sl_status status =
	    sl_json_parse(&object, text, SL_FETCH_BYTES_MAX, err);

	if (status == SL_OK) {
		status = read_fetch(&fetch, object, err);
		json_decref(object);
	}
	if (status != SL_OK) {
		sl_fetch_clear(&fetch);
		return sl_error_prefix(err, status, "fetch request");
	}
	sl_fetch_clear(out);
	*out = fetch;
	return SL_OK;
}

static enum sl_status
write_sets(struct sl_buf *buf, const struct sl_fetch *fetch, const char *key)
{
	bool is_chunks = strcmp(key, "chunks") == 0;
	bool is_first = true;
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && i < fetch->batch_count; i++) {
		const struct sl_fetch_batch *batch = &fetch->batches[i];
		const struct sl_multirange *set =
		    is_chunks ? &batch->chunks : &batch->segments;

		if (set->count == 0)
			continue;
		if (is_first)
			status = sl_buf_printf(buf, "%s\"%s\":{\"%u\":\"",
			    buf->data[buf->len - 1] == '{' ? "" : ",", key,
			    batch->seq);
		else
			status = sl_buf_printf(buf, ",\"%u\":\"", batch->seq);
		is_first = false;
		if (status == SL_OK)
			status = sl_multirange_format(buf, set);
		if (status == SL_OK)
			status = sl_buf_append_text(buf, "\"");
	}
	return status == SL_OK && !is_first ? sl_buf_append_text(buf, "}")
	                                    : status;
}

uint32_t
sl_fetch_last_seq(const struct sl_fetch *fetch)
{
	return fetch->batch_count == 0
	    ? 0
	    : fetch->batches[fetch->batch_count - 1].seq;
}

enum sl_status
sl_fetch_format(struct sl_buf *buf, const struct sl_fetch *fetch)
{
	size_t before = buf->len;
	char licence[SL_UUID_TEXT_LEN + 1];
	enum sl_status status = sl_buf_append_text(buf, "{");

	if (status == SL_OK && fetch->has_licence) {
		sl_uuid_format(licence, &fetch->licence);
		status = sl_buf_printf(buf, "\"licence\":\"%s\"", licence);
	}
	if (status == SL_OK && fetch->purpose[0] != '\0')
		status = sl_buf_printf(buf, "%s\"purpose\":\"%s\"",
		    fetch->has_licence ? "," : "", fetch->purpose);
	if (status == SL_OK)
		status = write_sets(buf, fetch, "segments");
	if (status == SL_OK)
		status = write_sets(buf, fetch, "chunks");
	if (status == SL_OK)
		status = sl_buf_append_text(buf, "}");
	if (status == SL_OK && buf->len - before > SL_FETCH_BYTES_MAX)
		status = SL_ERR_LIMIT;
	return status;
}
