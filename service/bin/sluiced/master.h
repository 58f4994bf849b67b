/* The master: binds, drops privilege, forks workers and replaces those that
 * die.  It has no loop, no connection and no database. */
#ifndef SLUICED_MASTER_H
#define SLUICED_MASTER_H

#include "config.h"

/* Serve until SIGTERM.  SL_ERR_NETWORK if PostgreSQL cannot be reached within
 * db_wait, SL_ERR_STATE if it is not durable. */
SL_MUST_CHECK enum sl_status master_run(
    struct config *config, struct sl_run *run, struct sl_error *err);

#endif /* SLUICED_MASTER_H */
