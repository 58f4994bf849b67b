#include "sluice/catalog/receipt.h"

#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "sluice/base/array.h"
#include "sluice/catalog/json.h"

void
sl_receipt_init(struct sl_receipt *receipt)
{
	memset(receipt, 0, sizeof(*receipt));
}

void
sl_receipt_clear(struct sl_receipt *receipt)
{
	free(receipt->retractions);
	free(receipt->deletions);
	memset(receipt, 0, sizeof(*receipt));
}

enum sl_status
sl_receipt_add_retraction(
    struct sl_receipt *receipt, uint32_t seq, const struct sl_uuid *episode)
{
	struct sl_receipt_retraction *retractions =
	    sl_array_room(receipt->retractions, receipt->retraction_count,
	        sizeof(*receipt->retractions));

	if (retractions == NULL)
		return SL_ERR_NOMEM;
	receipt->retractions = retractions;
	retractions[receipt->retraction_count++] =
	    (struct sl_receipt_retraction){seq, *episode};
	return SL_OK;
}

enum sl_status
sl_receipt_add_deletion(
    struct sl_receipt *receipt, const struct sl_uuid *episode, int64_t at_us)
{
	struct sl_receipt_deletion deletion = {
	    .is_all = episode == NULL, .at_us = at_us};
	struct sl_receipt_deletion *deletions =
	    sl_array_room(receipt->deletions, receipt->deletion_count,
	        sizeof(*receipt->deletions));

	if (deletions == NULL)
		return SL_ERR_NOMEM;
	receipt->deletions = deletions;
	if (episode != NULL)
		deletion.episode = *episode;
	deletions[receipt->deletion_count++] = deletion;
	return SL_OK;
}

static enum sl_status
read_retraction(
    struct sl_receipt *receipt, const json_t *pair, struct sl_error *err)
{
	const json_t *seq = json_array_get(pair, 0);
	const char *text = json_string_value(json_array_get(pair, 1));
	struct sl_uuid episode;

	if (json_array_size(pair) != 2 || !json_is_integer(seq) ||
	    json_integer_value(seq) < 1 ||
	    json_integer_value(seq) > SL_SEQ_MAX || text == NULL ||
	    sl_uuid_parse(&episode, sl_slice_text(text)) != SL_OK)
		return sl_error_set(
		    err, SL_ERR_INVALID, "not a batch and an episode");
	if (sl_receipt_add_retraction(
	        receipt, (uint32_t)json_integer_value(seq), &episode) != SL_OK)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	return SL_OK;
}

static enum sl_status
read_retractions(
    struct sl_receipt *receipt, const json_t *object, struct sl_error *err)
{
	json_t *array;
	json_t *pair;
	size_t i;
	enum sl_status status =
	    sl_json_need_array(&array, object, "retractions", err);

	if (status != SL_OK)
		return status;
	json_array_foreach (array, i, pair) {
		status = read_retraction(receipt, pair, err);
		if (status != SL_OK)
			return sl_error_prefix(
			    err, status, "retractions[%zu]", i);
	}
	return SL_OK;
}

static enum sl_status
read_deletion(
    struct sl_receipt *receipt, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"episode", "at", NULL};
	struct sl_uuid episode;
	const char *text = NULL;
	int64_t at_us = 0;
	bool is_all = false;
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status = sl_json_need_text(&text, object, "episode", err);
	if (status == SL_OK)
		status = sl_json_need_time(&at_us, object, "at", err);
	if (status != SL_OK)
		return status;
	is_all = strcmp(text, "*") == 0;
	if (!is_all && sl_uuid_parse(&episode, sl_slice_text(text)) != SL_OK)
		return sl_error_set(err, SL_ERR_INVALID,
		    "\"episode\" is neither a UUID nor \"*\"");
	if (sl_receipt_add_deletion(receipt, is_all ? NULL : &episode, at_us) !=
	    SL_OK)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	return SL_OK;
}

static enum sl_status
read_deletions(
    struct sl_receipt *receipt, const json_t *object, struct sl_error *err)
{
	json_t *array;
	json_t *value;
	size_t i;
	enum sl_status status =
	    sl_json_need_array(&array, object, "deletions", err);

	if (status != SL_OK)
		return status;
	json_array_foreach (array, i, value) {
		status = read_deletion(receipt, value, err);
		if (status != SL_OK)
			return sl_error_prefix(
			    err, status, "deletions[%zu]", i);
	}
	return SL_OK;
}

static enum sl_status
read_segments(
    struct sl_receipt *receipt, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"verified", "bytes", NULL};
	json_t *segments;
	enum sl_status status =
	    sl_json_need_object(&segments, object, "segments", err);

	if (status == SL_OK)
		status = sl_json_only_keys(segments, keys, err);
	if (status == SL_OK)
		status = sl_json_need_u64(&receipt->segments_verified, segments,
		    "verified", INT64_MAX, err);
	if (status == SL_OK)
		status = sl_json_need_u64(&receipt->segments_bytes, segments,
		    "bytes", INT64_MAX, err);
	return status;
}

static enum sl_status
read_receipt(
    struct sl_receipt *receipt, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"version", "type", "customer",
	    "licence", "dataset", "seq", "ledger", "segments", "retractions",
	    "deletions", "at", NULL};
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status = sl_document_need_type(object, "receipt", err);
	if (status == SL_OK)
		status = sl_document_need_slug(
		    receipt->customer, false, object, "customer", err);
	if (status == SL_OK)
		status = sl_json_need_uuid(
		    &receipt->licence, object, "licence", err);
	if (status == SL_OK)
		status = sl_document_need_dataset(
		    receipt->dataset, object, "dataset", err);
	if (status == SL_OK)
		status = sl_json_need_u32(
		    &receipt->seq, object, "seq", SL_SEQ_MAX, err);
	if (status == SL_OK)
		status = sl_document_need_head(
		    &receipt->ledger, object, "ledger", err);
	if (status == SL_OK)
		status = read_segments(receipt, object, err);
	if (status == SL_OK)
		status = read_retractions(receipt, object, err);
	if (status == SL_OK)
		status = read_deletions(receipt, object, err);
	if (status == SL_OK)
		status = sl_json_need_time(&receipt->at_us, object, "at", err);
	return status;
}

enum sl_status
sl_receipt_parse(
    struct sl_receipt *out, struct sl_slice text, struct sl_error *err)
{
	struct sl_receipt receipt;
	json_t *object;
	enum sl_status status =
	    sl_json_parse(&object, text, SL_RECEIPT_BYTES_MAX, err);

	if (status != SL_OK)
		return sl_error_prefix(err, status, "receipt");
	sl_receipt_init(&receipt);
	status = read_receipt(&receipt, object, err);
	json_decref(object);
	if (status != SL_OK) {
		sl_receipt_clear(&receipt);
		return sl_error_prefix(err, status, "receipt");
	}
	sl_receipt_clear(out);
	*out = receipt;
	return SL_OK;
}

static json_t *
retractions_to_json(const struct sl_receipt *receipt)
{
	json_t *array = json_array();

	for (size_t i = 0; i < receipt->retraction_count; i++) {
		char episode[SL_UUID_TEXT_LEN + 1];

		sl_uuid_format(episode, &receipt->retractions[i].episode);
		if (json_array_append_new(array,
		        json_pack("[I,s]",
		            (json_int_t)receipt->retractions[i].seq,
		            episode)) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *
deletions_to_json(const struct sl_receipt *receipt)
{
	json_t *array = json_array();

	for (size_t i = 0; i < receipt->deletion_count; i++) {
		const struct sl_receipt_deletion *deletion =
		    &receipt->deletions[i];
		char episode[SL_UUID_TEXT_LEN + 1] = "*";

		if (!deletion->is_all)
			sl_uuid_format(episode, &deletion->episode);
		if (json_array_append_new(array,
		        json_pack("{s:s,s:o}", "episode", episode, "at",
		            sl_document_time_json(deletion->at_us))) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

enum sl_status
sl_receipt_format(struct sl_buf *buf, const struct sl_receipt *receipt)
{
	char licence[SL_UUID_TEXT_LEN + 1];

	sl_uuid_format(licence, &receipt->licence);
	return sl_document_write(buf,
	    json_pack("{s:i,s:s,s:s,s:s,s:s,s:I,s:o,s:{s:I,s:I},s:o,s:o,s:o}",
	        "version", 1, "type", "receipt", "customer", receipt->customer,
	        "licence", licence, "dataset", receipt->dataset, "seq",
	        (json_int_t)receipt->seq, "ledger",
	        sl_document_head_json(&receipt->ledger), "segments", "verified",
	        (json_int_t)receipt->segments_verified, "bytes",
	        (json_int_t)receipt->segments_bytes, "retractions",
	        retractions_to_json(receipt), "deletions",
	        deletions_to_json(receipt), "at",
	        sl_document_time_json(receipt->at_us)));
}
