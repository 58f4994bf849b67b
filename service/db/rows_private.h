/* What struct sl_rows is made of. */
#ifndef SLUICE_DB_ROWS_PRIVATE_H
#define SLUICE_DB_ROWS_PRIVATE_H

#include <libpq-fe.h>

#include "sluice/db/rows.h"

struct sl_rows {
	PGresult *result;
};

#endif /* SLUICE_DB_ROWS_PRIVATE_H */
