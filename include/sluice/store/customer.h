/* Customers, for sluicectl.
 *
 * Every change is audited with the login and the reason given.  Names are
 * slugs.  Lists are arrays of objects with a "name".  What a change answers
 * is the object as it is now, with "changes": {field: [old, new], …}; {} means
 * that nothing had to be changed. */
#ifndef SLUICE_STORE_CUSTOMER_H
#define SLUICE_STORE_CUSTOMER_H

#include "sluice/store/reply.h"

/* SL_ERR_EXISTS, code customer_exists, unless it is the very same. */
SL_MUST_CHECK enum sl_status sl_store_customer_add(json_t **out,
    struct sl_db *db, const char *name, const char *title, const char *contact,
    const char *reason, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_store_customer_list(
    json_t **out, struct sl_db *db, struct sl_error *err);

/* With licences, agreements, tokens and keys. */
SL_MUST_CHECK enum sl_status sl_store_customer_show(
    json_t **out, struct sl_db *db, const char *name, struct sl_error *err);

/* NULL leaves a field as it is. */
struct sl_customer_change {
	const char *customer;
	const char *name; /* the new one */
	const char *title;
	const char *contact;
	const char *reason;
};

SL_MUST_CHECK enum sl_status sl_store_customer_set(json_t **out,
    struct sl_db *db, const struct sl_customer_change *change,
    struct sl_error *err);

/* `status` active or disabled; a disabled customer's tokens are refused and
 * what is being delivered ends. */
SL_MUST_CHECK enum sl_status sl_store_customer_set_status(json_t **out,
    struct sl_db *db, const char *customer, const char *status,
    const char *reason, struct sl_error *err);

#endif /* SLUICE_STORE_CUSTOMER_H */
