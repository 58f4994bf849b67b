#include "sluice/store/batch.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "sluice/base/hex.h"

/* A fetch body of 1 MiB asks for no more. */
#define WANTS_TEXT_MAX (32 * 1024 * 1024)

static const struct sl_query batches_query = {"batches",
    "SELECT seq, publication, published_us, content_bytes, segments, "
    "object_bytes, object_sha256 "
    "FROM sluice.batches($1::bigint, $2::int, $3::int, $4::int)",
    4, 0};
static const struct sl_query segments_query = {"segments",
    "SELECT seq, ordinal, number, first_seq, chunk_first, chunk_sizes, "
    "pack_offset, stored_bytes, content_bytes, duration_ms, retracted, "
    "erased, live, layer, facets, publication "
    "FROM sluice.segments($1::bigint, $2::int, $3::jsonb, $4::int, $5::int, "
    "$6::int)",
    6, 0};
static const struct sl_query entries_query = {"entries",
    "SELECT seq, number, id, op, revision, facets, layers, reason "
    "FROM sluice.entries($1::bigint, $2::int, $3::int, $4::bigint, $5::int)",
    5, 0};

/* seq as SQL's int. */
static void
push_seq(struct sl_params *params, uint32_t seq)
{
	sl_params_int8(params, seq > SL_SEQ_MAX ? SL_SEQ_MAX : seq);
}

/* ---- batches ---- */

static const char *const object_names[SL_BATCH_OBJECTS] = {"manifest",
    "manifest.minisig", "index.json", "files.sha256", "quality.json",
    "pack.tar.zst"};

static enum sl_status
read_objects(struct sl_batch *out, const json_t *bytes, const json_t *sha256)
{
	unsigned i;

	for (i = 0; i < SL_BATCH_OBJECTS; i++) {
		const json_t *length = json_object_get(bytes, object_names[i]);
		const char *hex =
		    json_string_value(json_object_get(sha256, object_names[i]));

		if (!json_is_integer(length) || hex == NULL ||
		    json_integer_value(length) < 0 ||
		    sl_hex_decode(out->objects[i].sha256,
		        sizeof(out->objects[i].sha256),
		        sl_slice_text(hex)) != SL_OK)
			return SL_ERR_INTEGRITY;
		out->objects[i].bytes = (uint64_t)json_integer_value(length);
	}
	return SL_OK;
}

static enum sl_status
read_batch(struct sl_batch *out, const struct sl_rows *rows, int row)
{
	json_t *bytes = NULL, *sha256 = NULL;
	enum sl_status status = SL_ERR_INTEGRITY;

	if (sl_rows_uint32(&out->seq, rows, row, 0) == SL_OK &&
	    sl_rows_uuid(&out->publication, rows, row, 1) == SL_OK &&
	    sl_rows_time(&out->published_us, rows, row, 2) == SL_OK &&
	    sl_rows_uint64(&out->content_bytes, rows, row, 3) == SL_OK &&
	    sl_rows_uint32(&out->segment_count, rows, row, 4) == SL_OK &&
	    sl_call_parse(&bytes, rows, row, 5) == SL_OK &&
	    sl_call_parse(&sha256, rows, row, 6) == SL_OK)
		status = read_objects(out, bytes, sha256);
	json_decref(bytes);
	json_decref(sha256);
	return status;
}

static enum sl_status
read_batches(struct sl_batch **out, const struct sl_rows *rows)
{
	int count = sl_rows_count(rows), i;
	enum sl_status status = SL_OK;

	*out = calloc((size_t)count + 1, sizeof(**out));
	if (*out == NULL)
		return SL_ERR_NOMEM;
	for (i = 0; i < count && status == SL_OK; i++)
		status = read_batch(&(*out)[i], rows, i);
	return status;
}

static void
on_batches(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct sl_closure closure = sl_closure_take(ctx);
	sl_batches_fn *fn = (sl_batches_fn *)closure.fn;
	struct sl_batch *batches = NULL;
	struct sl_error own = *err;

	if (status == SL_OK) {
		status = read_batches(&batches, rows);
		if (status != SL_OK)
			sl_call_bad_answer(&own, status);
	}
	if (status == SL_OK)
		fn(closure.ctx, SL_OK, batches, (size_t)sl_rows_count(rows),
		    &own);
	else
		fn(closure.ctx, status, NULL, 0, &own);
	free(batches);
}

enum sl_status
sl_store_batches(struct sl_db *db, int64_t dataset, uint32_t from,
    uint32_t until, sl_batches_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_int8(&params, dataset);
	push_seq(&params, from);
	push_seq(&params, until);
	sl_params_int8(&params, SL_BATCHES_MAX);
	return sl_call_closure(db, &batches_query, &params, on_batches,
	    (void (*)(void))fn, ctx, err);
}

/* ---- segments ---- */

/* The texts point into the rows, whose slices end with a NUL. */
static enum sl_status
read_segment(struct sl_segment_row *out, const struct sl_rows *rows, int row)
{
	uint32_t *sizes;
	size_t size_count;
	enum sl_status status;

	if (sl_rows_uint32(&out->seq, rows, row, 0) != SL_OK ||
	    sl_rows_uint32(&out->ordinal, rows, row, 1) != SL_OK ||
	    sl_rows_uint32(&out->number, rows, row, 2) != SL_OK ||
	    sl_rows_uint32(&out->first_seq, rows, row, 3) != SL_OK ||
	    sl_rows_uint32(&out->chunk_first, rows, row, 4) != SL_OK ||
	    sl_rows_uint64(&out->pack_offset, rows, row, 6) != SL_OK ||
	    sl_rows_uint64(&out->stored_bytes, rows, row, 7) != SL_OK ||
	    sl_rows_uint64(&out->content_bytes, rows, row, 8) != SL_OK ||
	    sl_rows_uint64(&out->duration_ms, rows, row, 9) != SL_OK ||
	    sl_rows_bool(&out->retracted, rows, row, 10) != SL_OK ||
	    sl_rows_bool(&out->erased, rows, row, 11) != SL_OK ||
	    sl_rows_bool(&out->live, rows, row, 12) != SL_OK ||
	    sl_rows_uuid(&out->publication, rows, row, 15) != SL_OK)
		return SL_ERR_INTEGRITY;
	status = sl_rows_uint32s(&sizes, &size_count, rows, row, 5);
	out->chunk_sizes = sizes;
	out->chunk_count = (uint32_t)size_count;
	out->layer = (const char *)sl_rows_text(rows, row, 13).data;
	return status;
}

/* Rows of one episode follow each other, so its facets are parsed once. */
static enum sl_status
read_facets(
    struct sl_segment_row *segments, const struct sl_rows *rows, int row)
{
	struct sl_segment_row *out = &segments[row];
	json_t *facets;
	enum sl_status status;

	if (row > 0 && out[-1].number == out->number) {
		out->facets = out[-1].facets;
		return SL_OK;
	}
	status = sl_call_parse(&facets, rows, row, 14);
	if (status == SL_OK &&
	    sl_facets_from_json(&out->facets, facets, NULL) != SL_OK)
		status = SL_ERR_INTEGRITY;
	json_decref(facets);
	return status;
}

static enum sl_status
read_segments(struct sl_segment_row **out, const struct sl_rows *rows)
{
	int count = sl_rows_count(rows), i;
	enum sl_status status = SL_OK;

	*out = calloc((size_t)count + 1, sizeof(**out));
	if (*out == NULL)
		return SL_ERR_NOMEM;
	for (i = 0; i < count && status == SL_OK; i++) {
		status = read_segment(&(*out)[i], rows, i);
		if (status == SL_OK)
			status = read_facets(*out, rows, i);
	}
	return status;
}

static void
free_segments(struct sl_segment_row *segments, int count)
{
	int i;

	for (i = 0; segments != NULL && i < count; i++)
		free((void *)(uintptr_t)segments[i].chunk_sizes);
	free(segments);
}

static void
on_segments(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct sl_closure closure = sl_closure_take(ctx);
	sl_segments_fn *fn = (sl_segments_fn *)closure.fn;
	struct sl_segment_row *segments = NULL;
	struct sl_error own = *err;
	int count = rows == NULL ? 0 : sl_rows_count(rows);

	if (status == SL_OK) {
		status = read_segments(&segments, rows);
		if (status != SL_OK)
			sl_call_bad_answer(&own, status);
	}
	if (status == SL_OK)
		fn(closure.ctx, SL_OK, segments, (size_t)count, &own);
	else
		fn(closure.ctx, status, NULL, 0, &own);
	free_segments(segments, count);
}

/* [seq,"{ordinals}","{chunks}"] */
static enum sl_status
format_want(struct sl_buf *text, const struct sl_segment_want *want)
{
	enum sl_status status;

	status = sl_buf_printf(
	    text, "[%u,\"%s", want->seq, want->by_chunk ? "{}\",\"" : "");
	if (status == SL_OK)
		status = sl_multirange_format_pg(text, want->numbers);
	if (status == SL_OK)
		status = sl_buf_append_text(
		    text, want->by_chunk ? "\"]" : "\",\"{}\"]");
	return status;
}

static void
push_wants(
    struct sl_params *params, const struct sl_segment_want *wants, size_t count)
{
	struct sl_buf text;
	enum sl_status status;
	size_t i;

	sl_buf_init(&text, WANTS_TEXT_MAX);
	status = sl_buf_append_text(&text, "[");
	for (i = 0; i < count && status == SL_OK; i++) {
		if (i > 0)
			status = sl_buf_append_text(&text, ",");
		if (status == SL_OK)
			status = format_want(&text, &wants[i]);
	}
	if (status == SL_OK)
		status = sl_buf_append_text(&text, "]");
	if (status == SL_OK)
		sl_params_slice(params, sl_buf_slice(&text));
	else
		params->status = status;
	sl_buf_clear(&text);
}

enum sl_status
sl_store_segments(struct sl_db *db, int64_t dataset,
    const struct sl_segment_page *page, sl_segments_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_int8(&params, dataset);
	push_seq(&params, page->seen);
	push_wants(&params, page->wants, page->want_count);
	push_seq(&params, page->first ? 0 : page->after_seq);
	push_seq(&params, page->first ? 0 : page->after_ordinal);
	push_seq(&params, page->limit);
	return sl_call_closure(db, &segments_query, &params, on_segments,
	    (void (*)(void))fn, ctx, err);
}

/* ---- entries ---- */

static enum sl_status
read_entry_json(struct sl_entry_row *out, const struct sl_rows *rows, int row)
{
	json_t *facets = NULL, *layers = NULL;
	enum sl_status status = SL_ERR_INTEGRITY;

	if (sl_call_parse(&facets, rows, row, 5) == SL_OK &&
	    sl_call_parse(&layers, rows, row, 6) == SL_OK &&
	    sl_facets_from_json(&out->entry.facets, facets, NULL) == SL_OK)
		status = sl_entry_layers_from_json(
		    &out->entry, layers, out->seq, NULL);
	json_decref(facets);
	json_decref(layers);
	return status;
}

static enum sl_status
read_entry(struct sl_entry_row *out, const struct sl_rows *rows, int row)
{
	sl_entry_init(&out->entry);
	if (sl_rows_uint32(&out->seq, rows, row, 0) != SL_OK ||
	    sl_rows_uint32(&out->entry.number, rows, row, 1) != SL_OK ||
	    sl_rows_uuid(&out->entry.id, rows, row, 2) != SL_OK ||
	    sl_entry_op_by_name(&out->entry.op, sl_rows_text(rows, row, 3)) !=
	        SL_OK ||
	    sl_rows_uint32(&out->entry.revision, rows, row, 4) != SL_OK ||
	    sl_call_copy(out->entry.reason, sizeof(out->entry.reason), rows,
	        row, 7) != SL_OK)
		return SL_ERR_INTEGRITY;
	return read_entry_json(out, rows, row);
}

static enum sl_status
read_entries(struct sl_entry_row **out, const struct sl_rows *rows)
{
	int count = sl_rows_count(rows), i;
	enum sl_status status = SL_OK;

	*out = calloc((size_t)count + 1, sizeof(**out));
	if (*out == NULL)
		return SL_ERR_NOMEM;
	for (i = 0; i < count && status == SL_OK; i++)
		status = read_entry(&(*out)[i], rows, i);
	return status;
}

static void
free_entries(struct sl_entry_row *entries, int count)
{
	int i;

	for (i = 0; entries != NULL && i < count; i++)
		sl_entry_clear(&entries[i].entry);
	free(entries);
}

static void
on_entries(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct sl_closure closure = sl_closure_take(ctx);
	sl_entries_fn *fn = (sl_entries_fn *)closure.fn;
	struct sl_entry_row *entries = NULL;
	struct sl_error own = *err;
	int count = rows == NULL ? 0 : sl_rows_count(rows);

	if (status == SL_OK) {
		status = read_entries(&entries, rows);
		if (status != SL_OK)
			sl_call_bad_answer(&own, status);
	}
	if (status == SL_OK)
		fn(closure.ctx, SL_OK, entries, (size_t)count, &own);
	else
		fn(closure.ctx, status, NULL, 0, &own);
	free_entries(entries, count);
}

enum sl_status
sl_store_entries(struct sl_db *db, int64_t dataset,
    const struct sl_entry_page *page, sl_entries_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct sl_params params;

	sl_params_init(&params);
	sl_params_int8(&params, dataset);
	push_seq(&params, page->until);
	push_seq(&params, page->after_seq);
	sl_params_int8(&params, page->after_number);
	push_seq(&params, page->limit);
	return sl_call_closure(db, &entries_query, &params, on_entries,
	    (void (*)(void))fn, ctx, err);
}
