/* The pool for programs that wait: one connection on a loop of its own. */
#include <libpq-fe.h>
#include <stdlib.h>

#include "pool.h"
#include "rows_private.h"
#include "sluice/db/db.h"
#include "sluice/loop/loop.h"

enum sl_status
sl_db_connect(struct sl_db **out, const char *conninfo, struct sl_error *err)
{
	struct sl_loop *loop;
	struct sl_db *db;
	enum sl_status status;

	*out = NULL;
	status = sl_pool_check_conninfo(conninfo, err);
	if (status != SL_OK)
		return status;
	if (sl_loop_new(&loop) != SL_OK)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_pool_new_blocking(&db, loop, conninfo);
	if (status != SL_OK) {
		sl_loop_free(loop);
		return sl_error_set(err, status, "out of memory");
	}
	status = sl_loop_run(loop);
	if (status == SL_OK && !sl_db_is_ready(db)) {
		status = sl_pool_trouble(db)->status;
		if (err != NULL)
			*err = *sl_pool_trouble(db);
	}
	if (status != SL_OK) {
		sl_db_close(db);
		return status;
	}
	*out = db;
	return SL_OK;
}

struct waiter {
	struct sl_db *db;
	bool is_done;
	enum sl_status status;
	struct sl_rows *rows;
	struct sl_error err;
};

static void
on_waited(void *ctx, enum sl_status status, const struct sl_rows *rows,
    const struct sl_error *err)
{
	struct waiter *waiter = ctx;

	waiter->is_done = true;
	waiter->status = status;
	waiter->err = *err;
	sl_loop_stop(sl_pool_loop(waiter->db));
	if (rows == NULL)
		return;
	waiter->rows = calloc(1, sizeof(*waiter->rows));
	if (waiter->rows != NULL)
		waiter->rows->result = PQcopyResult(
		    rows->result, PG_COPYRES_ATTRS | PG_COPYRES_TUPLES);
	if (waiter->rows == NULL || waiter->rows->result == NULL)
		waiter->status =
		    sl_error_set(&waiter->err, SL_ERR_NOMEM, "out of memory");
}

enum sl_status
sl_db_wait(struct sl_rows **out, struct sl_db *db, const struct sl_query *query,
    struct sl_params *params, struct sl_error *err)
{
	struct waiter waiter = {.db = db};
	enum sl_status status;

	*out = NULL;
	status = sl_db_call(db, query, params, on_waited, &waiter, err);
	if (status != SL_OK)
		return status;
	/* The loop also stops when the connection comes or goes. */
	while (!waiter.is_done && status == SL_OK)
		status = sl_loop_run(sl_pool_loop(db));
	if (status != SL_OK)
		return sl_error_set(err, status, "the event loop failed");
	if (waiter.status != SL_OK) {
		sl_rows_free(waiter.rows);
		if (err != NULL)
			*err = waiter.err;
		return waiter.status;
	}
	*out = waiter.rows;
	return SL_OK;
}

/* ---- transactions ---- */

static const struct sl_query begin_query = {"begin_writing", "BEGIN", 0, 0};
static const struct sl_query begin_reading_query = {
    "begin_reading", "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", 0, 0};
static const struct sl_query commit_query = {"commit", "COMMIT", 0, 0};
static const struct sl_query rollback_query = {"rollback", "ROLLBACK", 0, 0};

static enum sl_status
run_plain(struct sl_db *db, const struct sl_query *query, struct sl_error *err)
{
	struct sl_rows *rows;
	enum sl_status status = sl_db_wait(&rows, db, query, NULL, err);

	if (status == SL_OK)
		sl_rows_free(rows);
	return status;
}

enum sl_status
sl_db_begin(struct sl_db *db, bool is_reading, struct sl_error *err)
{
	enum sl_status status;

	status = run_plain(
	    db, is_reading ? &begin_reading_query : &begin_query, err);
	sl_pool_set_transaction(db, status == SL_OK);
	return status;
}

enum sl_status
sl_db_commit(struct sl_db *db, struct sl_error *err)
{
	enum sl_status status = run_plain(db, &commit_query, err);

	if (status == SL_OK)
		sl_pool_set_transaction(db, false);
	return status;
}

enum sl_status
sl_db_rollback(struct sl_db *db, struct sl_error *err)
{
	enum sl_status status = run_plain(db, &rollback_query, err);

	if (status == SL_OK)
		sl_pool_set_transaction(db, false);
	return status;
}

const char *
sl_db_conninfo_env(void)
{
	const char *conninfo = getenv("SLUICE_DB");

	return conninfo == NULL ? "" : conninfo;
}

enum sl_status
sl_db_export_conninfo(const char *conninfo, struct sl_error *err)
{
	PQconninfoOption *options;
	enum sl_status status = sl_pool_check_conninfo(conninfo, err);

	if (status != SL_OK)
		return status;
	options = PQconninfoParse(conninfo, NULL);
	if (options == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	for (PQconninfoOption *at = options; at->keyword != NULL; at++) {
		if (at->envvar != NULL && at->val != NULL &&
		    setenv(at->envvar, at->val, 1) != 0)
			status =
			    sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	PQconninfoFree(options);
	return status;
}
