/* Query strings that several resources share. */
#ifndef SL_API_QUERY_H
#define SL_API_QUERY_H

#include "request.h"

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

struct sl_fetch;

/* The body of fetch and quote; `fetch` is initialised. */
SL_MUST_CHECK enum sl_status query_body(
    struct request *request, struct sl_fetch *fetch, struct sl_error *err);

#endif /* SL_API_QUERY_H */
