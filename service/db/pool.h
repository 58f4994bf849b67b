/* What blocking use needs of the pool. */
#ifndef SLUICE_DB_POOL_PRIVATE_H
#define SLUICE_DB_POOL_PRIVATE_H

#include "sluice/db/db.h"

SL_MUST_CHECK enum sl_status sl_pool_check_conninfo(
    const char *conninfo, struct sl_error *err);

/* One connection, with long deadlines; the pool takes the loop, and stops it
 * whenever the connection comes or goes. */
SL_MUST_CHECK enum sl_status sl_pool_new_blocking(
    struct sl_db **out, struct sl_loop *loop, const char *conninfo);

struct sl_loop *sl_pool_loop(const struct sl_db *db);

/* Why there is no connection. */
const struct sl_error *sl_pool_trouble(const struct sl_db *db);

/* While a transaction is open, a connection that is lost takes all later calls
 * with it: made again on the next one, they would stand outside. */
void sl_pool_set_transaction(struct sl_db *db, bool is_open);

#endif /* SLUICE_DB_POOL_PRIVATE_H */
