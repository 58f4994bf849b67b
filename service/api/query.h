/* Query strings that several resources share. */
#ifndef SL_API_QUERY_H
#define SL_API_QUERY_H

#include "request.h"

/* q, kind, cursor, limit; `where`, and facets as keys of their own, which are
 * joined with it. */
SL_MUST_CHECK enum sl_status query_catalog(struct request *request,
    struct sl_catalog_query *out, struct sl_error *err);

/* SL_ERR_INVALID, code bad_where, if the key's value is not a filter. */
SL_MUST_CHECK enum sl_status query_check_where(
    struct request *request, const char *key, struct sl_error *err);

struct sl_fetch;

/* The body of fetch and quote; `fetch` is initialised. */
SL_MUST_CHECK enum sl_status query_body(
    struct request *request, struct sl_fetch *fetch, struct sl_error *err);

#endif /* SL_API_QUERY_H */
