#include "link.h"

#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "sluice/loop/io.h"
#include "sluice/loop/timer.h"

#define CONNECT_MS   5000u
#define PAUSE_MIN_MS 50u
#define PAUSE_MAX_MS 2000u

/* Answered last in the setup. */
#define CHECK_SQL                                      \
	";SELECT pg_catalog.current_setting('fsync')," \
	" pg_catalog.current_setting('synchronous_commit')"

enum link_state {
	LINK_DOWN = 0,   /* waits for the pause to end */
	LINK_CONNECTING, /* waits for the handshake */
	LINK_SETUP,      /* waits for the answers to the setup */
	LINK_READY,      /* the owner's */
};

struct sl_link {
	struct sl_loop *loop;
	char *conninfo;
	char *setup;
	const struct sl_link_events *events;
	void *ctx;
	PGconn *pg;
	struct sl_io *io;
	struct sl_timer *timer; /* the pause, or the end of patience */
	enum link_state state;
	unsigned pause_ms;
	bool durable; /* the setup's last answer was good */
};

static void on_socket(void *ctx, unsigned ready);

static void
set_state(struct sl_link *link, enum link_state state)
{
	static const bool legal[4][4] = {
	    [LINK_DOWN] = {[LINK_DOWN] = true, [LINK_CONNECTING] = true},
	    [LINK_CONNECTING] = {[LINK_DOWN] = true, [LINK_SETUP] = true},
	    [LINK_SETUP] = {[LINK_DOWN] = true, [LINK_READY] = true},
	    [LINK_READY] = {[LINK_DOWN] = true},
	};

	if (!legal[link->state][state])
		abort();
	link->state = state;
}

static void
disconnect(struct sl_link *link)
{
	sl_io_free(link->io);
	link->io = NULL;
	PQfinish(link->pg);
	link->pg = NULL;
	set_state(link, LINK_DOWN);
}

void
sl_link_drop(struct sl_link *link, const struct sl_error *err)
{
	disconnect(link);
	sl_timer_start(link->timer, link->pause_ms);
	link->pause_ms *= 2;
	if (link->pause_ms > PAUSE_MAX_MS)
		link->pause_ms = PAUSE_MAX_MS;
	link->events->on_lost(link->ctx, err);
}

/* Drop with what libpq has to say. */
static void
drop_failed(struct sl_link *link)
{
	struct sl_error err = {0};

	(void)sl_map_connection(link->pg, &err);
	sl_link_drop(link, &err);
}

static enum sl_status
watch(struct sl_link *link, unsigned wanted)
{
	enum sl_status status;

	if (link->io == NULL) {
		status = sl_io_new(
		    &link->io, link->loop, PQsocket(link->pg), on_socket, link);
		if (status != SL_OK)
			return status;
	}
	return sl_io_want(link->io, wanted);
}

static void
watch_or_drop(struct sl_link *link, unsigned wanted)
{
	struct sl_error err = {0};
	enum sl_status status;

	status = watch(link, wanted);
	if (status == SL_OK)
		return;
	(void)sl_error_code(&err, status, "database_unreachable",
	    "cannot watch the database connection");
	sl_link_drop(link, &err);
}

void
sl_link_flush(struct sl_link *link)
{
	int left;

	left = PQflush(link->pg);
	if (left < 0) {
		/* The reader finds what the server said before it went. */
		watch_or_drop(link, SL_IO_READ);
		return;
	}
	watch_or_drop(link, left > 0 ? SL_IO_READ | SL_IO_WRITE : SL_IO_READ);
}

static void
begin_setup(struct sl_link *link)
{
	set_state(link, LINK_SETUP);
	link->durable = false;
	if (PQsetnonblocking(link->pg, 1) != 0 ||
	    PQsendQuery(link->pg, link->setup) != 1) {
		drop_failed(link);
		return;
	}
	sl_link_flush(link);
}

static void
step_connect(struct sl_link *link)
{
	/* The socket may be another one at each step. */
	sl_io_free(link->io);
	link->io = NULL;
	switch (PQconnectPoll(link->pg)) {
	case PGRES_POLLING_READING:
		watch_or_drop(link, SL_IO_READ);
		return;
	case PGRES_POLLING_WRITING:
		watch_or_drop(link, SL_IO_WRITE);
		return;
	case PGRES_POLLING_OK:
		begin_setup(link);
		return;
	case PGRES_POLLING_FAILED:
	case PGRES_POLLING_ACTIVE:
		drop_failed(link);
		return;
	}
}

static void
refuse_not_durable(struct sl_link *link)
{
	struct sl_error err = {0};

	(void)sl_error_code(&err, SL_ERR_STATE, "database_not_durable",
	    "the database runs with fsync or synchronous_commit off; charges "
	    "could be lost");
	sl_link_drop(link, &err);
}

static void
end_setup(struct sl_link *link)
{
	if (!link->durable) {
		refuse_not_durable(link);
		return;
	}
	sl_timer_stop(link->timer);
	link->pause_ms = PAUSE_MIN_MS;
	set_state(link, LINK_READY);
	link->events->on_ready(link->ctx);
}

static bool
is_off(const PGresult *result, int column)
{
	return strcmp(PQgetvalue(result, 0, column), "off") == 0;
}

/* False if the link was dropped. */
static bool
take_setup_result(struct sl_link *link, PGresult *result)
{
	struct sl_error err = {0};

	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
		return true;
	case PGRES_TUPLES_OK:
		link->durable = PQntuples(result) == 1 &&
		    PQnfields(result) == 2 && !is_off(result, 0) &&
		    !is_off(result, 1);
		return true;
	case PGRES_EMPTY_QUERY:
	case PGRES_COPY_OUT:
	case PGRES_COPY_IN:
	case PGRES_BAD_RESPONSE:
	case PGRES_NONFATAL_ERROR:
	case PGRES_FATAL_ERROR:
	case PGRES_COPY_BOTH:
	case PGRES_SINGLE_TUPLE:
	case PGRES_PIPELINE_SYNC:
	case PGRES_PIPELINE_ABORTED:
		break;
	}
	(void)sl_map_result(result, &err);
	sl_link_drop(link, &err);
	return false;
}

static void
step_setup(struct sl_link *link)
{
	PGresult *result;
	bool alive;

	while (!PQisBusy(link->pg)) {
		result = PQgetResult(link->pg);
		if (result == NULL) {
			end_setup(link);
			return;
		}
		alive = take_setup_result(link, result);
		PQclear(result);
		if (!alive)
			return;
	}
}

/* Input first: what the server said before it went away matters. */
static bool
read_input(struct sl_link *link)
{
	if (PQconsumeInput(link->pg) == 1)
		return true;
	if (link->state == LINK_READY)
		link->events->on_input(link->ctx);
	if (link->state != LINK_DOWN)
		drop_failed(link);
	return false;
}

static void
on_socket(void *ctx, unsigned ready)
{
	struct sl_link *link = ctx;

	if (link->state == LINK_CONNECTING) {
		step_connect(link);
		return;
	}
	if ((ready & SL_IO_READ) != 0 && !read_input(link))
		return;
	if ((ready & SL_IO_WRITE) != 0) {
		sl_link_flush(link);
		if (link->state == LINK_DOWN)
			return;
	}
	if (link->state == LINK_SETUP)
		step_setup(link);
	else if (link->state == LINK_READY)
		link->events->on_input(link->ctx);
}

/* Notices are for people at psql. */
static void
ignore_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

static void
begin_connect(struct sl_link *link)
{
	/* What stands before dbname, the caller's string may override. */
	const char *names[] = {"fallback_application_name", "keepalives_idle",
	    "keepalives_interval", "keepalives_count", "tcp_user_timeout",
	    "dbname", "client_encoding", NULL};
	const char *values[] = {
	    "sluice", "10", "5", "3", "15000", link->conninfo, "UTF8", NULL};

	set_state(link, LINK_CONNECTING);
	sl_timer_start(link->timer, CONNECT_MS);
	link->pg = PQconnectStartParams(names, values, 1);
	if (link->pg == NULL || PQstatus(link->pg) == CONNECTION_BAD) {
		drop_failed(link);
		return;
	}
	PQsetNoticeReceiver(link->pg, ignore_notice, NULL);
	/* libpq: before the first poll, behave as if it had asked to write. */
	watch_or_drop(link, SL_IO_WRITE);
}

static void
on_timer(void *ctx)
{
	struct sl_link *link = ctx;
	struct sl_error err = {0};

	if (link->state == LINK_DOWN) {
		begin_connect(link);
		return;
	}
	(void)sl_error_code(&err, SL_ERR_NETWORK, "database_unreachable",
	    "the database did not answer within %u s", CONNECT_MS / 1000);
	sl_link_drop(link, &err);
}

static char *
join(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	char *text;

	text = malloc(a_len + b_len + 1);
	if (text == NULL)
		return NULL;
	memcpy(text, a, a_len);
	memcpy(text + a_len, b, b_len + 1);
	return text;
}

enum sl_status
sl_link_new(struct sl_link **out, struct sl_loop *loop, const char *conninfo,
    const char *setup, const struct sl_link_events *events, void *ctx)
{
	struct sl_link *link;

	*out = NULL;
	link = calloc(1, sizeof(*link));
	if (link == NULL)
		return SL_ERR_NOMEM;
	link->loop = loop;
	link->events = events;
	link->ctx = ctx;
	link->pause_ms = PAUSE_MIN_MS;
	link->conninfo = strdup(conninfo);
	link->setup = join(setup, CHECK_SQL);
	if (link->conninfo == NULL || link->setup == NULL ||
	    sl_timer_new(&link->timer, loop, on_timer, link) != SL_OK) {
		sl_link_free(link);
		return SL_ERR_NOMEM;
	}
	sl_timer_start(link->timer, 0);
	*out = link;
	return SL_OK;
}

PGconn *
sl_link_pg(const struct sl_link *link)
{
	return link->state == LINK_READY ? link->pg : NULL;
}

bool
sl_link_is_ready(const struct sl_link *link)
{
	return link->state == LINK_READY;
}

void
sl_link_free(struct sl_link *link)
{
	if (link == NULL)
		return;
	if (link->state != LINK_DOWN)
		disconnect(link);
	sl_timer_free(link->timer);
	free(link->conninfo);
	free(link->setup);
	free(link);
}
