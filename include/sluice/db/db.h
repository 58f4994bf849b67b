/* Asynchronous PostgreSQL: a few pipelined connections, prepared statements.
 *
 * A pool belongs to one loop and one process (made after the fork).  A call
 * completes exactly once, from the loop, never inside sl_db_call(); what a
 * statement did is unknown after SL_ERR_NETWORK or SL_ERR_TIMEOUT, so only
 * repeatable statements may be called again.  Each call is its own
 * transaction.  Connections are made in the background, again after a failure
 * with growing pauses; calls wait for one for a while (SL_DB_UNSENT_MS).  A
 * connection to a server that runs with fsync or synchronous_commit off is
 * refused.
 *
 * Loop thread only. */
#ifndef SLUICE_DB_DB_H
#define SLUICE_DB_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/db/params.h"
#include "sluice/db/rows.h"

struct sl_loop;
struct sl_db;

/* Calls that wait or run at once; more are refused with SL_ERR_LIMIT, so that
 * a slow database costs callers an answer, not the process its memory. */
#define SL_DB_CALLS_MAX 4096

/* Deadline of a call whose query names none; also the pool's
 * statement_timeout. */
#define SL_DB_DEADLINE_MS 10000u

/* A call that no connection was there to take is given up after this, with
 * SL_ERR_NETWORK: it was not sent. */
#define SL_DB_UNSENT_MS 3000u

/* One const table entry per statement. */
struct sl_query {
	const char *name; /* of the prepared statement, unique in the program */
	const char *text; /* schema-qualified, $1 … $n with casts */
	int param_count;
	uint32_t deadline_ms; /* 0: SL_DB_DEADLINE_MS */
};

/* `rows` is NULL unless status is SL_OK, borrowed until the return; `err` is
 * never NULL and filled on failure, its code as the function raised it. */
typedef void sl_db_done_fn(void *ctx, enum sl_status status,
    const struct sl_rows *rows, const struct sl_error *err);

/* Fails on a malformed conninfo only.  "" takes the PG* variables. */
SL_MUST_CHECK enum sl_status sl_db_open(struct sl_db **out,
    struct sl_loop *loop, const char *conninfo, unsigned connection_count,
    struct sl_error *err);

/* Start a call.  The parameters are taken in any case: `params` is empty
 * afterwards.  NULL params for none.  A failure here means that `done` will
 * not be called: SL_ERR_LIMIT (too many calls), SL_ERR_NOMEM, SL_ERR_INVALID
 * (a parameter). */
SL_MUST_CHECK enum sl_status sl_db_call(struct sl_db *db,
    const struct sl_query *query, struct sl_params *params, sl_db_done_fn *done,
    void *ctx, struct sl_error *err);

/* At least one connection is usable now. */
bool sl_db_is_ready(const struct sl_db *db);

/* Why there is none: the last connection error, "" if none. */
const char *sl_db_trouble(const struct sl_db *db);

/* Outstanding calls complete with SL_ERR_CANCELLED first (the one case of a
 * completion outside the loop).  Not from a completion.  NULL is allowed. */
void sl_db_close(struct sl_db *db);

/* ---- blocking use, for command-line programs only ---- */

/* A pool of one connection on a loop of its own; waits until it is usable.
 * SL_ERR_NETWORK if the server cannot be reached or refuses us, SL_ERR_STATE
 * with code database_not_durable for fsync or synchronous_commit off.
 * Statements may take 10 minutes here.  Used with sl_db_wait() only. */
SL_MUST_CHECK enum sl_status sl_db_connect(
    struct sl_db **out, const char *conninfo, struct sl_error *err);

/* Run one query to its end.  *out is owned by the caller (sl_rows_free). */
SL_MUST_CHECK enum sl_status sl_db_wait(struct sl_rows **out, struct sl_db *db,
    const struct sl_query *query, struct sl_params *params,
    struct sl_error *err);

/* Calls from here to the end of the transaction are one.  `is_reading`: on one
 * snapshot, and nothing may be written.  One transaction at a time.  After a
 * failure within it, only roll it back; once its connection is lost, all calls
 * are SL_ERR_NETWORK. */
SL_MUST_CHECK enum sl_status sl_db_begin(
    struct sl_db *db, bool is_reading, struct sl_error *err);
/* After SL_ERR_NETWORK or SL_ERR_TIMEOUT nobody knows what was done. */
SL_MUST_CHECK enum sl_status sl_db_commit(
    struct sl_db *db, struct sl_error *err);
/* Closing the connection does the same. */
SL_MUST_CHECK enum sl_status sl_db_rollback(
    struct sl_db *db, struct sl_error *err);

/* $SLUICE_DB, or "" if unset. */
const char *sl_db_conninfo_env(void);

/* Put a conninfo into the variables PG* of this process, for programs of
 * PostgreSQL: their command lines show nothing then. */
SL_MUST_CHECK enum sl_status sl_db_export_conninfo(
    const char *conninfo, struct sl_error *err);

#endif /* SLUICE_DB_DB_H */
