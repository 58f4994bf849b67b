#include "sluice/api/api.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "sluice/base/clock.h"
#include "sluice/base/log.h"
#include "sluice/net/server.h"
#include "sluice/session/counters.h"
#include "sluice/session/delivery.h"

/* By hand, with a code from a mail. */
#define ACTIVATION_BURST       10u
#define ACTIVATIONS_PER_MINUTE 10u
/* A client sends a receipt after each batch. */
#define WRITE_BURST       120u
#define WRITES_PER_MINUTE 120u

enum sl_status
sl_api_new(
    struct sl_api **out, struct sl_session *session, struct sl_error *err)
{
	struct sl_api *api = calloc(1, sizeof(*api));
	enum sl_status status;

	*out = NULL;
	if (api == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	api->session = session;
	limit_init(&api->activations, ACTIVATION_BURST, ACTIVATIONS_PER_MINUTE);
	limit_init(&api->writes, WRITE_BURST, WRITES_PER_MINUTE);
	status = sl_pages_load(api, err);
	if (status == SL_OK)
		status = sl_events_new(&api->events, session);
	if (status != SL_OK) {
		sl_api_free(api);
		return status;
	}
	*out = api;
	return SL_OK;
}

void
sl_api_free(struct sl_api *api)
{
	if (api == NULL)
		return;
	sl_events_free(api->events);
	sl_template_set_free(api->templates);
	free(api);
}

void
sl_api_notice(struct sl_api *api)
{
	sl_events_notice(api->events);
}

void
sl_api_check_tokens(struct sl_api *api)
{
	sl_events_check_tokens(api->events);
}

void
sl_api_drain(struct sl_api *api)
{
	sl_events_drain(api->events);
}

static void
request_free(struct request *request)
{
	if (request->state_free != NULL)
		request->state_free(request->state);
	for (size_t i = 0; i < request->text_count; i++)
		free(request->texts[i]);
	free(request);
}

bool
request_reply(struct request *request)
{
	request->calls--;
	if (request->exchange != NULL)
		return true;
	if (request->calls == 0)
		request_free(request);
	return false;
}

static void
count_answer(struct sl_counters *counters, unsigned status)
{
	if (status < 300)
		sl_count(&counters->requests_2xx, 1);
	else if (status < 400)
		sl_count(&counters->requests_3xx, 1);
	else if (status < 500)
		sl_count(&counters->requests_4xx, 1);
	else
		sl_count(&counters->requests_5xx, 1);
}

/* One line per request.  The path has no control characters: the parser
 * refuses them. */
static void
log_access(const struct request *request, enum sl_close_reason reason)
{
	struct sl_slice path = sl_http_request_path(request->http);

	sl_log(SL_LOG_INFO,
	    "request=%s peer=%s customer=%s method=%s path=%.*s status=%u "
	    "code=%s bytes=%" PRIu64 " ms=%" PRId64 " reason=\"%s\"",
	    request->id, sl_exchange_peer_text(request->exchange),
	    request->has_account ? request->account.customer_name : "-",
	    sl_http_method_name(sl_http_request_method(request->http)),
	    (int)path.len, (const char *)path.data, request->status,
	    request->code[0] == '\0' ? "-" : request->code,
	    request->answer_bytes + sl_exchange_sent(request->exchange),
	    sl_clock_monotonic_ms() - request->began_ms,
	    sl_close_reason_text(reason));
}

static void
on_closed(void *ctx, enum sl_close_reason reason)
{
	struct request *request = ctx;

	count_answer(
	    sl_session_parts(request->api->session)->counters, request->status);
	log_access(request, reason);
	if (request->delivery != NULL)
		sl_delivery_abandon(request->delivery);
	request->delivery = NULL;
	request->exchange = NULL;
	if (request->calls == 0)
		request_free(request);
}

/* ---- on the way to the handler ---- */

static void
on_body(void *ctx, enum sl_status status)
{
	struct request *request = ctx;
	struct sl_error err = {0};

	if (status == SL_OK) {
		request->route->handle(request);
		return;
	}
	if (status == SL_ERR_TIMEOUT) {
		sl_error_code(&err, status, "request_timeout",
		    "The body of the request took too long.");
		request->status = 408;
	} else {
		sl_error_set(&err, status, "out of memory");
	}
	request_fail(request, &err);
}

/* Whoever asks may ask this: now the body may come, if there is one. */
static void
handle(struct request *request)
{
	struct sl_error err = {0};
	enum sl_status status;

	if (sl_http_request_body_len(request->http) == 0) {
		request->route->handle(request);
		return;
	}
	status = sl_exchange_receive(request->exchange, on_body, request);
	if (status == SL_OK)
		return;
	if (status == SL_ERR_LIMIT)
		sl_error_code(&err, SL_ERR_NETWORK, "server_busy",
		    "The server is taking as many bodies as it can; try again.");
	else
		sl_error_set(&err, status, "the body cannot be received");
	request_fail(request, &err);
}

static void
on_dataset(void *ctx, enum sl_status status, const struct sl_dataset *dataset,
    const struct sl_error *err)
{
	struct request *request = ctx;

	if (!request_reply(request))
		return;
	if (status != SL_OK) {
		request_fail(request, err);
		return;
	}
	request->dataset = *dataset;
	/* The row does not repeat the name that was asked for. */
	snprintf(request->dataset_name, sizeof(request->dataset_name), "%.*s",
	    (int)request->params[0].len, (const char *)request->params[0].data);
	request->dataset.name = request->dataset_name;
	handle(request);
}

static void
find_dataset(struct request *request)
{
	struct sl_error err = {0};
	const char *name;

	if (!sl_dataset_name_is_valid(request->params[0])) {
		sl_error_code(&err, SL_ERR_NOT_FOUND, "not_found",
		    "There is no such dataset.");
		request_fail(request, &err);
		return;
	}
	name = request_text(request, request->params[0]);
	if (name == NULL ||
	    sl_store_dataset_find(request_db(request),
	        request_customer(request), name, on_dataset, request,
	        &err) != SL_OK) {
		if (name == NULL)
			sl_error_set(&err, SL_ERR_NOMEM, "out of memory");
		request_fail(request, &err);
		return;
	}
	request_call(request);
}

static void
go_on(struct request *request)
{
	if (request->route->names_dataset)
		find_dataset(request);
	else
		handle(request);
}

static unsigned
scope_of(enum route_right right)
{
	switch (right) {
	case RIGHT_ANYONE:
	case RIGHT_CATALOG:
		return SL_SCOPE_CATALOG;
	case RIGHT_DELIVER:
		return SL_SCOPE_DELIVER;
	case RIGHT_USAGE:
		return SL_SCOPE_USAGE;
	}
	return 0;
}

static void
on_account(void *ctx, enum sl_status status, const struct sl_account *account,
    const struct sl_error *err)
{
	struct request *request = ctx;
	struct sl_error words = {0};

	if (!request_reply(request))
		return;
	if (status != SL_OK) {
		request_fail(request, err);
		return;
	}
	request->account = *account;
	request->has_account = true;
	if ((account->scopes & scope_of(request->route->right)) == 0) {
		sl_error_code(&words, SL_ERR_DENIED, "scope_missing",
		    "The token does not have the scope for this.");
		request_fail(request, &words);
		return;
	}
	go_on(request);
}

static void
identify(struct request *request)
{
	struct sl_error err = {0};
	struct sl_slice authorization;

	if (request->route->right == RIGHT_ANYONE) {
		go_on(request);
		return;
	}
	if (!sl_http_request_header(
	        request->http, "authorization", &authorization)) {
		if (request->route->right == RIGHT_CATALOG) {
			go_on(request);
			return;
		}
		sl_error_code(&err, SL_ERR_AUTH, "unauthorized",
		    "This needs a token: 'Authorization: Bearer …'.");
		request_fail(request, &err);
		return;
	}
	if (sl_session_identify(request->api->session, authorization,
	        on_account, request, &err) != SL_OK) {
		request_fail(request, &err);
		return;
	}
	request_call(request);
}

static enum sl_status
check_keys(const struct request *request, struct sl_error *err)
{
	size_t count = sl_http_request_query_count(request->http);

	for (size_t i = 0; i < count; i++) {
		struct sl_slice key;
		struct sl_slice value;

		sl_http_request_query_at(request->http, i, &key, &value);
		if (!route_has_key(request->route, key))
			return sl_error_code(err, SL_ERR_INVALID,
			    "unknown_query_key",
			    "'%.*s' is no query key of this resource",
			    key.len > 60 ? 60 : (int)key.len,
			    (const char *)key.data);
	}
	return SL_OK;
}

static void
dispatch(struct request *request)
{
	struct sl_error err = {0};
	enum route_match match =
	    route_find(&request->route, sl_http_request_method(request->http),
	        sl_http_request_path(request->http), request->params);

	switch (match) {
	case ROUTE_NONE:
		sl_error_code(&err, SL_ERR_NOT_FOUND, "not_found",
		    "There is nothing at this path.");
		request_fail(request, &err);
		return;
	case ROUTE_OTHER_METHOD:
		sl_error_code(&err, SL_ERR_INVALID, "method_not_allowed",
		    "This resource is for %s.",
		    sl_http_method_name(request->route->method));
		request_field(request, "Allow",
		    request->route->method == SL_HTTP_POST ? "POST"
		                                           : "GET, HEAD");
		request->status = 405;
		request_fail(request, &err);
		return;
	case ROUTE_FOUND:
		break;
	}
	if (check_keys(request, &err) != SL_OK) {
		request_fail(request, &err);
		return;
	}
	identify(request);
}

static void
on_request(void *ctx, struct sl_exchange *exchange)
{
	struct request *request = calloc(1, sizeof(*request));
	struct sl_uuid id;

	if (request == NULL ||
	    sl_uuid_new(&id, (uint64_t)(sl_clock_wall_us() / 1000)) != SL_OK) {
		free(request);
		sl_exchange_abort(exchange);
		return;
	}
	request->api = ctx;
	request->exchange = exchange;
	request->http = sl_exchange_request(exchange);
	request->began_ms = sl_clock_monotonic_ms();
	sl_uuid_format(request->id, &id);
	sl_exchange_watch(exchange, on_closed, request);
	request_field(request, "X-Request-Id", request->id);
	request_field(request, "X-Content-Type-Options", "nosniff");
	if (sl_session_is_draining(request->api->session))
		sl_exchange_last(exchange);
	dispatch(request);
}

static size_t
body_max(void *ctx, const struct sl_http_request *http)
{
	struct sl_slice params[ROUTE_PARAMS_MAX];
	const struct route *route;

	(void)ctx;
	if (route_find(&route, sl_http_request_method(http),
	        sl_http_request_path(http), params) != ROUTE_FOUND)
		return 0;
	return route->body_max;
}

const struct sl_server_handler *
sl_api_handler(void)
{
	static const struct sl_server_handler handler = {
	    .body_max = body_max, .on_request = on_request};

	return &handler;
}
