/* HTTPS calls over one libcurl multi handle, all on the caller's thread.
 *
 * Certificates are always verified; redirects are not followed.  A call that
 * is answered with 4xx or 5xx never reaches on_body: its problem document
 * becomes call->err.  call->err.status is SL_OK at the end of a 2xx body.
 *
 * All calls share the client's rate limit: who has something to hand out while
 * the budget is spent is paused, and goes on in the order of that. */
#ifndef SL_CLIENT_TRANSPORT_H
#define SL_CLIENT_TRANSPORT_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/profile.h"
#include "sluice/client/client.h"

struct sl_bundle;
struct sl_bundle_body;
struct sl_transport;

enum sl_take {
	SL_TAKE_ALL,   /* the bytes were used */
	SL_TAKE_LATER, /* pause; the same bytes come again after resume */
	SL_TAKE_STOP,  /* end the call; on_body has filled call->err */
};

struct sl_call {
	/* Set before start; borrowed until the end. */
	const char *path;     /* "/v1/…", query included */
	struct sl_slice body; /* data != NULL: POST, as JSON */
	const char *accept;
	const char *extra_header; /* or NULL */
	uint64_t stall_ms;        /* 0: the default */
	enum sl_take (*on_body)(struct sl_call *call, struct sl_slice bytes);
	/* Once, from sl_transport_step; NULL is allowed. */
	void (*on_end)(struct sl_call *call);
	void *ctx;
	/* Results. */
	struct sl_error err;
	long http_status;
	bool is_transient; /* worth another try */
	uint64_t retry_after_ms;
	uint64_t received_bytes;
	/* Ours. */
	struct sl_transport *transport;
	CURL *easy;
	struct curl_slist *headers;
	struct sl_buf problem;
	char *url;
	bool is_paused;
	bool was_stopped;
	bool is_throttled;
	bool is_replayed; /* a bundle answers it */
	struct sl_bundle_body *replayed;
	struct sl_slice piece; /* of it, that is not used yet */
	struct sl_call *next_replayed;
	struct sl_call *next_throttled;
};

SL_MUST_CHECK enum sl_status sl_transport_new(struct sl_transport **out,
    const struct sl_profile *profile, const struct sl_client_options *options,
    struct sl_error *err);
/* No call may be under way.  NULL is allowed. */
void sl_transport_free(struct sl_transport *transport);

/* From now on a bundle answers; taken.  NULL: none did. */
void sl_transport_set_bundle(
    struct sl_transport *transport, struct sl_bundle *bundle);
struct sl_bundle *sl_transport_bundle(const struct sl_transport *transport);

SL_MUST_CHECK enum sl_status sl_transport_start(
    struct sl_transport *transport, struct sl_call *call, struct sl_error *err);

/* After SL_TAKE_LATER.  May call on_body. */
void sl_transport_resume(struct sl_call *call);

/* Has the server answered with 2xx? */
bool sl_transport_is_connected(const struct sl_call *call);

/* End a call that is under way, without on_end.  Others are allowed. */
void sl_transport_cancel(struct sl_call *call);

/* Move bytes, call back, and wait at most `wait_ms` if there is nothing to
 * do. */
void sl_transport_step(struct sl_transport *transport, int wait_ms);

/* End a wait early; any thread. */
void sl_transport_wake(struct sl_transport *transport);

/* Run one call to its end, with steps.  SL_ERR_CANCELLED when the client was
 * cancelled. */
SL_MUST_CHECK enum sl_status sl_transport_run(
    struct sl_transport *transport, struct sl_call *call, struct sl_error *err);

bool sl_transport_is_cancelled(const struct sl_transport *transport);
void sl_transport_note(
    const struct sl_transport *transport, const char *fmt, ...) SL_PRINTF(2, 3);

/* When to try again: doubling pauses, no longer than patience without
 * progress. */
struct sl_backoff {
	unsigned failures;
	int64_t next_ms;  /* monotonic */
	int64_t since_ms; /* of the first failure without progress */
};

/* Note a transient failure; false when patience is at its end. */
bool sl_backoff_fail(
    struct sl_backoff *backoff, uint64_t patience_ms, uint64_t retry_after_ms);
void sl_backoff_progress(struct sl_backoff *backoff);

/* How long to try: what the client was told, at most `max_ms`. */
uint64_t sl_transport_patience(
    const struct sl_transport *transport, uint64_t max_ms);

/* Wait until backoff->next_ms; SL_ERR_CANCELLED. */
SL_MUST_CHECK enum sl_status sl_transport_pause(struct sl_transport *transport,
    const struct sl_backoff *backoff, struct sl_error *err);

#endif /* SL_CLIENT_TRANSPORT_H */
