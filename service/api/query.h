/* Query strings that several resources share. */
#ifndef SL_API_QUERY_H
#define SL_API_QUERY_H

#include "request.h"
#include "sluice/catalog/layer.h"

/* q, kind, cursor, limit; `where`, and facets as keys of their own, which are
 * joined with it. */
SL_MUST_CHECK enum sl_status query_catalog(struct request *request,
    struct sl_catalog_query *out, struct sl_error *err);

/* The key's value, NULL if it is not there.  An empty one, which some would
 * take for everything and others for nothing, is SL_ERR_INVALID, code
 * empty_filter. */
SL_MUST_CHECK enum sl_status query_filter(struct request *request,
    const char *key, const char **out, struct sl_error *err);

/* where= the same way; code bad_where if it is not a filter. */
SL_MUST_CHECK enum sl_status query_check_where(
    struct request *request, const char **out, struct sl_error *err);

/* What the delivery is for: *text, which may be NULL, becomes its one text;
 * code bad_purpose if it is none. */
SL_MUST_CHECK enum sl_status query_purpose(
    struct request *request, const char **text, struct sl_error *err);

/* layers=: *has is false for all of them, which is also "*". */
SL_MUST_CHECK enum sl_status query_layers(struct request *request,
    struct sl_layers *out, bool *has, struct sl_error *err);

/* licence=, or the licence that the token is for.  Another than the token's is
 * SL_ERR_NOT_FOUND, code licence_not_found. */
SL_MUST_CHECK enum sl_status query_licence(struct request *request,
    struct sl_uuid *out, bool *has, struct sl_error *err);

/* May the customer have one more thing kept now?  SL_ERR_QUOTA, code
 * rate_limited. */
SL_MUST_CHECK enum sl_status query_turn(
    struct request *request, struct sl_error *err);

/* The body as strict JSON, for the caller to json_decref; code bad_body. */
SL_MUST_CHECK enum sl_status query_json(
    struct request *request, json_t **out, struct sl_error *err);
/* The same code for what was wrong inside, unless it has one. */
SL_MUST_CHECK enum sl_status query_blame_body(
    enum sl_status status, struct sl_error *err);

/* A must-have member: `min` to `max` characters on one line, borrowed. */
SL_MUST_CHECK enum sl_status query_words(const char **out, const json_t *body,
    const char *key, size_t min, size_t max, struct sl_error *err);
/* Up to `max` characters, on as many lines as it likes. */
SL_MUST_CHECK enum sl_status query_prose(const char **out, const json_t *body,
    const char *key, size_t max, struct sl_error *err);

/* "https://" and the host that the client asked; SL_ERR_INVALID if that has
 * odd characters. */
SL_MUST_CHECK enum sl_status query_endpoint(const struct request *request,
    char *out, size_t size, struct sl_error *err);

struct sl_fetch;

/* The body of fetch and quote; `fetch` is initialised. */
SL_MUST_CHECK enum sl_status query_body(
    struct request *request, struct sl_fetch *fetch, struct sl_error *err);

#endif /* SL_API_QUERY_H */
