/* What customers ask for: access to a dataset, or data to be collected. */
#ifndef SLUICE_STORE_REQUEST_H
#define SLUICE_STORE_REQUEST_H

#include "sluice/base/uuid.h"
#include "sluice/store/reply.h"

/* ---- sluiced ---- */

struct sl_access_request {
	struct sl_uuid customer;
	const char *kind;    /* access or collection */
	const char *dataset; /* NULL for a collection of something new */
	const char *purpose;
	const char *message;
};

/* {"id","kind","dataset","purpose","message","status":"open","answer",
 * "licence","created","decided"}.  The same request while it is open gives
 * the open one.  SL_ERR_NOT_FOUND, code not_found; SL_ERR_INVALID, code
 * bad_request; SL_ERR_LIMIT, code too_many_requests. */
SL_MUST_CHECK enum sl_status sl_store_request_add(struct sl_db *db,
    const struct sl_access_request *request, sl_json_fn *fn, void *ctx,
    struct sl_error *err);

/* {"requests":[…]}, newest first. */
SL_MUST_CHECK enum sl_status sl_store_customer_requests(struct sl_db *db,
    const struct sl_uuid *customer, sl_json_fn *fn, void *ctx,
    struct sl_error *err);

/* ---- sluicectl; changes answer as in customer.h ---- */

/* status NULL: all; else open, approved, rejected. */
SL_MUST_CHECK enum sl_status sl_store_request_list(
    json_t **out, struct sl_db *db, const char *status, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_store_request_show(
    json_t **out, struct sl_db *db, const char *id, struct sl_error *err);

/* `licence` is the one that was granted for it, NULL for a collection.
 * SL_ERR_STATE, code request_decided. */
SL_MUST_CHECK enum sl_status sl_store_request_approve(json_t **out,
    struct sl_db *db, const char *id, const char *licence, const char *reason,
    struct sl_error *err);
/* The reason is what the customer reads. */
SL_MUST_CHECK enum sl_status sl_store_request_reject(json_t **out,
    struct sl_db *db, const char *id, const char *reason, struct sl_error *err);

#endif /* SLUICE_STORE_REQUEST_H */
