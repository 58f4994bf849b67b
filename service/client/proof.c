#include "proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"
#include "sluice/catalog/json.h"
#include "sluice/client/book.h"

/* About 50 bytes each: well below the longest receipt. */
#define RETRACTIONS_MAX 50000
#define LICENCE_MAX     (256 * 1024)

static enum sl_status
count_segment(void *ctx, uint32_t seq, uint32_t ordinal,
    const struct sl_index *index, struct sl_error *err)
{
	const struct sl_index_segment *segment = &index->segments[ordinal];
	struct sl_receipt *receipt = ctx;

	(void)seq;
	(void)err;
	/* The dataset's own files are free. */
	if (segment->number == 0)
		return SL_OK;
	receipt->segments_verified++;
	receipt->segments_bytes += segment->content_bytes;
	return SL_OK;
}

enum sl_status
sl_proof_head(struct sl_ledger_head *out, const char *book,
    const struct sl_uuid *licence, struct sl_error *err)
{
	struct sl_book_head *heads;
	enum sl_status status;
	size_t count;

	memset(out, 0, sizeof(*out));
	status = sl_book_read(book, licence, &heads, &count, err);
	if (status == SL_OK && count > 0) {
		out->number = heads[count - 1].number;
		memcpy(out->head, heads[count - 1].head, sizeof(out->head));
	}
	free(heads);
	return status;
}

enum sl_status
sl_proof_fill(struct sl_receipt *out, const struct sl_mirror *mirror,
    const struct sl_heads *heads, struct sl_error *err)
{
	const struct sl_state *state = &mirror->state;
	char *book = sl_mirror_path(mirror, SL_BOOK_FOLDER);
	enum sl_status status = SL_OK;

	if (book == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	if (!heads->has_grant)
		status = sl_error_code(err, SL_ERR_NOT_FOUND, "nothing_applied",
		    "%s: no pull has told the licence yet", mirror->dir);
	if (status == SL_OK) {
		out->licence = heads->grant.licence;
		snprintf(
		    out->dataset, sizeof(out->dataset), "%s", state->dataset);
		out->seq = state->seq;
		status = sl_proof_head(&out->ledger, book, &out->licence, err);
	}
	if (status == SL_OK)
		status =
		    sl_plan_each(heads, &state->held, count_segment, out, err);
	free(book);
	return status;
}

enum sl_status
sl_proof_retractions(
    struct sl_receipt *out, const struct sl_heads *heads, uint32_t since)
{
	enum sl_status status = SL_OK;

	for (uint32_t seq = out->seq; status == SL_OK && seq > since; seq--) {
		const struct sl_index *index = sl_heads_index(heads, seq);

		for (uint32_t i = 0;
		     status == SL_OK && index != NULL && i < index->entry_count;
		     i++) {
			const struct sl_entry *entry = &index->entries[i];

			if (out->retraction_count == RETRACTIONS_MAX)
				return SL_OK;
			if (entry->op == SL_ENTRY_RETRACT)
				status = sl_receipt_add_retraction(
				    out, seq, &entry->id);
		}
	}
	return status;
}

enum sl_status
sl_proof_customer(struct sl_receipt *out, const json_t *licence,
    struct sl_mirror *mirror, struct sl_error *err)
{
	const char *customer;
	enum sl_status status =
	    sl_json_need_text(&customer, licence, "customer", err);
	struct sl_buf text;

	if (status != SL_OK)
		return sl_error_prefix(err, status, "the server's licence");
	snprintf(out->customer, sizeof(out->customer), "%s", customer);
	if (mirror == NULL)
		return SL_OK;
	sl_buf_init(&text, LICENCE_MAX);
	status = sl_json_dump(&text, licence);
	if (status != SL_OK)
		sl_error_set(err, status, "licence.json");
	else
		status = sl_mirror_write(
		    mirror, "licence.json", sl_buf_slice(&text), err);
	sl_buf_clear(&text);
	return status;
}
