/* Two months of a licence's ledger, as the charge writes it. */
#ifndef TEST_CATALOG_BILL_H
#define TEST_CATALOG_BILL_H

#include <jansson.h>
#include <stddef.h>

#include "sluice/catalog/statement.h"

#define BILL_ROWS 6

/* 2.50 an episode, 90.00 an hour, 500.00 a month, 2 episodes included. */
#define BILL_PRICE                                              \
	"{\"per_episode\":2500000,\"per_hour\":90000000,"       \
	"\"per_month\":500000000,\"included\":{\"episodes\":2," \
	"\"duration_ms\":0},\"cap\":1000000000}"

/* November: a fee, two charges, a credit; December: a charge, which passes the
 * cap, and a fee.  The chain is whole and the amounts are right. */
void bill_rows(struct sl_ledger_row rows[BILL_ROWS]);
void bill_clear(struct sl_ledger_row rows[BILL_ROWS]);

/* Put the hashes in again after a change to row `from` (counted from 0). */
void bill_rehash(struct sl_ledger_row rows[BILL_ROWS], size_t from);

/* The parts of a statement over these rows; NULL never. */
json_t *bill_parts(const struct sl_ledger_row rows[BILL_ROWS]);

#endif /* TEST_CATALOG_BILL_H */
