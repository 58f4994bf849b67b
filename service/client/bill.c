#include "sluice/client/bill.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "charge.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/month.h"
#include "sluice/client/book.h"
#include "sluice/crypto/minisig.h"

#define HEX_BYTES (2 * SL_SHA256_BYTES)
/* Two clocks may be so far apart. */
#define SKEW_US (INT64_C(300) * 1000000)

void
sl_bill_result_init(struct sl_bill_result *result)
{
	memset(result, 0, sizeof(*result));
}

void
sl_bill_result_clear(struct sl_bill_result *result)
{
	sl_statement_clear(&result->statement);
	sl_multirange_clear(&result->not_held_episodes);
	sl_bill_result_init(result);
}

/* -- the document -- */

static enum sl_status
read_signature(struct sl_buf *out, const char *path, struct sl_error *err)
{
	char *name;
	enum sl_status status;

	if (asprintf(&name, "%s.minisig", path) < 0)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_file_read(out, name, err);
	if (status == SL_ERR_NOT_FOUND)
		sl_error_code(err, status, "no_signature",
		    "%s: the signature is missing; it came with the statement",
		    name);
	free(name);
	return status;
}

/* Who signs what is no statement has signed something wrong. */
static enum sl_status
parse_statement(
    struct sl_statement *out, struct sl_slice text, struct sl_error *err)
{
	struct sl_error why = {0};
	enum sl_status status = sl_statement_parse(out, text, &why);

	if (status == SL_OK || status == SL_ERR_NOMEM)
		return status;
	return sl_error_code(
	    err, SL_ERR_INTEGRITY, "statement_invalid", "%s", why.text);
}

static enum sl_status
read_statement(const struct sl_bill_options *options,
    struct sl_bill_result *result, struct sl_error *err)
{
	enum sl_status status;
	struct sl_buf text;
	struct sl_buf minisig;

	sl_buf_init(&text, SL_STATEMENT_BYTES_MAX);
	sl_buf_init(&minisig, SL_MINISIG_MAX);
	status = sl_file_read(&text, options->path, err);
	if (status == SL_OK)
		status = read_signature(&minisig, options->path, err);
	if (status == SL_OK) {
		status = sl_minisig_verify(sl_buf_slice(&minisig),
		    sl_buf_slice(&text), options->keys, options->key_count,
		    &result->signer, err);
		if (status == SL_OK)
			status = parse_statement(
			    &result->statement, sl_buf_slice(&text), err);
		if (status != SL_OK)
			sl_error_prefix(err, status, "%s", options->path);
	}
	result->is_signed = status == SL_OK;
	sl_buf_clear(&minisig);
	sl_buf_clear(&text);
	return status;
}

/* -- the chain: what differs, in values -- */

static void
put_hex(char out[SL_BILL_VALUE_MAX], const unsigned char *hash)
{
	char hex[HEX_BYTES + 1];

	sl_hex_encode(hex, hash, SL_SHA256_BYTES);
	snprintf(out, SL_BILL_VALUE_MAX, "%s", hex);
}

/* What the row must cost: the month with it less the month before it. */
static bool
amount_of(const struct sl_statement *statement, size_t at, int64_t *out)
{
	const struct sl_ledger_row *row = &statement->rows[at];
	int64_t episodes = 0, duration_ms = 0;
	int64_t before = 0, after = 0;
	struct sl_price price;

	if (row->price == NULL ||
	    sl_price_parse(&price, sl_slice_text(row->price), NULL) != SL_OK) {
		*out = 0;
		return row->price == NULL;
	}
	*out = price.per_month;
	if (row->kind != SL_LEDGER_CHARGE)
		return row->kind == SL_LEDGER_FEE;
	for (size_t i = 0; i < at; i++) {
		const struct sl_ledger_row *other = &statement->rows[i];

		if (other->kind == SL_LEDGER_CHARGE &&
		    sl_month_begin(other->at_us) ==
		        sl_month_begin(row->at_us)) {
			episodes += other->episodes;
			duration_ms += other->duration_ms;
		}
	}
	if (sl_price_amount(&before, &price, episodes, duration_ms) != SL_OK ||
	    sl_price_amount(&after, &price, episodes + row->episodes,
	        duration_ms + row->duration_ms) != SL_OK)
		return false;
	*out = after - before;
	return true;
}

static void
describe_row(struct sl_bill_difference *out,
    const struct sl_statement *statement, size_t at, const char *code)
{
	const struct sl_ledger_row *row = &statement->rows[at];
	const unsigned char *previous =
	    at == 0 ? statement->opening.head : statement->rows[at - 1].hash;
	uint64_t number = at == 0 ? statement->opening.number
	                          : statement->rows[at - 1].number;
	unsigned char hash[SL_SHA256_BYTES];
	int64_t amount;

	if (strcmp(code, "amount_differs") == 0 &&
	    amount_of(statement, at, &amount)) {
		snprintf(out->field, sizeof(out->field), "amount_micro");
		snprintf(out->said, sizeof(out->said), "%" PRId64,
		    row->amount_micro);
		snprintf(out->ours, sizeof(out->ours), "%" PRId64, amount);
	} else if (row->number != number + 1) {
		snprintf(out->field, sizeof(out->field), "number");
		snprintf(out->said, sizeof(out->said), "%" PRIu64, row->number);
		snprintf(out->ours, sizeof(out->ours), "%" PRIu64, number + 1);
	} else if (memcmp(row->previous, previous, SL_SHA256_BYTES) != 0) {
		snprintf(out->field, sizeof(out->field), "previous");
		put_hex(out->said, row->previous);
		put_hex(out->ours, previous);
	} else if (sl_ledger_hash(hash, row) == SL_OK &&
	    memcmp(hash, row->hash, sizeof(hash)) != 0) {
		snprintf(out->field, sizeof(out->field), "hash");
		put_hex(out->said, row->hash);
		put_hex(out->ours, hash);
	}
}

static enum sl_status
check_chain(const struct sl_statement *statement,
    struct sl_bill_difference *out, struct sl_error *err)
{
	enum sl_status status = sl_statement_check(&out->row, statement, err);

	if (status == SL_OK)
		return status;
	snprintf(out->field, sizeof(out->field), "%s", err->code);
	for (size_t i = 0; out->row > 0 && i < statement->row_count; i++) {
		if (statement->rows[i].number == out->row) {
			describe_row(out, statement, i, err->code);
			break;
		}
	}
	return status;
}

/* -- the heads -- */

/* The statement's hash after row `number`; NULL if that is not in it. */
static const unsigned char *
head_after(const struct sl_statement *statement, uint64_t number)
{
	uint64_t first = statement->opening.number;

	if (number == first)
		return statement->opening.head;
	if (number > first && number - first <= statement->row_count)
		return statement->rows[number - first - 1].hash;
	return NULL;
}

static enum sl_status
check_head(const struct sl_statement *statement,
    const struct sl_book_head *kept, struct sl_bill_result *result,
    struct sl_bill_difference *out, struct sl_error *err)
{
	const unsigned char *said = head_after(statement, kept->number);
	int64_t end = statement->issued_us < statement->until_us
	    ? statement->issued_us
	    : statement->until_us;

	if (said != NULL) {
		result->heads++;
		if (memcmp(said, kept->head, sizeof(kept->head)) == 0)
			return SL_OK;
		out->row = kept->number;
		snprintf(out->field, sizeof(out->field), "hash");
		put_hex(out->said, said);
		put_hex(out->ours, kept->head);
		return sl_error_code(err, SL_ERR_INTEGRITY, "head_differs",
		    "row %" PRIu64 " has hash %.16s…, but the provider told "
		    "%.16s… when it was delivered",
		    kept->number, out->said, out->ours);
	}
	/* Seen well before the end of the period, and yet not in it. */
	if (kept->number <= statement->closing.number ||
	    kept->at_us + SKEW_US >= end)
		return SL_OK;
	out->row = 0;
	snprintf(out->field, sizeof(out->field), "closing");
	snprintf(out->said, sizeof(out->said), "%" PRIu64,
	    statement->closing.number);
	snprintf(out->ours, sizeof(out->ours), "%" PRIu64, kept->number);
	return sl_error_code(err, SL_ERR_INTEGRITY, "rows_missing",
	    "the statement ends with row %" PRIu64 ", but row %" PRIu64
	    " was there before its period ended",
	    statement->closing.number, kept->number);
}

static enum sl_status
check_book(const char *folder, struct sl_bill_result *result,
    struct sl_bill_difference *out, struct sl_error *err)
{
	const struct sl_statement *statement = &result->statement;
	struct sl_book_head *heads;
	enum sl_status status;
	size_t count;

	status = sl_book_read(folder, &statement->licence, &heads, &count, err);
	for (size_t i = 0; status == SL_OK && i < count; i++)
		status = check_head(statement, &heads[i], result, out, err);
	free(heads);
	return status;
}

/* -- all -- */

/* The earliest row is what a person should look at. */
static void
note(struct sl_bill_result *result, const struct sl_bill_difference *found,
    const struct sl_error *words, struct sl_error *err)
{
	if (result->differs &&
	    (found->row == 0 ||
	        (result->difference.row != 0 &&
	            result->difference.row <= found->row)))
		return;
	result->differs = true;
	result->difference = *found;
	*err = *words;
}

static enum sl_status
check_books(const struct sl_bill_options *options,
    const struct sl_evidence *evidence, struct sl_bill_result *result,
    struct sl_error *err)
{
	struct sl_bill_difference found = {0};
	struct sl_error words = {0};
	enum sl_status status = SL_OK;

	if (options->book != NULL)
		status = check_book(options->book, result, &found, &words);
	for (size_t i = 0; status == SL_OK && i < evidence->count; i++) {
		char *folder =
		    sl_mirror_path(&evidence->checks[i].mirror, SL_BOOK_FOLDER);

		status = folder == NULL
		    ? sl_error_set(&words, SL_ERR_NOMEM, "out of memory")
		    : check_book(folder, result, &found, &words);
		free(folder);
	}
	if (status == SL_ERR_INTEGRITY)
		note(result, &found, &words, err);
	else if (status != SL_OK)
		*err = words;
	return status == SL_ERR_INTEGRITY ? SL_OK : status;
}

static enum sl_status
check_all(const struct sl_bill_options *options,
    const struct sl_evidence *evidence, struct sl_bill_result *result,
    struct sl_error *err)
{
	struct sl_bill_difference found = {0};
	struct sl_error words = {0};
	enum sl_status status;

	status = check_chain(&result->statement, &found, &words);
	if (status == SL_ERR_INTEGRITY)
		note(result, &found, &words, err);
	else if (status != SL_OK)
		*err = words;
	if (status != SL_OK && status != SL_ERR_INTEGRITY)
		return status;
	status = check_books(options, evidence, result, err);
	if (status != SL_OK)
		return status;
	memset(&found, 0, sizeof(found));
	status = sl_charge_check(evidence, result, &found, &words);
	if (status == SL_ERR_INTEGRITY)
		note(result, &found, &words, err);
	else if (status != SL_OK)
		*err = words;
	if (status != SL_OK && status != SL_ERR_INTEGRITY)
		return status;
	return result->differs ? SL_ERR_INTEGRITY : SL_OK;
}

/* What the provider signed is told as well. */
static enum sl_status
keep_heads(const struct sl_bill_options *options,
    const struct sl_statement *statement, struct sl_error *err)
{
	const struct sl_ledger_head *ends[] = {
	    &statement->opening, &statement->closing};
	enum sl_status status = SL_OK;

	for (size_t i = 0; status == SL_OK && options->book != NULL && i < 2;
	     i++) {
		struct sl_book_head head = {
		    .number = ends[i]->number,
		    .at_us = statement->issued_us,
		    .source = "statement",
		};

		memcpy(head.head, ends[i]->head, sizeof(head.head));
		status = sl_book_keep(
		    options->book, &statement->licence, &head, err);
	}
	return status;
}

enum sl_status
sl_bill_verify(const struct sl_bill_options *options,
    struct sl_bill_result *result, struct sl_error *err)
{
	struct sl_evidence *evidence;
	struct sl_error local = {0};
	enum sl_status status;

	evidence = calloc(1, sizeof(*evidence));
	if (evidence == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = read_statement(options, result, &local);
	if (status == SL_OK)
		status = sl_evidence_open(evidence, options, &local);
	if (status == SL_OK)
		status = check_all(options, evidence, result, &local);
	if (status == SL_OK)
		status = keep_heads(options, &result->statement, &local);
	sl_evidence_close(evidence);
	free(evidence);
	if (status != SL_OK && err != NULL)
		*err = local;
	return status;
}
