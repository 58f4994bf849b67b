/* How fields of a ledger's row are written, in its text and in its JSON.
 * Private to catalog. */
#ifndef SLUICE_CATALOG_LEDGER_TEXT_PRIVATE_H
#define SLUICE_CATALOG_LEDGER_TEXT_PRIVATE_H

#include <stdint.h>

#include "sluice/base/clock.h"
#include "sluice/catalog/ledger.h"

/* With six digits of a second; at_us >= 0. */
void sl_ledger_format_at(char out[SL_TIME_TEXT_MAX], int64_t at_us);

/* "-" for NULL and for the empty text; borrowed. */
const char *sl_ledger_or_dash(const char *text);
/* "" for NULL; borrowed. */
const char *sl_ledger_or_empty(const char *text);

#endif /* SLUICE_CATALOG_LEDGER_TEXT_PRIVATE_H */
