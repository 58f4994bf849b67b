#include "worker.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "listen.h"
#include "sluice/api/api.h"
#include "sluice/base/clock.h"
#include "sluice/base/secret.h"
#include "sluice/command/exit.h"
#include "sluice/crypto/token.h"
#include "sluice/db/db.h"
#include "sluice/db/listen.h"
#include "sluice/loop/loop.h"
#include "sluice/loop/signal.h"
#include "sluice/loop/timer.h"
#include "sluice/net/server.h"
#include "sluice/objects/objects.h"
#include "sluice/session/counters.h"
#include "sluice/session/session.h"
#include "sluice/store/event.h"

#define HEARTBEAT_MS 500u
#define HOST_MAX     64
/* Descriptors for all but clients: PostgreSQL, the loop, files being read. */
#define FILES_RESERVED 128u

struct worker {
	const struct worker_start *start;
	struct sl_loop *loop;
	struct sl_signal *on_term;
	struct sl_signal *on_int;
	struct sl_signal *on_hup;
	struct sl_timer *heartbeat;
	struct sl_secret pepper;
	struct sl_objects *objects;
	struct sl_tls_context *tls;
	struct sl_db *db;
	struct sl_db_listener *listener;
	struct sl_session *session;
	struct sl_api *api;
	struct sl_server *servers[LISTEN_ADDRESSES_MAX];
	size_t server_count;
	uint64_t wire_bytes; /* counted so far */
	size_t undrained;
	bool is_draining;
	char name[HOST_MAX + 24]; /* "host:pid" */
};

static void
beat(void *ctx)
{
	struct worker *worker = ctx;
	struct sl_counters *counters = worker->start->counters;
	uint64_t connections = 0;
	uint64_t wire_bytes = 0;
	enum sl_worker_state state = SL_WORKER_READY;

	for (size_t i = 0; i < worker->server_count; i++) {
		struct sl_server_counters figures;

		sl_server_counters_get(worker->servers[i], &figures);
		connections += figures.connections;
		wire_bytes += figures.wire_bytes;
	}
	sl_count(&counters->wire_bytes, wire_bytes - worker->wire_bytes);
	worker->wire_bytes = wire_bytes;
	atomic_store(&counters->connections_open, connections);
	atomic_store(&counters->heartbeat_ms, sl_clock_monotonic_ms());
	if (worker->is_draining)
		state = SL_WORKER_DRAINING;
	else if (!sl_db_is_ready(worker->db))
		state = atomic_load(&counters->state) == SL_WORKER_STARTING
		    ? SL_WORKER_STARTING
		    : SL_WORKER_DEGRADED;
	if (state == SL_WORKER_DEGRADED &&
	    atomic_load(&counters->state) == SL_WORKER_READY)
		sl_log(SL_LOG_WARNING, "worker=%s database away: %s",
		    worker->name, sl_db_trouble(worker->db));
	atomic_store(&counters->state, (int)state);
	sl_timer_start(worker->heartbeat, HEARTBEAT_MS);
}

static void
on_notice(void *ctx, const char *channel, const char *payload)
{
	struct worker *worker = ctx;

	/* channel NULL: some may have been missed, so look at everything. */
	if (channel == NULL || strcmp(channel, SL_CHANNEL_BATCH) != 0)
		sl_session_notice(worker->session, payload);
	if (channel == NULL || strcmp(channel, SL_CHANNEL_SESSION) != 0)
		sl_api_notice(worker->api);
	if (channel == NULL || strcmp(channel, SL_CHANNEL_SESSION) == 0)
		sl_api_check_tokens(worker->api);
}

static void
on_drained(void *ctx)
{
	struct worker *worker = ctx;

	if (--worker->undrained == 0)
		sl_loop_stop(worker->loop);
}

static void
drain(void *ctx)
{
	struct worker *worker = ctx;

	if (worker->is_draining)
		return;
	worker->is_draining = true;
	sl_log(SL_LOG_INFO, "worker=%s drains, deliveries=%zu", worker->name,
	    sl_session_delivery_count(worker->session));
	atomic_store(&worker->start->counters->state, SL_WORKER_DRAINING);
	worker->undrained = worker->server_count;
	for (size_t i = 0; i < worker->server_count; i++)
		sl_server_drain(worker->servers[i],
		    (uint32_t)worker->start->config->drain_ms, on_drained,
		    worker);
	/* Now nobody accepts: connections are refused, not left waiting. */
	for (size_t i = 0; i < worker->start->listen_count; i++)
		close(worker->start->listen_fds[i]);
	sl_session_drain(worker->session);
	sl_api_drain(worker->api);
}

static void
reload(void *ctx)
{
	struct worker *worker = ctx;
	struct config config;
	struct sl_error err = {0};

	if (config_load(&config, worker->start->run, &err) != SL_OK) {
		sl_log(SL_LOG_ERROR, "worker=%s keeps its settings: %s",
		    worker->name, err.text);
		return;
	}
	sl_log_set_level(config.log_level);
	config_clear(&config);
	if (sl_tls_context_reload(worker->tls, &err) != SL_OK)
		sl_log(SL_LOG_ERROR, "worker=%s keeps its certificate: %s",
		    worker->name, err.text);
	else
		sl_log(SL_LOG_INFO, "worker=%s reloaded", worker->name);
}

static enum sl_status
open_loop(struct worker *worker, struct sl_error *err)
{
	enum sl_status status = sl_loop_new(&worker->loop);

	if (status == SL_OK)
		status = sl_signal_new(
		    &worker->on_term, worker->loop, SIGTERM, drain, worker);
	if (status == SL_OK)
		status = sl_signal_new(
		    &worker->on_int, worker->loop, SIGINT, drain, worker);
	if (status == SL_OK)
		status = sl_signal_new(
		    &worker->on_hup, worker->loop, SIGHUP, reload, worker);
	if (status == SL_OK)
		status = sl_timer_new(
		    &worker->heartbeat, worker->loop, beat, worker);
	if (status != SL_OK)
		return sl_error_set(
		    err, status, "the event loop: %s", sl_status_text(status));
	return SL_OK;
}

static enum sl_status
open_parts(struct worker *worker, struct sl_error *err)
{
	static const char *const channels[] = {
	    SL_CHANNEL_BATCH, SL_CHANNEL_LICENCE, SL_CHANNEL_SESSION, NULL};
	const struct config *config = worker->start->config;
	struct sl_session_parts parts;
	enum sl_status status;

	status = sl_pepper_load(&worker->pepper, config->pepper_file, err);
	if (status == SL_OK)
		status =
		    sl_objects_open(&worker->objects, config->objects, err);
	if (status == SL_OK)
		status = sl_tls_context_new(&worker->tls, config->cert,
		    config->key, worker->start->ticket_keys, err);
	if (status == SL_OK)
		status = sl_db_open(&worker->db, worker->loop, config->db,
		    config->db_connections, err);
	if (status != SL_OK)
		return status;
	parts = (struct sl_session_parts){.loop = worker->loop,
	    .db = worker->db,
	    .objects = worker->objects,
	    .pepper = &worker->pepper,
	    .counters = worker->start->counters,
	    .worker = worker->name,
	    .lease_seconds = config->lease_seconds};
	status = sl_session_new(&worker->session, &parts);
	if (status == SL_OK)
		status = sl_api_new(&worker->api, worker->session, err);
	if (status == SL_OK)
		status = sl_db_listen(&worker->listener, worker->loop,
		    config->db, channels, on_notice, worker, err);
	return status;
}

/* As many as there may be descriptors for, each with the pack it is sent.  More
 * would be accepted and then starve everybody else. */
static unsigned
fit_connections(struct worker *worker, unsigned wanted)
{
	struct rlimit limit;
	rlim_t fit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return wanted;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 &&
	    getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return wanted;
	if (limit.rlim_cur == RLIM_INFINITY)
		return wanted;
	fit = limit.rlim_cur <= FILES_RESERVED + 2
	    ? 1
	    : (limit.rlim_cur - FILES_RESERVED) / 2;
	if (fit >= wanted)
		return wanted;
	sl_log(SL_LOG_WARNING,
	    "worker=%s connections_max=%u: the limit of %llu open files allows "
	    "%llu",
	    worker->name, wanted, (unsigned long long)limit.rlim_cur,
	    (unsigned long long)fit);
	return (unsigned)fit;
}

static enum sl_status
open_servers(struct worker *worker, struct sl_error *err)
{
	const struct worker_start *start = worker->start;
	const struct sl_server_settings settings = {.tls = worker->tls,
	    .connections_max =
	        fit_connections(worker, start->config->connections_max)};

	for (size_t i = 0; i < start->listen_count; i++) {
		enum sl_status status = sl_server_new(&worker->servers[i],
		    worker->loop, start->listen_fds[i], &settings,
		    sl_api_handler(), worker->api, err);

		if (status != SL_OK)
			return status;
		worker->server_count++;
	}
	return SL_OK;
}

static void
close_worker(struct worker *worker)
{
	sl_db_listener_free(worker->listener);
	for (size_t i = 0; i < worker->server_count; i++)
		sl_server_free(worker->servers[i]);
	sl_db_close(worker->db);
	sl_api_free(worker->api);
	sl_session_free(worker->session);
	sl_tls_context_free(worker->tls);
	sl_objects_close(worker->objects);
	sl_secret_clear(&worker->pepper);
	sl_timer_free(worker->heartbeat);
	sl_signal_free(worker->on_term);
	sl_signal_free(worker->on_int);
	sl_signal_free(worker->on_hup);
	sl_loop_free(worker->loop);
}

static void
name_worker(struct worker *worker)
{
	char host[HOST_MAX + 1] = "";

	if (gethostname(host, HOST_MAX) != 0)
		memcpy(host, "host", 5);
	snprintf(
	    worker->name, sizeof(worker->name), "%s:%d", host, (int)getpid());
}

int
worker_main(const struct worker_start *start)
{
	struct worker worker = {.start = start};
	struct sl_error err = {0};
	enum sl_status status;

	name_worker(&worker);
	atomic_store(&start->counters->pid, (int)getpid());
	sl_count(&start->counters->starts, 1);
	status = open_loop(&worker, &err);
	if (status == SL_OK)
		status = open_parts(&worker, &err);
	if (status == SL_OK)
		status = open_servers(&worker, &err);
	if (status == SL_OK) {
		sl_timer_start(worker.heartbeat, 0);
		status = sl_loop_run(worker.loop);
	}
	if (status != SL_OK)
		sl_log(SL_LOG_ERROR, "worker=%s %s", worker.name,
		    err.text[0] == '\0' ? sl_status_text(status) : err.text);
	close_worker(&worker);
	return sl_exit_of(status);
}
