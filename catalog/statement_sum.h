/* The lines and the total that a statement's rows give.  Private to
 * catalog. */
#ifndef SLUICE_CATALOG_STATEMENT_SUM_PRIVATE_H
#define SLUICE_CATALOG_STATEMENT_SUM_PRIVATE_H

#include "sluice/base/error.h"
#include "sluice/catalog/statement.h"

struct sl_statement_sums {
	struct sl_statement_line lines[SL_LEDGER_KIND_COUNT];
	size_t line_count;
	struct sl_statement_total total;
};

/* SL_ERR_INTEGRITY, code line_differs, if a sum does not fit int64. */
SL_MUST_CHECK enum sl_status sl_statement_sum(struct sl_statement_sums *out,
    const struct sl_statement *statement, struct sl_error *err);

#endif /* SLUICE_CATALOG_STATEMENT_SUM_PRIVATE_H */
