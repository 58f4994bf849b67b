/* A customer's connection to a server: profile, transport, simple JSON calls.
 *
 * The caller owns the client.  One thread uses it; nothing is printed. */
#ifndef SLUICE_CLIENT_CLIENT_H
#define SLUICE_CLIENT_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/profile.h"

struct sl_client;

struct sl_client_options {
	/* PEM file that alone is trusted; NULL: the profile's certificate,
	 * else $SSL_CERT_FILE, else the system's store. */
	const char *ca_file;
	/* Bytes per second over all deliveries; 0: no limit. */
	uint64_t rate_bytes;
	/* For how long failures of the network are tried again without
	 * progress; 0: a minute. */
	uint64_t patience_ms;
	/* How old the newest statement of the witnesses may be; 0: the
	 * default (freshness.h). */
	uint64_t max_age_ms;
	/* Polled between steps; true ends the call with SL_ERR_CANCELLED.
	 * NULL: never. */
	bool (*is_cancelled)(void);
	/* One line for a person, e.g. that a call is tried again; or NULL. */
	void (*on_note)(void *ctx, const char *text);
	void *note_ctx;
};

/* Copies what it needs.  SL_ERR_INVALID for an endpoint that is not https. */
SL_MUST_CHECK enum sl_status sl_client_new(struct sl_client **out,
    const struct sl_profile *profile, const struct sl_client_options *options,
    struct sl_error *err);

/* From now on the file answers in place of the server: only pulls and plans
 * work.  SL_ERR_INTEGRITY with code bundle_truncated, bundle_damaged or
 * bundle_incomplete. */
SL_MUST_CHECK enum sl_status sl_client_use_bundle(
    struct sl_client *client, const char *path, struct sl_error *err);

bool sl_client_has_bundle(const struct sl_client *client);

/* Wipes the token.  NULL is allowed. */
void sl_client_free(struct sl_client *client);

/* GET `path` ("/v1/usage"); the caller owns *out.  A refusal of the server has
 * the code of its problem document: 401 is SL_ERR_AUTH, 403 SL_ERR_DENIED or
 * SL_ERR_QUOTA, 404 SL_ERR_NOT_FOUND, 409 SL_ERR_CONFLICT, 429 SL_ERR_QUOTA,
 * others SL_ERR_NETWORK. */
SL_MUST_CHECK enum sl_status sl_client_get(struct sl_client *client,
    const char *path, json_t **out, struct sl_error *err);

/* GET something that is not JSON: append it to `out`, as far as that goes. */
SL_MUST_CHECK enum sl_status sl_client_get_bytes(struct sl_client *client,
    const char *path, const char *accept, struct sl_buf *out,
    struct sl_error *err);

/* POST a JSON body. */
SL_MUST_CHECK enum sl_status sl_client_post(struct sl_client *client,
    const char *path, struct sl_slice body, json_t **out, struct sl_error *err);

/* Append `text` percent-encoded for a query. */
SL_MUST_CHECK enum sl_status sl_client_escape(
    struct sl_buf *buf, const char *text);

#endif /* SLUICE_CLIENT_CLIENT_H */
