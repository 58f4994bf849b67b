#include "sluice/catalog/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger_text.h"
#include "sluice/base/clock.h"

#define US_PER_S 1000000
#define TEXT_MAX (1024 * 1024 * 1024)

static const char *const kind_names[SL_LEDGER_KIND_COUNT] = {
    [SL_LEDGER_CHARGE] = "charge",
    [SL_LEDGER_CREDIT] = "credit",
    [SL_LEDGER_FEE] = "fee",
};

const char *
sl_ledger_kind_name(enum sl_ledger_kind kind)
{
	return kind_names[kind];
}

void
sl_ledger_row_init(struct sl_ledger_row *row)
{
	memset(row, 0, sizeof(*row));
}

void
sl_ledger_row_clear(struct sl_ledger_row *row)
{
	sl_multirange_clear(&row->ordinals);
	sl_multirange_clear(&row->numbers);
	free(row->price);
	free(row->reference);
	free(row->reason);
	memset(row, 0, sizeof(*row));
}

void
sl_ledger_format_at(char out[SL_TIME_TEXT_MAX], int64_t at_us)
{
	char seconds[SL_TIME_TEXT_MAX];

	sl_time_format(seconds, at_us);
	(void)snprintf(out, SL_TIME_TEXT_MAX, "%.19s.%06dZ", seconds,
	    (int)(at_us % US_PER_S));
}

const char *
sl_ledger_or_dash(const char *text)
{
	return text == NULL || text[0] == '\0' ? "-" : text;
}

const char *
sl_ledger_or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

static enum sl_status
put_sets(struct sl_buf *buf, const struct sl_ledger_row *row)
{
	enum sl_status status = sl_multirange_format_pg(buf, &row->ordinals);

	if (status == SL_OK)
		status = sl_buf_append_text(buf, "\n");
	if (status == SL_OK)
		status = sl_multirange_format_pg(buf, &row->numbers);
	if (status == SL_OK)
		status = sl_buf_append_text(buf, "\n");
	return status;
}

enum sl_status
sl_ledger_text(struct sl_buf *buf, const struct sl_ledger_row *row)
{
	char licence[SL_UUID_TEXT_LEN + 1];
	char at[SL_TIME_TEXT_MAX];
	enum sl_status status;

	sl_uuid_format(licence, &row->licence);
	sl_ledger_format_at(at, row->at_us);
	status = sl_buf_printf(buf,
	    "sluice-ledger/v1\n%s\n%llu\n%s\n%s\n%u\n%s\n%u\n", licence,
	    (unsigned long long)row->number, at, kind_names[row->kind],
	    (unsigned)row->licence_version, row->dataset, (unsigned)row->seq);
	if (status == SL_OK)
		status = put_sets(buf, row);
	if (status == SL_OK)
		status = sl_buf_printf(buf,
		    "%lld\n%lld\n%lld\n%s\n%s\n%s\n%lld\n%s\n%s\n",
		    (long long)row->episodes, (long long)row->duration_ms,
		    (long long)row->bytes, row->purpose,
		    sl_ledger_or_dash(row->currency),
		    sl_ledger_or_dash(row->price), (long long)row->amount_micro,
		    sl_ledger_or_empty(row->reference),
		    sl_ledger_or_empty(row->reason));
	return status;
}

enum sl_status
sl_ledger_hash(
    unsigned char out[SL_SHA256_BYTES], const struct sl_ledger_row *row)
{
	struct sl_buf text;
	enum sl_status status;

	sl_buf_init(&text, TEXT_MAX);
	status = sl_buf_append(&text, row->previous, sizeof(row->previous));
	if (status == SL_OK)
		status = sl_ledger_text(&text, row);
	if (status == SL_OK)
		status = sl_sha256_of(out, sl_buf_slice(&text));
	sl_buf_clear(&text);
	return status;
}

enum sl_status
sl_ledger_follows(const struct sl_ledger_row *row, uint64_t number,
    const unsigned char head[SL_SHA256_BYTES], struct sl_error *err)
{
	unsigned char hash[SL_SHA256_BYTES];
	enum sl_status status;

	if (row->number == 0 || row->number - 1 != number)
		return sl_error_code(err, SL_ERR_INTEGRITY, "row_missing",
		    "row %llu comes after row %llu",
		    (unsigned long long)row->number,
		    (unsigned long long)number);
	if (memcmp(row->previous, head, SL_SHA256_BYTES) != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "row_altered",
		    "row %llu does not follow from the row before it",
		    (unsigned long long)row->number);
	status = sl_ledger_hash(hash, row);
	if (status != SL_OK)
		return sl_error_set(err, status, "%s", sl_status_text(status));
	if (memcmp(row->hash, hash, sizeof(hash)) != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "row_altered",
		    "row %llu is not what was hashed",
		    (unsigned long long)row->number);
	return SL_OK;
}
