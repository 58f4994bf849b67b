#include "request.h"

#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "sluice/base/checked.h"
#include "sluice/base/hex.h"
#include "sluice/base/log.h"
#include "sluice/crypto/sha256.h"
#include "sluice/session/counters.h"

#define RETRY_AFTER "2"

void
request_call(struct request *request)
{
	request->calls++;
}

struct sl_db *
request_db(const struct request *request)
{
	return sl_session_parts(request->api->session)->db;
}

const struct sl_uuid *
request_customer(const struct request *request)
{
	return request->has_account ? &request->account.customer : NULL;
}

const char *
request_text(struct request *request, struct sl_slice text)
{
	char *copy;

	if (request->text_count == REQUEST_TEXTS_MAX)
		return NULL;
	copy = malloc(text.len + 1);
	if (copy == NULL)
		return NULL;
	if (text.len > 0)
		memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	request->texts[request->text_count++] = copy;
	return copy;
}

const char *
request_query(struct request *request, const char *key)
{
	struct sl_slice value;

	if (!sl_http_request_query(request->http, key, &value) ||
	    value.len == 0)
		return NULL;
	return request_text(request, value);
}

enum sl_status
request_number(struct request *request, const char *key, uint64_t max,
    uint64_t fallback, uint64_t *out, struct sl_error *err)
{
	const char *text = request_query(request, key);

	*out = fallback;
	if (text == NULL || sl_parse_u64(text, max, out))
		return SL_OK;
	return sl_error_code(err, SL_ERR_INVALID, "bad_query",
	    "%s is not a number from 0 to %llu", key, (unsigned long long)max);
}

enum sl_status
request_uuid(struct request *request, const char *key, struct sl_uuid *out,
    bool *has, struct sl_error *err)
{
	const char *text = request_query(request, key);

	*has = text != NULL;
	if (text == NULL || sl_uuid_parse(out, sl_slice_text(text)) == SL_OK)
		return SL_OK;
	return sl_error_code(err, SL_ERR_INVALID, "bad_query",
	    "%s is not a UUID in lower case", key);
}

bool
request_wants_html(const struct request *request)
{
	struct sl_slice accept;

	return sl_http_request_header(request->http, "accept", &accept) &&
	    memmem(accept.data, accept.len, "text/html", 9) != NULL;
}

void
request_field(struct request *request, const char *name, const char *value)
{
	struct sl_http_field *field;

	if (request->field_count == REQUEST_FIELDS_MAX || value == NULL)
		return;
	field = &request->fields[request->field_count++];
	field->name = name;
	field->value = value;
}

void
request_respond(struct request *request, unsigned status,
    const char *media_type, struct sl_slice body)
{
	request->status = status;
	request->answer_bytes = body.len;
	if (media_type != NULL)
		request_field(request, "Content-Type", media_type);
	if (sl_exchange_respond(request->exchange, status, request->fields,
	        request->field_count, body) != SL_OK)
		sl_exchange_abort(request->exchange);
}

/* Is the entity tag one of those the client has?  Weak tags compare too (RFC
 * 9110, section 13.1.2). */
static bool
is_known(const struct request *request, const char *etag)
{
	struct sl_slice known;

	if (!sl_http_request_header(request->http, "if-none-match", &known))
		return false;
	return sl_slice_is_text(known, "*") ||
	    memmem(known.data, known.len, etag, strlen(etag)) != NULL;
}

/* `hex` becomes a strong ETag; true if the client has that already. */
static bool
tag(struct request *request, const char *hex)
{
	char etag[2 * SL_SHA256_BYTES + 3];
	const char *kept;

	snprintf(etag, sizeof(etag), "\"%s\"", hex);
	kept = request_text(request, sl_slice_text(etag));
	request_field(request, "ETag", kept);
	request_field(request, "Cache-Control", "private, no-cache");
	request_field(request, "Vary", "Authorization");
	return is_known(request, etag);
}

void
request_respond_text(
    struct request *request, const char *sha256, struct sl_slice text)
{
	if (sha256 != NULL && tag(request, sha256))
		request_respond(request, 304, NULL, sl_slice_of(NULL, 0));
	else
		request_respond(
		    request, 200, "text/plain; charset=utf-8", text);
}

void
request_respond_json(struct request *request, json_t *value)
{
	/* 15 digits: 48.217 stays 48.217 and is not 48.216999999999999. */
	char *text = json_dumps(
	    value, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	unsigned char hash[SL_SHA256_BYTES];
	char hex[2 * SL_SHA256_BYTES + 1];
	struct sl_error err = {0};

	if (text == NULL || sl_sha256_of(hash, sl_slice_text(text)) != SL_OK) {
		free(text);
		sl_error_set(&err, SL_ERR_NOMEM, "out of memory");
		request_fail(request, &err);
		return;
	}
	sl_hex_encode(hex, hash, sizeof(hash));
	if (request->route->method == SL_HTTP_GET && tag(request, hex))
		request_respond(request, 304, NULL, sl_slice_of(NULL, 0));
	else
		request_respond(
		    request, 200, "application/json", sl_slice_text(text));
	free(text);
}

/* Not an answer of our functions, but that there is none. */
static bool
is_databases(const char *code)
{
	return code[0] == '\0' || strncmp(code, "database_", 9) == 0;
}

static unsigned
status_of(const struct sl_error *err)
{
	switch (err->status) {
	case SL_ERR_INVALID:
		return 400;
	case SL_ERR_AUTH:
		return 401;
	case SL_ERR_DENIED:
		return strcmp(err->code, "retracted") == 0 ||
		        strcmp(err->code, "erased") == 0
		    ? 410
		    : 403;
	case SL_ERR_NOT_FOUND:
		return 404;
	case SL_ERR_CONFLICT:
	case SL_ERR_EXISTS:
		return 409;
	case SL_ERR_QUOTA:
		return strncmp(err->code, "quota_", 6) == 0 ? 403 : 429;
	case SL_ERR_LIMIT:
		return is_databases(err->code) ? 503 : 429;
	case SL_ERR_STATE:
		return is_databases(err->code) ? 500 : 409;
	case SL_ERR_NETWORK:
	case SL_ERR_TIMEOUT:
	case SL_ERR_CANCELLED:
	case SL_ERR_FULL: /* PostgreSQL's disk: a server writes to no other */
		return 503;
	case SL_OK:
	case SL_ERR_NOMEM:
	case SL_ERR_IO:
	case SL_ERR_INTEGRITY:
	case SL_ERR_PARTIAL:
		break;
	}
	return 500;
}

/* Of the 503s, those that are about this server, not about its database. */
static bool
is_servers(const char *code)
{
	return strcmp(code, "server_draining") == 0 ||
	    strcmp(code, "server_busy") == 0;
}

/* What the caller may read. */
static struct sl_error
public_words(
    const struct request *request, const struct sl_error *err, unsigned status)
{
	struct sl_error words = *err;

	if (status == 503 && !is_servers(err->code)) {
		sl_log(SL_LOG_WARNING, "request=%s database: %s", request->id,
		    err->text);
		sl_error_code(&words, err->status, "database_unavailable",
		    "The server cannot reach its database; try again.");
	} else if (status == 500) {
		sl_log(SL_LOG_ERROR, "request=%s failed: %s: %s", request->id,
		    sl_status_name(err->status), err->text);
		if (strcmp(err->code, "log_damaged") == 0)
			sl_error_code(&words, err->status, err->code,
			    "The dataset's log cannot be read; nothing is sent "
			    "without its proof.");
		else
			sl_error_code(&words, err->status, "internal",
			    "Something failed in the server; it is in its "
			    "log.");
	}
	if (words.code[0] == '\0')
		snprintf(words.code, sizeof(words.code), "%s",
		    status == 404 ? "not_found" : "bad_request");
	return words;
}

static void
respond_problem(struct request *request, unsigned status,
    const struct sl_error *words, json_t *more)
{
	json_t *problem = json_pack("{s:s,s:s,s:i,s:s,s:s,s:s}", "type",
	    "about:blank", "title", sl_http_status_text(status), "status",
	    (int)status, "code", words->code, "detail", words->text,
	    "request_id", request->id);
	char *text;

	if (more != NULL)
		json_object_update_missing(problem, more);
	text = json_dumps(problem, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(problem);
	request_respond(request, status, "application/problem+json",
	    sl_slice_text(text == NULL ? "{}" : text));
	free(text);
}

static void
respond_error_page(
    struct request *request, unsigned status, const struct sl_error *words)
{
	const char *heading = status == 404 ? "There is nothing here"
	                                    : sl_http_status_text(status);
	const char *detail = status == 404
	    ? "The dataset or page does not exist, or it is private and you are "
	      "not named for it."
	    : words->text;

	sl_page_respond(request, status, "error",
	    json_pack("{s:s,s:s,s:i,s:s,s:s,s:s,s:s}", "page_title", heading,
	        "page_description", "Sluice catalog", "status", (int)status,
	        "heading", heading, "detail", detail, "code", words->code,
	        "request_id", request->id));
}

static void
fail(struct request *request, const struct sl_error *err, json_t *more)
{
	unsigned status = status_of(err);
	struct sl_error words;

	if (request->status == 405 || request->status == 408 ||
	    request->status == 415)
		status = request->status;
	words = public_words(request, err, status);
	snprintf(request->code, sizeof(request->code), "%s", words.code);
	if (status == 401) {
		sl_count(&sl_session_parts(request->api->session)
		              ->counters->auth_failures,
		    1);
		request_field(request, "WWW-Authenticate",
		    "Bearer realm=\"sluice\", error=\"invalid_token\"");
	}
	if (status == 429 || status == 503)
		request_field(request, "Retry-After", RETRY_AFTER);
	request_field(request, "Cache-Control", "no-store");
	if (more == NULL && request_wants_html(request))
		respond_error_page(request, status, &words);
	else
		respond_problem(request, status, &words, more);
}

void
request_fail(struct request *request, const struct sl_error *err)
{
	fail(request, err, NULL);
}

void
request_fail_with(
    struct request *request, const struct sl_error *err, json_t *more)
{
	fail(request, err, more);
}

void
request_called(
    struct request *request, enum sl_status status, const struct sl_error *err)
{
	if (status == SL_OK)
		request_call(request);
	else
		request_fail(request, err);
}

void
request_on_json(
    void *ctx, enum sl_status status, json_t *value, const struct sl_error *err)
{
	struct request *request = ctx;

	if (!request_reply(request))
		return;
	if (status != SL_OK)
		request_fail(request, err);
	else
		request_respond_json(request, value);
}
