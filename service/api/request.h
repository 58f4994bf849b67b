/* One request on its way to its answer.
 *
 * A request lives as long as its exchange, and longer if replies of the store
 * are still under way.  A handler starts store calls with request_call() and
 * begins each reply with request_reply(), which says whether anybody still
 * waits.  Answer exactly once, by one of the calls below or by a delivery. */
#ifndef SL_API_REQUEST_H
#define SL_API_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "route.h"
#include "sluice/base/error.h"
#include "sluice/base/uuid.h"
#include "sluice/net/exchange.h"
#include "sluice/session/session.h"
#include "sluice/store/dataset.h"

struct sl_api;
struct sl_delivery;

#define REQUEST_TEXTS_MAX  32
#define REQUEST_FIELDS_MAX 20

struct request {
	struct sl_api *api;
	struct sl_exchange *exchange; /* NULL when it has ended */
	const struct sl_http_request *http;
	const struct route *route; /* NULL before one was found */
	struct sl_slice params[ROUTE_PARAMS_MAX];
	char id[SL_UUID_TEXT_LEN + 1];
	int64_t began_ms;
	unsigned calls;        /* store calls under way */
	unsigned status;       /* answered, or 0 */
	uint64_t answer_bytes; /* of an answer that is not pulled */
	char code[SL_ERROR_CODE_MAX];
	bool has_account;
	struct sl_account account;
	/* Of routes that name a dataset. */
	struct sl_dataset dataset;
	char dataset_name[SL_DATASET_NAME_MAX + 1];
	struct sl_delivery *delivery;
	/* The handler's own; freed by state_free. */
	void *state;
	void (*state_free)(void *state);
	char *texts[REQUEST_TEXTS_MAX];
	size_t text_count;
	struct sl_http_field fields[REQUEST_FIELDS_MAX];
	size_t field_count;
};

/* One more reply will come. */
void request_call(struct request *request);
/* It came; false, and the request may be gone, if nobody waits any more. */
bool request_reply(struct request *request);

struct sl_db *request_db(const struct request *request);
/* The customer, or NULL for a caller without a token. */
const struct sl_uuid *request_customer(const struct request *request);

/* A copy that lives as long as the request; NULL when out of memory. */
const char *request_text(struct request *request, struct sl_slice text);

/* Query: NULL if the key is absent or empty. */
const char *request_query(struct request *request, const char *key);
/* A decimal number of at most `max`. */
SL_MUST_CHECK enum sl_status request_number(struct request *request,
    const char *key, uint64_t max, uint64_t fallback, uint64_t *out,
    struct sl_error *err);
/* *has is false if the key is absent. */
SL_MUST_CHECK enum sl_status request_uuid(struct request *request,
    const char *key, struct sl_uuid *out, bool *has, struct sl_error *err);

/* Does the caller prefer HTML (a browser)? */
bool request_wants_html(const struct request *request);

/* A header of the answer; both texts are borrowed until the request ends. */
void request_field(
    struct request *request, const char *name, const char *value);

void request_respond(struct request *request, unsigned status,
    const char *media_type, struct sl_slice body);
/* 200 with a strong ETag, or 304. */
void request_respond_json(struct request *request, json_t *value);

/* A problem document, or a page for browsers.  An error of PostgreSQL or of
 * ours says nothing of its inside; the log does. */
void request_fail(struct request *request, const struct sl_error *err);

/* The same, always as a problem document, with the members of `more` added. */
void request_fail_with(
    struct request *request, const struct sl_error *err, json_t *more);

/* At the end of a handler: one more reply will come, or the call failed. */
void request_called(
    struct request *request, enum sl_status status, const struct sl_error *err);

/* Text with its SHA-256 in hexadecimal as a strong ETag, or 304. */
void request_respond_text(
    struct request *request, const char *sha256, struct sl_slice text);

/* The plain case of a handler that gives JSON from the store. */
void request_on_json(void *ctx, enum sl_status status, json_t *value,
    const struct sl_error *err);

#endif /* SL_API_REQUEST_H */
