#include "transport.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "budget.h"
#include "problem.h"
#include "replay.h"
#include "sluice/base/checked.h"
#include "sluice/base/clock.h"
#include "sluice/base/file.h"

#define CONNECT_MS      15000
#define STALL_MS        30000
#define PATIENCE_MS     60000
#define BACKOFF_FIRST   250
#define BACKOFF_MAX     15000
#define RETRY_AFTER_MAX 300000
#define PROBLEM_MAX     (64 * 1024)
#define CA_MAX          (4 * 1024 * 1024)
/* libcurl's largest; a read is one TLS record at a time anyway. */
#define RECEIVE_BUFFER (512 * 1024)
/* Rounds of perform without a wait, as long as bytes come. */
#define ROUNDS_MAX 64

struct sl_transport {
	CURLM *multi;
	char *endpoint;
	char *authorization; /* a secret */
	struct sl_buf ca;    /* empty: the system's store */
	struct sl_client_options options;
	struct sl_budget budget;   /* of the rate limit */
	struct sl_call *throttled; /* those that wait for it, first to last */
	bool is_resuming;          /* the first of them, now */
	uint64_t received_bytes;
	struct sl_replay replay;
};

static enum sl_status
load_ca(struct sl_transport *transport, const struct sl_profile *profile,
    struct sl_error *err)
{
	const char *file = transport->options.ca_file;
	enum sl_status status;

	sl_buf_init(&transport->ca, CA_MAX);
	if (file == NULL && profile->ca != NULL)
		return sl_buf_append_text(&transport->ca, profile->ca);
	if (file == NULL)
		file = getenv("SSL_CERT_FILE");
	if (file == NULL || file[0] == '\0')
		return SL_OK;
	status = sl_file_read(&transport->ca, file, err);
	if (status == SL_OK && transport->ca.len == 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "%s: no certificate", file);
	return status;
}

static enum sl_status
fill_transport(struct sl_transport *transport, const struct sl_profile *profile,
    struct sl_error *err)
{
	static const char scheme[] = "https://";

	if (strncmp(profile->endpoint, scheme, strlen(scheme)) != 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "endpoint '%s' is not https://", profile->endpoint);
	transport->endpoint = strdup(profile->endpoint);
	if (profile->token[0] != '\0' &&
	    asprintf(&transport->authorization, "Authorization: Bearer %s",
	        profile->token) < 0)
		transport->authorization = NULL;
	transport->multi = curl_multi_init();
	if (transport->endpoint == NULL || transport->multi == NULL ||
	    (profile->token[0] != '\0' && transport->authorization == NULL))
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	return load_ca(transport, profile, err);
}

enum sl_status
sl_transport_new(struct sl_transport **out, const struct sl_profile *profile,
    const struct sl_client_options *options, struct sl_error *err)
{
	struct sl_transport *transport;
	enum sl_status status;

	*out = NULL;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return sl_error_set(err, SL_ERR_NOMEM, "libcurl");
	transport = calloc(1, sizeof(*transport));
	if (transport == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	transport->options = *options;
	sl_budget_init(
	    &transport->budget, options->rate_bytes, sl_clock_monotonic_ms());
	status = fill_transport(transport, profile, err);
	if (status != SL_OK) {
		sl_transport_free(transport);
		return status;
	}
	*out = transport;
	return SL_OK;
}

void
sl_transport_free(struct sl_transport *transport)
{
	if (transport == NULL)
		return;
	if (transport->multi != NULL)
		curl_multi_cleanup(transport->multi);
	if (transport->authorization != NULL)
		explicit_bzero(
		    transport->authorization, strlen(transport->authorization));
	free(transport->authorization);
	free(transport->endpoint);
	sl_bundle_free(transport->replay.bundle);
	sl_buf_clear(&transport->ca);
	free(transport);
}

void
sl_transport_set_bundle(
    struct sl_transport *transport, struct sl_bundle *bundle)
{
	sl_bundle_free(transport->replay.bundle);
	transport->replay.bundle = bundle;
}

struct sl_bundle *
sl_transport_bundle(const struct sl_transport *transport)
{
	return transport->replay.bundle;
}

bool
sl_transport_is_cancelled(const struct sl_transport *transport)
{
	return transport->options.is_cancelled != NULL &&
	    transport->options.is_cancelled();
}

SL_PRINTF(2, 0)
static void
note(const struct sl_client_options *options, const char *fmt, va_list args)
{
	char text[SL_ERROR_TEXT_MAX];

	vsnprintf(text, sizeof(text), fmt, args);
	options->on_note(options->note_ctx, text);
}

void
sl_transport_note(const struct sl_transport *transport, const char *fmt, ...)
{
	va_list args;

	if (transport->options.on_note == NULL)
		return;
	va_start(args, fmt);
	note(&transport->options, fmt, args);
	va_end(args);
}

/* -- the rate limit -- */

static bool
must_wait(struct sl_call *call)
{
	struct sl_transport *transport = call->transport;

	if (transport->throttled != NULL && !transport->is_resuming)
		return true; /* not before those that wait already */
	return !sl_budget_has(&transport->budget, sl_clock_monotonic_ms());
}

static void
throttle(struct sl_call *call)
{
	struct sl_call **at = &call->transport->throttled;

	while (*at != NULL)
		at = &(*at)->next_throttled;
	*at = call;
	call->next_throttled = NULL;
	call->is_throttled = true;
}

static void
unthrottle(struct sl_call *call)
{
	struct sl_call **at = &call->transport->throttled;

	if (!call->is_throttled)
		return;
	while (*at != call)
		at = &(*at)->next_throttled;
	*at = call->next_throttled;
	call->is_throttled = false;
}

static size_t
on_data(char *data, size_t size, size_t count, void *arg)
{
	struct sl_call *call = arg;
	struct sl_slice bytes = sl_slice_of(data, size * count);

	if (call->http_status == 0)
		curl_easy_getinfo(
		    call->easy, CURLINFO_RESPONSE_CODE, &call->http_status);
	if (call->http_status < 200 || call->http_status > 299) {
		/* What does not fit is not needed. */
		if (sl_buf_append(&call->problem, bytes.data, bytes.len) !=
		    SL_OK)
			return 0;
		return bytes.len;
	}
	if (must_wait(call)) {
		throttle(call);
		return CURL_WRITEFUNC_PAUSE;
	}
	switch (call->on_body(call, bytes)) {
	case SL_TAKE_ALL:
		break;
	case SL_TAKE_LATER:
		call->is_paused = true;
		return CURL_WRITEFUNC_PAUSE;
	case SL_TAKE_STOP:
		call->was_stopped = true;
		return 0;
	}
	sl_budget_spend(&call->transport->budget, bytes.len);
	call->received_bytes += bytes.len;
	call->transport->received_bytes += bytes.len;
	return bytes.len;
}

/* False when out of memory. */
static bool
add_header(struct sl_call *call, const char *line)
{
	struct curl_slist *more;

	if (line == NULL)
		return true;
	more = curl_slist_append(call->headers, line);
	if (more == NULL)
		return false;
	call->headers = more;
	return true;
}

static bool
add_headers(struct sl_call *call)
{
	char accept[128];

	snprintf(accept, sizeof(accept), "Accept: %s", call->accept);
	if (!add_header(call, accept) ||
	    !add_header(call, call->transport->authorization) ||
	    !add_header(call, call->extra_header))
		return false;
	return call->body.data == NULL ||
	    (add_header(call, "Content-Type: application/json") &&
	        add_header(call, "Expect:"));
}

static void
set_security(struct sl_call *call)
{
	const struct sl_buf *ca = &call->transport->ca;
	struct curl_blob blob = {ca->data, ca->len, CURL_BLOB_NOCOPY};

	curl_easy_setopt(call->easy, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(call->easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(call->easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(
	    call->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (ca->len == 0)
		return;
	curl_easy_setopt(call->easy, CURLOPT_CAINFO_BLOB, &blob);
	curl_easy_setopt(call->easy, CURLOPT_CAPATH, NULL);
}

static void
set_limits(struct sl_call *call)
{
	uint64_t stall = call->stall_ms == 0 ? STALL_MS : call->stall_ms;

	curl_easy_setopt(
	    call->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(call->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(
	    call->easy, CURLOPT_LOW_SPEED_TIME, (long)(stall / 1000));
	curl_easy_setopt(call->easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
}

static void
set_request(struct sl_call *call)
{
	curl_easy_setopt(call->easy, CURLOPT_URL, call->url);
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
	curl_easy_setopt(
	    call->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(call->easy, CURLOPT_USERAGENT, "sluice");
	curl_easy_setopt(call->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call);
	if (call->body.data == NULL)
		return;
	curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)call->body.len);
	curl_easy_setopt(call->easy, CURLOPT_POSTFIELDS, call->body.data);
}

static void
release(struct sl_call *call)
{
	unthrottle(call);
	if (call->easy != NULL) {
		curl_multi_remove_handle(call->transport->multi, call->easy);
		curl_easy_cleanup(call->easy);
	}
	call->easy = NULL;
	for (struct curl_slist *at = call->headers; at != NULL; at = at->next)
		explicit_bzero(at->data, strlen(at->data));
	curl_slist_free_all(call->headers);
	call->headers = NULL;
	free(call->url);
	call->url = NULL;
	sl_buf_clear(&call->problem);
}

enum sl_status
sl_transport_start(
    struct sl_transport *transport, struct sl_call *call, struct sl_error *err)
{
	call->transport = transport;
	memset(&call->err, 0, sizeof(call->err));
	call->http_status = 0;
	call->is_transient = call->is_paused = call->was_stopped = false;
	call->is_throttled = false;
	call->retry_after_ms = call->received_bytes = 0;
	call->headers = NULL;
	call->easy = NULL;
	if (transport->replay.bundle != NULL)
		return sl_replay_start(&transport->replay, call, err);
	sl_buf_init(&call->problem, PROBLEM_MAX);
	if (asprintf(&call->url, "%s%s", transport->endpoint, call->path) < 0)
		call->url = NULL;
	call->easy = curl_easy_init();
	if (call->url == NULL || call->easy == NULL || !add_headers(call)) {
		release(call);
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	set_request(call);
	set_security(call);
	set_limits(call);
	if (curl_multi_add_handle(transport->multi, call->easy) != CURLM_OK) {
		release(call);
		return sl_error_set(err, SL_ERR_NOMEM, "libcurl");
	}
	return SL_OK;
}

bool
sl_transport_is_connected(const struct sl_call *call)
{
	long code = call->is_replayed ? call->http_status : 0;

	if (call->easy != NULL)
		curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &code);
	return code >= 200 && code <= 299;
}

void
sl_transport_cancel(struct sl_call *call)
{
	if (call->is_replayed)
		sl_replay_cancel(&call->transport->replay, call);
	if (call->easy != NULL)
		release(call);
}

void
sl_transport_wake(struct sl_transport *transport)
{
	curl_multi_wakeup(transport->multi);
}

static void
finish_http(struct sl_call *call)
{
	curl_off_t after = 0;

	curl_easy_getinfo(
	    call->easy, CURLINFO_RESPONSE_CODE, &call->http_status);
	curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &after);
	if (after > 0)
		call->retry_after_ms = after > RETRY_AFTER_MAX / 1000
		    ? RETRY_AFTER_MAX
		    : (uint64_t)after * 1000;
	if (call->http_status >= 200 && call->http_status <= 299)
		return;
	sl_problem_read(
	    &call->err, call->http_status, sl_buf_slice(&call->problem));
	call->is_transient = sl_problem_is_transient(call->http_status);
}

/* Failures that another try cannot mend. */
static bool
is_final_failure(CURLcode code)
{
	return code == CURLE_PEER_FAILED_VERIFICATION ||
	    code == CURLE_SSL_CACERT_BADFILE ||
	    code == CURLE_SSL_ISSUER_ERROR || code == CURLE_OUT_OF_MEMORY ||
	    code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ||
	    code == CURLE_SSL_CERTPROBLEM;
}

static void
finish_call(struct sl_call *call, CURLcode code)
{
	const char *end = call->transport->endpoint;

	if (call->was_stopped) {
		/* on_body said why. */
		if (call->err.status == SL_OK)
			sl_error_set(&call->err, SL_ERR_STATE, "stopped");
	} else if (code == CURLE_OK ||
	    (code == CURLE_WRITE_ERROR && call->http_status >= 300)) {
		finish_http(call);
	} else if (code == CURLE_PEER_FAILED_VERIFICATION) {
		sl_error_code(&call->err, SL_ERR_NETWORK, "tls_untrusted",
		    "%s: its certificate is for another name, or of no "
		    "authority that the profile, --ca or the system trusts",
		    end);
	} else if (code == CURLE_SSL_CACERT_BADFILE) {
		sl_error_code(&call->err, SL_ERR_NETWORK, "ca_unreadable",
		    "the certificates to trust (--ca, or the profile's) cannot "
		    "be read as PEM");
	} else if (code == CURLE_OPERATION_TIMEDOUT) {
		sl_error_code(&call->err, SL_ERR_TIMEOUT, "stalled",
		    "%s: no answer in time", end);
	} else {
		sl_error_code(&call->err, SL_ERR_NETWORK, "network", "%s: %s",
		    end, curl_easy_strerror(code));
	}
	if (!call->was_stopped && code != CURLE_OK &&
	    call->err.status != SL_OK && call->http_status < 300)
		call->is_transient = !is_final_failure(code);
	release(call);
	if (call->on_end != NULL)
		call->on_end(call);
}

/* Hands out what was kept back; libcurl tells only us if on_body then ends the
 * call. */
static void
go_on(struct sl_call *call)
{
	CURLcode code = curl_easy_pause(call->easy, CURLPAUSE_CONT);

	if (code != CURLE_OK)
		finish_call(call, code);
}

void
sl_transport_resume(struct sl_call *call)
{
	if ((call->easy == NULL && !call->is_replayed) || !call->is_paused)
		return;
	call->is_paused = false;
	if (call->is_replayed)
		return;
	go_on(call);
}

/* As long as there is something of the budget, the one that waits longest. */
static void
resume_throttled(struct sl_transport *transport)
{
	while (transport->throttled != NULL &&
	    sl_budget_has(&transport->budget, sl_clock_monotonic_ms())) {
		struct sl_call *call = transport->throttled;

		unthrottle(call);
		transport->is_resuming = true;
		go_on(call);
		transport->is_resuming = false;
	}
}

static void
reap(struct sl_transport *transport)
{
	CURLMsg *message;
	int left;

	while (
	    (message = curl_multi_info_read(transport->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		char *private = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(
		    message->easy_handle, CURLINFO_PRIVATE, &private);
		finish_call((struct sl_call *)(void *)private, code);
	}
}

void
sl_transport_step(struct sl_transport *transport, int wait_ms)
{
	uint64_t before;
	int running = 0;

	if (transport->replay.bundle != NULL) {
		if (!sl_replay_step(&transport->replay))
			curl_multi_poll(
			    transport->multi, NULL, 0, wait_ms, NULL);
		return;
	}
	for (int round = 0; round < ROUNDS_MAX; round++) {
		before = transport->received_bytes;
		resume_throttled(transport);
		curl_multi_perform(transport->multi, &running);
		reap(transport);
		if (transport->received_bytes == before)
			break;
	}
	if (transport->received_bytes != before)
		return;
	if (transport->throttled != NULL &&
	    sl_budget_wait_ms(&transport->budget) < wait_ms)
		wait_ms = (int)sl_budget_wait_ms(&transport->budget);
	curl_multi_poll(transport->multi, NULL, 0, wait_ms, NULL);
}

static bool
is_under_way(const struct sl_call *call)
{
	return call->easy != NULL || call->is_replayed;
}

enum sl_status
sl_transport_run(
    struct sl_transport *transport, struct sl_call *call, struct sl_error *err)
{
	enum sl_status status = sl_transport_start(transport, call, err);

	if (status != SL_OK)
		return status;
	while (is_under_way(call)) {
		sl_transport_step(transport, 100);
		if (is_under_way(call) &&
		    sl_transport_is_cancelled(transport)) {
			sl_transport_cancel(call);
			return sl_error_set(
			    err, SL_ERR_CANCELLED, "interrupted");
		}
	}
	if (call->err.status != SL_OK && err != NULL)
		*err = call->err;
	return call->err.status;
}

bool
sl_backoff_fail(
    struct sl_backoff *backoff, uint64_t patience_ms, uint64_t retry_after_ms)
{
	int64_t now = sl_clock_monotonic_ms();
	int64_t pause = BACKOFF_FIRST;

	if (backoff->failures++ == 0)
		backoff->since_ms = now;
	for (unsigned i = 1; i < backoff->failures && pause < BACKOFF_MAX; i++)
		pause *= 2;
	if (pause > BACKOFF_MAX)
		pause = BACKOFF_MAX;
	if ((int64_t)retry_after_ms > pause)
		pause = (int64_t)retry_after_ms;
	backoff->next_ms = now + pause;
	return (uint64_t)(now + pause - backoff->since_ms) <= patience_ms;
}

void
sl_backoff_progress(struct sl_backoff *backoff)
{
	memset(backoff, 0, sizeof(*backoff));
}

uint64_t
sl_transport_patience(const struct sl_transport *transport, uint64_t max_ms)
{
	uint64_t patience = transport->options.patience_ms == 0
	    ? PATIENCE_MS
	    : transport->options.patience_ms;

	return patience < max_ms ? patience : max_ms;
}

enum sl_status
sl_transport_pause(struct sl_transport *transport,
    const struct sl_backoff *backoff, struct sl_error *err)
{
	int64_t left;

	while ((left = backoff->next_ms - sl_clock_monotonic_ms()) > 0) {
		if (sl_transport_is_cancelled(transport))
			return sl_error_set(
			    err, SL_ERR_CANCELLED, "interrupted");
		sl_transport_step(transport, left < 100 ? (int)left : 100);
	}
	return SL_OK;
}
