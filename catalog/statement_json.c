/* Statements as JSON. */
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "sluice/catalog/json.h"
#include "sluice/catalog/month.h"
#include "statement_sum.h"

static enum sl_status
read_period(
    struct sl_statement *statement, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"from", "until", NULL};
	json_t *period;
	enum sl_status status =
	    sl_json_need_object(&period, object, "period", err);

	if (status == SL_OK)
		status = sl_json_only_keys(period, keys, err);
	if (status == SL_OK)
		status =
		    sl_json_need_time(&statement->from_us, period, "from", err);
	if (status == SL_OK)
		status = sl_json_need_time(
		    &statement->until_us, period, "until", err);
	if (status == SL_OK &&
	    (statement->from_us >= statement->until_us ||
	        statement->from_us != sl_month_begin(statement->from_us) ||
	        statement->until_us != sl_month_begin(statement->until_us)))
		status = sl_error_set(err, SL_ERR_INVALID,
		    "\"period\" is not of whole UTC months");
	return status;
}

static enum sl_status
read_rows(
    struct sl_statement *statement, const json_t *object, struct sl_error *err)
{
	json_t *rows;
	enum sl_status status = sl_json_need_array(&rows, object, "rows", err);
	size_t count = status == SL_OK ? json_array_size(rows) : 0;

	if (count == 0)
		return status;
	statement->rows = calloc(count, sizeof(*statement->rows));
	if (statement->rows == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		status = sl_ledger_row_from_json(
		    &statement->rows[i], json_array_get(rows, i), err);
		if (status != SL_OK)
			return sl_error_prefix(err, status, "rows[%zu]", i);
		statement->row_count++;
	}
	return SL_OK;
}

/* All but lines, total, programme, version and type. */
static enum sl_status
read_parts(
    struct sl_statement *statement, const json_t *object, struct sl_error *err)
{
	enum sl_status status =
	    sl_json_need_uuid(&statement->licence, object, "licence", err);

	if (status == SL_OK)
		status = sl_document_need_slug(
		    statement->customer, false, object, "customer", err);
	if (status == SL_OK)
		status = sl_document_need_dataset(
		    statement->dataset, object, "dataset", err);
	if (status == SL_OK)
		status = sl_document_need_slug(
		    statement->agreement, true, object, "agreement", err);
	if (status == SL_OK)
		status = sl_document_need_currency(
		    statement->currency, true, object, "currency", err);
	if (status == SL_OK)
		status = read_period(statement, object, err);
	if (status == SL_OK)
		status = sl_document_need_head(
		    &statement->opening, object, "opening", err);
	if (status == SL_OK)
		status = read_rows(statement, object, err);
	if (status == SL_OK)
		status = sl_document_need_head(
		    &statement->closing, object, "closing", err);
	if (status == SL_OK)
		status = sl_json_need_time(
		    &statement->issued_us, object, "issued", err);
	return status;
}

/* A slug, or "". */
static enum sl_status
read_programme(
    char out[SL_SLUG_MAX + 1], const json_t *object, struct sl_error *err)
{
	const char *text;
	enum sl_status status =
	    sl_json_need_text(&text, object, "programme", err);

	if (status != SL_OK)
		return status;
	out[0] = '\0';
	if (text[0] == '\0')
		return SL_OK;
	return sl_document_need_slug(out, false, object, "programme", err);
}

static enum sl_status
read_sums(int64_t *episodes, int64_t *duration_ms, int64_t *bytes,
    const json_t *object, struct sl_error *err)
{
	enum sl_status status =
	    sl_document_need_i64(episodes, object, "episodes", err);

	if (status == SL_OK)
		status = sl_document_need_i64(
		    duration_ms, object, "duration_ms", err);
	if (status == SL_OK)
		status = sl_document_need_i64(bytes, object, "bytes", err);
	return status;
}

static enum sl_status
read_line_kind(
    struct sl_statement_line *line, const json_t *object, struct sl_error *err)
{
	const char *kind;
	enum sl_status status = sl_json_need_text(&kind, object, "kind", err);

	if (status != SL_OK)
		return status;
	for (size_t i = 0; i < SL_LEDGER_KIND_COUNT; i++) {
		line->kind = (enum sl_ledger_kind)i;
		if (strcmp(kind, sl_ledger_kind_name(line->kind)) == 0)
			return SL_OK;
	}
	return sl_error_set(
	    err, SL_ERR_INVALID, "\"kind\" is none of charge, credit and fee");
}

static enum sl_status
read_line(struct sl_statement_line *line, char programme[SL_SLUG_MAX + 1],
    const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"kind", "programme", "episodes",
	    "duration_ms", "bytes", "amount_micro", "amount", NULL};
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status = read_line_kind(line, object, err);
	if (status == SL_OK)
		status = read_programme(programme, object, err);
	if (status == SL_OK)
		status = read_sums(&line->episodes, &line->duration_ms,
		    &line->bytes, object, err);
	if (status == SL_OK)
		status = sl_document_need_i64(
		    &line->amount_micro, object, "amount_micro", err);
	if (status == SL_OK)
		status = sl_document_need_line(line->amount,
		    sizeof(line->amount) - 1, object, "amount", err);
	return status;
}

static enum sl_status
read_lines(
    struct sl_statement *statement, const json_t *object, struct sl_error *err)
{
	json_t *lines;
	enum sl_status status =
	    sl_json_need_array(&lines, object, "lines", err);
	size_t count = status == SL_OK ? json_array_size(lines) : 0;

	if (count > SL_LEDGER_KIND_COUNT)
		status = sl_error_set(err, SL_ERR_INVALID, "too many lines");
	for (size_t i = 0; status == SL_OK && i < count; i++) {
		char programme[SL_SLUG_MAX + 1];

		status = read_line(&statement->lines[i], programme,
		    json_array_get(lines, i), err);
		if (status == SL_OK && i == 0)
			memcpy(
			    statement->programme, programme, sizeof(programme));
		if (status == SL_OK &&
		    strcmp(statement->programme, programme) != 0)
			status = sl_error_set(err, SL_ERR_INVALID,
			    "of another programme than the first");
		if (status != SL_OK)
			return sl_error_prefix(err, status, "lines[%zu]", i);
		statement->line_count++;
	}
	return status;
}

static enum sl_status
read_total(struct sl_statement_total *total, const json_t *object,
    struct sl_error *err)
{
	static const char *const keys[] = {
	    "episodes", "duration_ms", "bytes", "amount", NULL};
	json_t *sums;
	enum sl_status status =
	    sl_json_need_object(&sums, object, "total", err);

	if (status == SL_OK)
		status = sl_json_only_keys(sums, keys, err);
	if (status == SL_OK)
		status = read_sums(&total->episodes, &total->duration_ms,
		    &total->bytes, sums, err);
	if (status == SL_OK)
		status = sl_document_need_line(total->amount,
		    sizeof(total->amount) - 1, sums, "amount", err);
	return status;
}

static enum sl_status
read_statement(
    struct sl_statement *statement, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"version", "type", "licence",
	    "customer", "dataset", "agreement", "currency", "period", "opening",
	    "rows", "closing", "lines", "total", "issued", NULL};
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status = sl_document_need_type(object, "statement", err);
	if (status == SL_OK)
		status = read_parts(statement, object, err);
	if (status == SL_OK)
		status = read_lines(statement, object, err);
	if (status == SL_OK)
		status = read_total(&statement->total, object, err);
	return status;
}

/* Put `made` where `out` was, or throw it away. */
static enum sl_status
finish(struct sl_statement *out, struct sl_statement *made,
    enum sl_status status, struct sl_error *err)
{
	if (status != SL_OK) {
		sl_statement_clear(made);
		return sl_error_prefix(err, status, "statement");
	}
	sl_statement_clear(out);
	*out = *made;
	return SL_OK;
}

enum sl_status
sl_statement_parse(
    struct sl_statement *out, struct sl_slice text, struct sl_error *err)
{
	struct sl_statement statement;
	json_t *object;
	enum sl_status status =
	    sl_json_parse(&object, text, SL_STATEMENT_BYTES_MAX, err);

	if (status != SL_OK)
		return sl_error_prefix(err, status, "statement");
	sl_statement_init(&statement);
	status = read_statement(&statement, object, err);
	json_decref(object);
	return finish(out, &statement, status, err);
}

enum sl_status
sl_statement_build(
    struct sl_statement *out, const json_t *parts, struct sl_error *err)
{
	static const char *const keys[] = {"version", "type", "licence",
	    "customer", "dataset", "agreement", "currency", "programme",
	    "period", "opening", "rows", "closing", "issued", NULL};
	struct sl_statement statement;
	struct sl_statement_sums sums;
	enum sl_status status = sl_json_only_keys(parts, keys, err);

	sl_statement_init(&statement);
	if (status == SL_OK)
		status = sl_document_need_type(parts, "statement", err);
	if (status == SL_OK)
		status = read_programme(statement.programme, parts, err);
	if (status == SL_OK)
		status = read_parts(&statement, parts, err);
	if (status == SL_OK)
		status = sl_statement_sum(&sums, &statement, err);
	if (status == SL_OK) {
		memcpy(statement.lines, sums.lines, sizeof(sums.lines));
		statement.line_count = sums.line_count;
		statement.total = sums.total;
		status = sl_statement_check(NULL, &statement, err);
	}
	return finish(out, &statement, status, err);
}

static json_t *
rows_to_json(const struct sl_statement *statement)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < statement->row_count; i++) {
		if (json_array_append_new(rows,
		        sl_ledger_row_to_json(&statement->rows[i])) != 0) {
			json_decref(rows);
			return NULL;
		}
	}
	return rows;
}

static json_t *
line_to_json(const struct sl_statement_line *line, const char *programme)
{
	return json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:s}", "kind",
	    sl_ledger_kind_name(line->kind), "programme", programme, "episodes",
	    (json_int_t)line->episodes, "duration_ms",
	    (json_int_t)line->duration_ms, "bytes", (json_int_t)line->bytes,
	    "amount_micro", (json_int_t)line->amount_micro, "amount",
	    line->amount);
}

static json_t *
lines_to_json(const struct sl_statement *statement)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < statement->line_count; i++) {
		if (json_array_append_new(lines,
		        line_to_json(
		            &statement->lines[i], statement->programme)) != 0) {
			json_decref(lines);
			return NULL;
		}
	}
	return lines;
}

static const char *
or_null(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}

enum sl_status
sl_statement_format(struct sl_buf *buf, const struct sl_statement *statement)
{
	const struct sl_statement_total *total = &statement->total;
	char licence[SL_UUID_TEXT_LEN + 1];

	sl_uuid_format(licence, &statement->licence);
	return sl_document_write(buf,
	    json_pack("{s:i,s:s,s:s,s:s,s:s,s:s?,s:s?,s:{s:o,s:o},s:o,s:o,s:o,"
	              "s:o,s:{s:I,s:I,s:I,s:s},s:o}",
	        "version", 1, "type", "statement", "licence", licence,
	        "customer", statement->customer, "dataset", statement->dataset,
	        "agreement", or_null(statement->agreement), "currency",
	        or_null(statement->currency), "period", "from",
	        sl_document_time_json(statement->from_us), "until",
	        sl_document_time_json(statement->until_us), "opening",
	        sl_document_head_json(&statement->opening), "rows",
	        rows_to_json(statement), "closing",
	        sl_document_head_json(&statement->closing), "lines",
	        lines_to_json(statement), "total", "episodes",
	        (json_int_t)total->episodes, "duration_ms",
	        (json_int_t)total->duration_ms, "bytes",
	        (json_int_t)total->bytes, "amount", total->amount, "issued",
	        sl_document_time_json(statement->issued_us)));
}
