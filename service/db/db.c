#include "sluice/db/db.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "map.h"
#include "pending.h"
#include "pool.h"
#include "sluice/base/clock.h"
#include "sluice/loop/defer.h"
#include "sluice/loop/loop.h"
#include "sluice/loop/timer.h"

/* Calls under way on one connection: enough to hide a round trip, few enough
 * that a slow one holds up few. */
#define PIPELINE_MAX 32
/* How often deadlines are looked at. */
#define TICK_MS 100u
/* A connection that leaves a call unanswered for so long past its deadline is
 * given up. */
#define STUCK_MS 5000
/* Of calls through sl_db_wait(); a little more than the statements'. */
#define BLOCKING_DEADLINE_MS (601 * 1000)
/* Statements a program may have. */
#define PREPARED_MAX 128
#define LINKS_MAX    64

#define SETUP_SQL(timeout_ms, lock_ms)                                        \
	"SET statement_timeout = " timeout_ms "; SET lock_timeout = " lock_ms \
	"; SET idle_in_transaction_session_timeout = " timeout_ms             \
	"; SET client_min_messages = warning"                                 \
	"; SET search_path = pg_catalog, pg_temp; SET TimeZone = 'UTC'"

struct prepared {
	const struct sl_query *query;
	bool is_known; /* the server has said so */
};

struct pool_link {
	struct sl_db *db;
	struct sl_link *link;
	struct sl_pending_list sent;
	struct prepared prepared[PREPARED_MAX];
	unsigned prepared_count;
	bool unfit; /* what is prepared is out of date: drop it */
};

struct sl_db {
	struct sl_loop *loop;
	struct sl_loop *own_loop; /* of a blocking pool, else NULL */
	struct sl_defer *dispatch;
	struct sl_timer *tick;
	struct sl_pending_list waiting;
	unsigned call_count;
	bool in_transaction;
	bool is_torn; /* the connection went while a transaction was open */
	struct sl_error trouble;
	unsigned link_count;
	struct pool_link links[];
};

/* ---- calls ---- */

static void
free_call(struct sl_db *db, struct sl_pending *call)
{
	sl_pending_free(call);
	db->call_count--;
}

static void
fail_all(
    struct sl_db *db, struct sl_pending_list *list, const struct sl_error *err)
{
	struct sl_pending *call;

	while ((call = sl_pending_pop(list)) != NULL) {
		sl_pending_fail(call, err);
		free_call(db, call);
	}
}

/* ---- sending ---- */

static struct prepared *
find_prepared(struct pool_link *at, const struct sl_query *query)
{
	unsigned i;

	for (i = 0; i < at->prepared_count; i++) {
		if (at->prepared[i].query == query)
			return &at->prepared[i];
	}
	return NULL;
}

/* A statement whose preparation is under way may still turn out wrong, so that
 * calls behind it bring their own. */
static enum sl_preparing
choose_preparing(struct pool_link *at, const struct sl_query *query)
{
	const struct prepared *found = find_prepared(at, query);

	if (found != NULL)
		return found->is_known ? PREPARE_NOTHING : PREPARE_UNNAMED;
	if (at->prepared_count == PREPARED_MAX)
		return PREPARE_UNNAMED;
	at->prepared[at->prepared_count].query = query;
	at->prepared[at->prepared_count++].is_known = false;
	return PREPARE_NAMED;
}

static bool
send_call(struct pool_link *at, struct sl_pending *call)
{
	PGconn *pg = sl_link_pg(at->link);
	const struct sl_query *query = call->query;
	const char *name;

	call->preparing = choose_preparing(at, query);
	name = call->preparing == PREPARE_UNNAMED ? "" : query->name;
	if (call->preparing != PREPARE_NOTHING &&
	    PQsendPrepare(pg, name, query->text, query->param_count, NULL) != 1)
		return false;
	return PQsendQueryPrepared(pg, name, call->params.count,
	           (const char *const *)call->params.values, NULL, NULL,
	           0) == 1 &&
	    PQpipelineSync(pg) == 1;
}

/* The ready connection with the least under way, NULL if all are full. */
static struct pool_link *
choose_link(struct sl_db *db)
{
	struct pool_link *best = NULL;
	unsigned i;

	for (i = 0; i < db->link_count; i++) {
		struct pool_link *at = &db->links[i];

		if (!sl_link_is_ready(at->link) || at->unfit ||
		    at->sent.count >= PIPELINE_MAX)
			continue;
		if (best == NULL || at->sent.count < best->sent.count)
			best = at;
	}
	return best;
}

static void
drop_failed_link(struct pool_link *at)
{
	struct sl_error err = {0};

	(void)sl_map_connection(sl_link_pg(at->link), &err);
	sl_link_drop(at->link, &err);
}

static void
on_dispatch(void *ctx)
{
	struct sl_db *db = ctx;
	struct pool_link *at;
	struct sl_pending *call;
	unsigned i;

	while (db->waiting.first != NULL && (at = choose_link(db)) != NULL) {
		call = sl_pending_pop(&db->waiting);
		sl_pending_push(&at->sent, call);
		if (!send_call(at, call))
			drop_failed_link(at);
	}
	for (i = 0; i < db->link_count; i++) {
		at = &db->links[i];
		if (at->sent.count > 0 && sl_link_is_ready(at->link))
			sl_link_flush(at->link);
	}
}

/* ---- receiving ---- */

/* After these, what the connection has prepared cannot be relied on. */
static bool
makes_unfit(const PGresult *result)
{
	static const char *const states[] = {"26000", "42P05", "0A000"};
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	size_t i;

	if (state == NULL)
		return false;
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcmp(state, states[i]) == 0)
			return true;
	}
	return false;
}

/* The answer to a statement's preparation; an error is the call's answer. */
static void
end_preparing(struct pool_link *at, struct sl_pending *call, bool failed)
{
	struct prepared *found;

	if (call->preparing == PREPARE_NAMED) {
		found = find_prepared(at, call->query);
		if (found != NULL && failed)
			*found = at->prepared[--at->prepared_count];
		else if (found != NULL)
			found->is_known = true;
	}
	call->preparing = PREPARE_NOTHING;
}

/* Keep what the call is to answer: its first error, else its last result. */
static void
take_result(struct pool_link *at, struct sl_pending *call, PGresult *result)
{
	bool failed = sl_pending_is_error(result);

	if (failed && makes_unfit(result))
		at->unfit = true;
	if (call->preparing != PREPARE_NOTHING) {
		end_preparing(at, call, failed);
		if (!failed) {
			PQclear(result);
			return;
		}
	}
	if (sl_pending_is_error(call->result)) {
		PQclear(result);
		return;
	}
	PQclear(call->result);
	call->result = result;
}

static void
on_input(void *ctx)
{
	struct pool_link *at = ctx;
	struct sl_db *db = at->db;
	PGconn *pg = sl_link_pg(at->link);
	struct sl_pending *call;
	PGresult *result;
	bool was_null = false;

	while (at->sent.first != NULL && !PQisBusy(pg)) {
		result = PQgetResult(pg);
		if (result == NULL) {
			if (was_null)
				break;
			was_null = true;
			continue;
		}
		was_null = false;
		if (PQresultStatus(result) != PGRES_PIPELINE_SYNC) {
			take_result(at, at->sent.first, result);
			continue;
		}
		PQclear(result);
		call = sl_pending_pop(&at->sent);
		sl_pending_finish(call);
		free_call(db, call);
	}
	if (PQstatus(pg) == CONNECTION_BAD || at->unfit)
		drop_failed_link(at);
	if (db->waiting.first != NULL)
		sl_defer_arm(db->dispatch);
}

static void
on_ready(void *ctx)
{
	struct pool_link *at = ctx;

	if (PQenterPipelineMode(sl_link_pg(at->link)) != 1) {
		drop_failed_link(at);
		return;
	}
	at->prepared_count = 0;
	at->unfit = false;
	memset(&at->db->trouble, 0, sizeof(at->db->trouble));
	sl_defer_arm(at->db->dispatch);
	if (at->db->own_loop != NULL)
		sl_loop_stop(at->db->loop);
}

static void
on_lost(void *ctx, const struct sl_error *err)
{
	struct pool_link *at = ctx;
	struct sl_error told = *err;

	at->db->trouble = *err;
	at->db->is_torn = at->db->in_transaction;
	/* A server that goes says why in the answer to the call under way. */
	if (at->sent.first != NULL &&
	    sl_pending_is_error(at->sent.first->result))
		(void)sl_map_result(at->sent.first->result, &told);
	fail_all(at->db, &at->sent, &told);
	if (at->db->own_loop != NULL)
		sl_loop_stop(at->db->loop);
}

static const struct sl_link_events link_events = {on_ready, on_input, on_lost};

/* ---- deadlines ---- */

static void
fill_late(const struct sl_db *db, struct sl_error *err)
{
	if (sl_db_is_ready(db))
		(void)sl_error_code(err, SL_ERR_TIMEOUT, "database_timeout",
		    "the database took too long");
	else
		(void)sl_error_code(err, SL_ERR_NETWORK, "database_unreachable",
		    "%s",
		    db->trouble.text[0] != '\0'
		        ? db->trouble.text
		        : "there is no connection to the database");
}

/* Waiting calls stand in order of arrival, not of deadline. */
static void
expire_waiting(struct sl_db *db, int64_t now)
{
	struct sl_pending_list late, keep;
	struct sl_error err = {0};
	struct sl_pending *call;
	bool ready = sl_db_is_ready(db);

	sl_pending_init(&late);
	sl_pending_init(&keep);
	while ((call = sl_pending_pop(&db->waiting)) != NULL) {
		if (now >= call->deadline_ms ||
		    (!ready && now - call->started_ms >= SL_DB_UNSENT_MS))
			sl_pending_push(&late, call);
		else
			sl_pending_push(&keep, call);
	}
	while ((call = sl_pending_pop(&keep)) != NULL)
		sl_pending_push(&db->waiting, call);
	fill_late(db, &err);
	fail_all(db, &late, &err);
}

/* Told now, but the place in the pipeline stays until the answer comes. */
static void
expire_sent(struct pool_link *at, int64_t now)
{
	struct sl_error err = {0};
	struct sl_pending *call;

	(void)sl_error_code(&err, SL_ERR_TIMEOUT, "database_timeout",
	    "the database took too long");
	for (call = at->sent.first; call != NULL; call = call->next) {
		if (now >= call->deadline_ms)
			sl_pending_fail(call, &err);
	}
	if (at->sent.first != NULL &&
	    now >= at->sent.first->deadline_ms + STUCK_MS)
		sl_link_drop(at->link, &err);
}

static void
on_tick(void *ctx)
{
	struct sl_db *db = ctx;
	int64_t now = sl_clock_monotonic_ms();
	unsigned i;

	for (i = 0; i < db->link_count; i++)
		expire_sent(&db->links[i], now);
	expire_waiting(db, now);
	if (db->call_count > 0)
		sl_timer_start(db->tick, TICK_MS);
}

/* ---- the pool ---- */

enum sl_status
sl_pool_check_conninfo(const char *conninfo, struct sl_error *err)
{
	PQconninfoOption *options;
	char *words = NULL;
	enum sl_status status;

	options = PQconninfoParse(conninfo, &words);
	if (options != NULL) {
		PQconninfoFree(options);
		return SL_OK;
	}
	status = sl_error_code(err, SL_ERR_INVALID, "bad_conninfo",
	    "database connection string: %.*s",
	    words == NULL ? 0 : (int)strcspn(words, "\n"),
	    words == NULL ? "" : words);
	PQfreemem(words);
	return status;
}

static enum sl_status
pool_new(struct sl_db **out, struct sl_loop *loop, const char *conninfo,
    unsigned link_count, const char *setup)
{
	struct sl_db *db;
	unsigned i;

	*out = NULL;
	db = calloc(1, sizeof(*db) + link_count * sizeof(db->links[0]));
	if (db == NULL)
		return SL_ERR_NOMEM;
	db->loop = loop;
	db->link_count = link_count;
	sl_pending_init(&db->waiting);
	for (i = 0; i < link_count; i++) {
		db->links[i].db = db;
		sl_pending_init(&db->links[i].sent);
	}
	if (sl_defer_new(&db->dispatch, loop, on_dispatch, db) != SL_OK ||
	    sl_timer_new(&db->tick, loop, on_tick, db) != SL_OK)
		goto fail;
	for (i = 0; i < link_count; i++) {
		if (sl_link_new(&db->links[i].link, loop, conninfo, setup,
		        &link_events, &db->links[i]) != SL_OK)
			goto fail;
	}
	*out = db;
	return SL_OK;

fail:
	sl_db_close(db);
	return SL_ERR_NOMEM;
}

enum sl_status
sl_db_open(struct sl_db **out, struct sl_loop *loop, const char *conninfo,
    unsigned connection_count, struct sl_error *err)
{
	enum sl_status status;

	*out = NULL;
	status = sl_pool_check_conninfo(conninfo, err);
	if (status != SL_OK)
		return status;
	if (connection_count == 0 || connection_count > LINKS_MAX)
		return sl_error_set(err, SL_ERR_INVALID,
		    "database connections: 1 to %d", LINKS_MAX);
	status = pool_new(
	    out, loop, conninfo, connection_count, SETUP_SQL("'10s'", "'1s'"));
	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	return SL_OK;
}

/* A person waits longer for a program than a request for the server. */
static int64_t
deadline_of(const struct sl_db *db, const struct sl_query *query)
{
	if (db->own_loop != NULL)
		return BLOCKING_DEADLINE_MS;
	return query->deadline_ms == 0 ? SL_DB_DEADLINE_MS : query->deadline_ms;
}

static enum sl_status
check_call(const struct sl_db *db, const struct sl_query *query,
    const struct sl_params *params, struct sl_error *err)
{
	if (params != NULL && params->status != SL_OK)
		return sl_error_code(err, params->status, "bad_parameter",
		    "a parameter of %s is not allowed", query->name);
	if ((params == NULL ? 0 : params->count) != query->param_count)
		return sl_error_code(err, SL_ERR_INVALID, "bad_parameter",
		    "%s takes %d parameters", query->name, query->param_count);
	if (db->is_torn)
		return sl_error_code(err, SL_ERR_NETWORK,
		    "database_unreachable",
		    "the connection was lost within a transaction");
	if (db->call_count >= SL_DB_CALLS_MAX)
		return sl_error_code(err, SL_ERR_LIMIT, "database_busy",
		    "too many calls wait for the database");
	return SL_OK;
}

enum sl_status
sl_db_call(struct sl_db *db, const struct sl_query *query,
    struct sl_params *params, sl_db_done_fn *done, void *ctx,
    struct sl_error *err)
{
	struct sl_pending *call = NULL;
	enum sl_status status;

	status = check_call(db, query, params, err);
	if (status == SL_OK) {
		call = sl_pending_new(query, params, deadline_of(db, query));
		if (call == NULL)
			status =
			    sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	if (call == NULL) {
		if (params != NULL)
			sl_params_clear(params);
		return status;
	}
	db->call_count++;
	call->done = done;
	call->ctx = ctx;
	sl_pending_push(&db->waiting, call);
	sl_defer_arm(db->dispatch);
	if (!sl_timer_is_running(db->tick))
		sl_timer_start(db->tick, TICK_MS);
	return SL_OK;
}

bool
sl_db_is_ready(const struct sl_db *db)
{
	unsigned i;

	for (i = 0; i < db->link_count; i++) {
		if (sl_link_is_ready(db->links[i].link))
			return true;
	}
	return false;
}

const char *
sl_db_trouble(const struct sl_db *db)
{
	return sl_db_is_ready(db) ? "" : db->trouble.text;
}

void
sl_db_close(struct sl_db *db)
{
	struct sl_error err = {0};
	unsigned i;

	if (db == NULL)
		return;
	(void)sl_error_set(
	    &err, SL_ERR_CANCELLED, "the database connection is closed");
	for (i = 0; i < db->link_count; i++) {
		sl_link_free(db->links[i].link);
		db->links[i].link = NULL;
		fail_all(db, &db->links[i].sent, &err);
	}
	fail_all(db, &db->waiting, &err);
	sl_timer_free(db->tick);
	sl_defer_free(db->dispatch);
	sl_loop_free(db->own_loop);
	free(db);
}

/* ---- for blocking use ---- */

enum sl_status
sl_pool_new_blocking(
    struct sl_db **out, struct sl_loop *loop, const char *conninfo)
{
	enum sl_status status;

	status =
	    pool_new(out, loop, conninfo, 1, SETUP_SQL("'10min'", "'10s'"));
	if (status == SL_OK)
		(*out)->own_loop = loop;
	return status;
}

struct sl_loop *
sl_pool_loop(const struct sl_db *db)
{
	return db->loop;
}

const struct sl_error *
sl_pool_trouble(const struct sl_db *db)
{
	return &db->trouble;
}

void
sl_pool_set_transaction(struct sl_db *db, bool is_open)
{
	db->in_transaction = is_open;
}
