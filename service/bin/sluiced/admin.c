#include "admin.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "config.h"
#include "listen.h"
#include "sluice/base/buf.h"
#include "sluice/base/clock.h"
#include "sluice/base/log.h"
#include "sluice/command/exit.h"
#include "sluice/loop/loop.h"
#include "sluice/loop/signal.h"
#include "sluice/net/server.h"
#include "sluice/session/counters.h"

#define PAGE_MAX (256u * 1024u)
/* A loop that has not turned for so long hangs. */
#define HANG_MS 15000

struct admin {
	const struct admin_start *start;
	struct sl_loop *loop;
	struct sl_signal *on_term;
	struct sl_signal *on_int;
	struct sl_signal *on_hup;
	struct sl_server *servers[LISTEN_ADDRESSES_MAX];
};

/* ---- metrics ---- */

static enum sl_status
put_head(struct sl_buf *out, const char *last, const char *metric,
    const char *help, const char *type)
{
	if (last != NULL && strcmp(last, metric) == 0)
		return SL_OK;
	return sl_buf_printf(out, "# HELP sluice_%s %s.\n# TYPE sluice_%s %s\n",
	    metric, help, metric, type);
}

static enum sl_status
put_value(
    struct sl_buf *out, const char *metric, const char *label, uint64_t value)
{
	return sl_buf_printf(out, "sluice_%s%s%s%s %" PRIu64 "\n", metric,
	    label[0] == '\0' ? "" : "{", label, label[0] == '\0' ? "" : "}",
	    value);
}

static enum sl_status
put_counters(struct sl_buf *out, const struct admin_start *start)
{
	const char *last = NULL;
	enum sl_status status = SL_OK;
	uint64_t sum;

#define X(field, metric, label, help)                                       \
	sum = 0;                                                            \
	for (size_t i = 0; i < start->worker_count; i++)                    \
		sum += atomic_load(&start->counters[i].field);              \
	if (status == SL_OK)                                                \
		status =                                                    \
		    put_head(out, last, #metric "_total", help, "counter"); \
	if (status == SL_OK)                                                \
		status = put_value(out, #metric "_total", label, sum);      \
	last = #metric "_total";
	SL_COUNTER_LIST(X)
#undef X
	return status;
}

static enum sl_status
put_gauges(struct sl_buf *out, const struct admin_start *start)
{
	enum sl_status status = SL_OK;
	uint64_t sum;

#define X(field, help)                                               \
	sum = 0;                                                     \
	for (size_t i = 0; i < start->worker_count; i++)             \
		sum += atomic_load(&start->counters[i].field);       \
	if (status == SL_OK)                                         \
		status = put_head(out, NULL, #field, help, "gauge"); \
	if (status == SL_OK)                                         \
		status = put_value(out, #field, "", sum);
	SL_GAUGE_LIST(X)
#undef X
	return status;
}

static enum sl_status
put_facts(struct sl_buf *out, const struct admin_start *start)
{
	enum sl_status status = SL_OK;
	uint64_t greatest;

#define X(field, help)                                                   \
	greatest = 0;                                                    \
	for (size_t i = 0; i < start->worker_count; i++) {               \
		uint64_t value = atomic_load(&start->counters[i].field); \
                                                                         \
		greatest = value > greatest ? value : greatest;          \
	}                                                                \
	if (status == SL_OK)                                             \
		status = put_head(out, NULL, #field, help, "gauge");     \
	if (status == SL_OK)                                             \
		status = put_value(out, #field, "", greatest);
	SL_FACT_LIST(X)
#undef X
	return status;
}

static bool
is_alive(const struct sl_counters *counters)
{
	int64_t beat = atomic_load(&counters->heartbeat_ms);

	return beat != 0 && sl_clock_monotonic_ms() - beat < HANG_MS;
}

static bool
is_ready(const struct sl_counters *counters)
{
	return is_alive(counters) &&
	    atomic_load(&counters->state) == SL_WORKER_READY;
}

static enum sl_status
put_workers(struct sl_buf *out, const struct admin_start *start)
{
	enum sl_status status = put_head(out, NULL, "worker_ready",
	    "The worker serves and reaches PostgreSQL", "gauge");
	char label[32];

	for (size_t i = 0; i < start->worker_count && status == SL_OK; i++) {
		snprintf(label, sizeof(label), "worker=\"%zu\"", i);
		status = put_value(out, "worker_ready", label,
		    is_ready(&start->counters[i]) ? 1 : 0);
	}
	if (status == SL_OK)
		status = put_head(out, NULL, "worker_starts_total",
		    "Starts of the worker, respawns included", "counter");
	for (size_t i = 0; i < start->worker_count && status == SL_OK; i++) {
		snprintf(label, sizeof(label), "worker=\"%zu\"", i);
		status = put_value(out, "worker_starts_total", label,
		    atomic_load(&start->counters[i].starts));
	}
	return status;
}

/* ---- requests ---- */

static void
respond(struct sl_exchange *exchange, unsigned status, const char *type,
    struct sl_slice body)
{
	const struct sl_http_field fields[] = {
	    {"Content-Type", type}, {"Cache-Control", "no-store"}};

	if (sl_exchange_respond(exchange, status, fields,
	        sizeof(fields) / sizeof(fields[0]), body) != SL_OK)
		sl_exchange_abort(exchange);
}

static void
respond_text(struct sl_exchange *exchange, unsigned status, const char *text)
{
	respond(
	    exchange, status, "text/plain; charset=utf-8", sl_slice_text(text));
}

static void
respond_metrics(struct admin *admin, struct sl_exchange *exchange)
{
	struct sl_buf page;
	enum sl_status status;

	sl_buf_init(&page, PAGE_MAX);
	status = put_counters(&page, admin->start);
	if (status == SL_OK)
		status = put_gauges(&page, admin->start);
	if (status == SL_OK)
		status = put_facts(&page, admin->start);
	if (status == SL_OK)
		status = put_workers(&page, admin->start);
	if (status == SL_OK)
		respond(exchange, 200,
		    "text/plain; version=0.0.4; charset=utf-8",
		    sl_buf_slice(&page));
	else
		respond_text(exchange, 500, "too many metrics\n");
	sl_buf_clear(&page);
}

/* All workers, or 503 with the first that is not. */
static void
respond_health(struct admin *admin, struct sl_exchange *exchange,
    bool (*test)(const struct sl_counters *))
{
	const struct admin_start *start = admin->start;
	char text[64];

	for (size_t i = 0; i < start->worker_count; i++) {
		if (test(&start->counters[i]))
			continue;
		snprintf(text, sizeof(text), "worker %zu is not\n", i);
		respond_text(exchange, 503, text);
		return;
	}
	respond_text(exchange, 200, "ok\n");
}

static void
on_request(void *ctx, struct sl_exchange *exchange)
{
	struct admin *admin = ctx;
	const struct sl_http_request *request = sl_exchange_request(exchange);
	struct sl_slice path = sl_http_request_path(request);

	if (sl_http_request_method(request) == SL_HTTP_POST)
		respond_text(exchange, 405, "GET only\n");
	else if (sl_slice_is_text(path, "/livez"))
		respond_health(admin, exchange, is_alive);
	else if (sl_slice_is_text(path, "/readyz"))
		respond_health(admin, exchange, is_ready);
	else if (sl_slice_is_text(path, "/metrics"))
		respond_metrics(admin, exchange);
	else
		respond_text(exchange, 404, "/livez /readyz /metrics\n");
}

static void
stop(void *ctx)
{
	struct admin *admin = ctx;

	sl_loop_stop(admin->loop);
}

static void
ignore(void *ctx)
{
	(void)ctx;
}

static enum sl_status
open_admin(struct admin *admin, struct sl_error *err)
{
	static const struct sl_server_handler handler = {
	    .on_request = on_request};
	static const struct sl_server_settings settings = {
	    .connections_max = 64};
	enum sl_status status = sl_loop_new(&admin->loop);

	if (status == SL_OK)
		status = sl_signal_new(
		    &admin->on_term, admin->loop, SIGTERM, stop, admin);
	if (status == SL_OK)
		status = sl_signal_new(
		    &admin->on_int, admin->loop, SIGINT, stop, admin);
	if (status == SL_OK)
		status = sl_signal_new(
		    &admin->on_hup, admin->loop, SIGHUP, ignore, admin);
	for (size_t i = 0; i < admin->start->listen_count && status == SL_OK;
	     i++)
		status = sl_server_new(&admin->servers[i], admin->loop,
		    admin->start->listen_fds[i], &settings, &handler, admin,
		    err);
	return status;
}

int
admin_main(const struct admin_start *start)
{
	struct admin admin = {.start = start};
	struct sl_error err = {0};
	enum sl_status status = open_admin(&admin, &err);

	if (status == SL_OK)
		status = sl_loop_run(admin.loop);
	if (status != SL_OK)
		sl_log(SL_LOG_ERROR, "admin %s",
		    err.text[0] == '\0' ? sl_status_text(status) : err.text);
	for (size_t i = 0; i < start->listen_count; i++)
		sl_server_free(admin.servers[i]);
	sl_signal_free(admin.on_term);
	sl_signal_free(admin.on_int);
	sl_signal_free(admin.on_hup);
	sl_loop_free(admin.loop);
	return sl_exit_of(status);
}
