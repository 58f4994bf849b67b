/* Receipts: what a customer signed about what it holds, and the keys it signs
 * with.  The signature is checked before the database is asked. */
#ifndef SLUICE_STORE_RECEIPT_H
#define SLUICE_STORE_RECEIPT_H

#include <stdint.h>

#include "sluice/base/slice.h"
#include "sluice/base/uuid.h"
#include "sluice/store/reply.h"

/* ---- sluiced ---- */

/* {"key","key_id","status","created"}; the same key again is no error.
 * SL_ERR_INVALID, code bad_key; SL_ERR_EXISTS, code key_exists, if another
 * customer has it; SL_ERR_LIMIT, code too_many_keys. */
SL_MUST_CHECK enum sl_status sl_store_customer_key_add(struct sl_db *db,
    const struct sl_uuid *customer, const char *public_key, sl_json_fn *fn,
    void *ctx, struct sl_error *err);

/* Active ones: ["RW…", …]. */
SL_MUST_CHECK enum sl_status sl_store_customer_keys(struct sl_db *db,
    const struct sl_uuid *customer, sl_json_fn *fn, void *ctx,
    struct sl_error *err);

struct sl_receipt_new {
	struct sl_uuid customer;
	const char *public_key; /* that verified it, one of the customer's */
	struct sl_slice text;   /* as signed */
	struct sl_slice minisig;
};

/* {"number":n,"licence","on_chain":bool,"row":{"number","head"}}: `row` is the
 * server's row of that number (its newest if there is none).  A receipt that
 * is not on the chain is kept all the same.  The same bytes again give the
 * same answer.  SL_ERR_INVALID, code bad_receipt; SL_ERR_NOT_FOUND, code
 * licence_not_found. */
SL_MUST_CHECK enum sl_status sl_store_receipt_add(struct sl_db *db,
    const struct sl_receipt_new *receipt, sl_json_fn *fn, void *ctx,
    struct sl_error *err);

/* {"receipts":[…]}, newest first, at most 1000; licence NULL: all. */
SL_MUST_CHECK enum sl_status sl_store_customer_receipts(struct sl_db *db,
    const struct sl_uuid *customer, const struct sl_uuid *licence,
    sl_json_fn *fn, void *ctx, struct sl_error *err);

/* ---- sluicectl ---- */

/* Array, newest first; customer, licence NULL: all. */
SL_MUST_CHECK enum sl_status sl_store_receipt_list(json_t **out,
    struct sl_db *db, const char *customer, const char *licence,
    struct sl_error *err);

/* One that came back as a file; the caller has checked its signature.  A key
 * that nobody has is registered as the customer's.  "on_chain" of the answer
 * says whether its ledger head is ours. */
SL_MUST_CHECK enum sl_status sl_store_receipt_carry(json_t **out,
    struct sl_db *db, const struct sl_receipt_new *receipt, const char *reason,
    struct sl_error *err);

SL_MUST_CHECK enum sl_status sl_store_customer_key_revoke(json_t **out,
    struct sl_db *db, const char *public_key, const char *reason,
    struct sl_error *err);

#endif /* SLUICE_STORE_RECEIPT_H */
