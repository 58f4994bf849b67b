/* What libpq reports, as status, code and words. */
#ifndef SLUICE_DB_MAP_PRIVATE_H
#define SLUICE_DB_MAP_PRIVATE_H

#include <libpq-fe.h>

#include "sluice/base/error.h"

/* Of an error result; fills err, never SL_OK. */
enum sl_status sl_map_result(const PGresult *result, struct sl_error *err);

/* Of a broken connection; `pg` may be NULL (out of memory). */
enum sl_status sl_map_connection(const PGconn *pg, struct sl_error *err);

#endif /* SLUICE_DB_MAP_PRIVATE_H */
