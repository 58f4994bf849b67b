#include "bill.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/hex.h"
#include "sluice/catalog/month.h"

#define DAY_US INT64_C(86400000000)

static int64_t
november(void)
{
	int64_t begin_us = 0;

	ck_assert(sl_month_parse(&begin_us, sl_slice_text("2026-11")) == SL_OK);
	return begin_us;
}

/* What all rows have. */
static struct sl_ledger_row *
start(struct sl_ledger_row *row, enum sl_ledger_kind kind, int64_t at_us)
{
	sl_ledger_row_init(row);
	row->licence.bytes[0] = 1;
	row->at_us = november() + at_us;
	row->kind = kind;
	row->licence_version = 2;
	(void)snprintf(row->dataset, sizeof(row->dataset), "kitting");
	(void)snprintf(row->currency, sizeof(row->currency), "EUR");
	row->price = strdup(BILL_PRICE);
	row->reference = strdup("");
	row->reason = strdup("");
	return row;
}

static void
charge(struct sl_ledger_row *row, uint32_t seq, uint32_t first, uint32_t last,
    int64_t duration_ms)
{
	row->seq = seq;
	ck_assert(sl_multirange_add(&row->ordinals, first, last) == SL_OK);
	ck_assert(sl_multirange_add(&row->numbers, first, last) == SL_OK);
	row->episodes = last - first + 1;
	row->duration_ms = duration_ms;
	row->bytes = row->episodes * 1000;
	(void)snprintf(row->purpose, sizeof(row->purpose),
	    "commercial_train/logistics@DE");
}

static void
fee(struct sl_ledger_row *row, const char *month)
{
	row->amount_micro = 500000000;
	free(row->reference);
	row->reference = strdup(month);
}

void
bill_rows(struct sl_ledger_row rows[BILL_ROWS])
{
	struct sl_ledger_row *row;

	row = start(&rows[0], SL_LEDGER_FEE, 123456);
	fee(row, "2026-11");
	/* 4 episodes less 2, and a minute and 1 ms. */
	row = start(&rows[1], SL_LEDGER_CHARGE, 123456);
	charge(row, 1, 1, 4, 60001);
	row->amount_micro = 2 * 2500000 + 1500025;
	row = start(&rows[2], SL_LEDGER_CHARGE, DAY_US);
	charge(row, 2, 5, 5, 1);
	row->amount_micro = 2500000 + 25;
	row = start(&rows[3], SL_LEDGER_CREDIT, 2 * DAY_US);
	row->amount_micro = -2500000;
	row->episodes = -1;
	free(row->reference);
	row->reference = strdup("row 3");
	free(row->reason);
	row->reason = strdup("damaged at the source");
	row = start(&rows[4], SL_LEDGER_CHARGE, 30 * DAY_US);
	charge(row, 3, 6, 505, 0);
	row->amount_micro = 1000000000;
	row = start(&rows[5], SL_LEDGER_FEE, 30 * DAY_US + 1);
	fee(row, "2026-12");
	for (size_t i = 0; i < BILL_ROWS; i++)
		rows[i].number = i + 8;
	memset(rows[0].previous, 0xcd, sizeof(rows[0].previous));
	bill_rehash(rows, 0);
}

void
bill_clear(struct sl_ledger_row rows[BILL_ROWS])
{
	for (size_t i = 0; i < BILL_ROWS; i++)
		sl_ledger_row_clear(&rows[i]);
}

void
bill_rehash(struct sl_ledger_row rows[BILL_ROWS], size_t from)
{
	for (size_t i = from; i < BILL_ROWS; i++) {
		if (i > 0)
			memcpy(rows[i].previous, rows[i - 1].hash,
			    sizeof(rows[i].previous));
		ck_assert(sl_ledger_hash(rows[i].hash, &rows[i]) == SL_OK);
	}
}

static json_t *
place(uint64_t number, const unsigned char hash[SL_SHA256_BYTES])
{
	char hex[2 * SL_SHA256_BYTES + 1];

	sl_hex_encode(hex, hash, SL_SHA256_BYTES);
	return json_pack(
	    "{s:I,s:s}", "number", (json_int_t)number, "head", hex);
}

json_t *
bill_parts(const struct sl_ledger_row rows[BILL_ROWS])
{
	const struct sl_ledger_row *last = &rows[BILL_ROWS - 1];
	json_t *array = json_array();
	json_t *parts;

	for (size_t i = 0; i < BILL_ROWS; i++)
		ck_assert(json_array_append_new(
		              array, sl_ledger_row_to_json(&rows[i])) == 0);
	parts = json_pack("{s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:{s:s,s:s},"
	                  "s:o,s:o,s:o,s:s}",
	    "version", 1, "type", "statement", "programme", "humanoid",
	    "licence", "01000000-0000-0000-0000-000000000000", "customer",
	    "acme", "dataset", "kitting", "agreement", "acme-2026", "currency",
	    "EUR", "period", "from", "2026-11-01T00:00:00Z", "until",
	    "2027-01-01T00:00:00Z", "opening", place(7, rows[0].previous),
	    "closing", place(last->number, last->hash), "rows", array, "issued",
	    "2027-01-02T00:00:00Z");
	ck_assert_ptr_nonnull(parts);
	return parts;
}
