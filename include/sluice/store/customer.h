/* Customers, tokens, publishers, settings and the audit log, for sluicectl.
 *
 * Every change is audited with the login and the reason given.  Names are
 * slugs.  Lists are arrays of objects with a "name". */
#ifndef SLUICE_STORE_CUSTOMER_H
#define SLUICE_STORE_CUSTOMER_H

#include <stdint.h>

#include "sluice/store/reply.h"

/* SL_ERR_EXISTS, code customer_exists. */
SL_MUST_CHECK enum sl_status sl_store_customer_add(json_t **out,
    struct sl_db *db, const char *name, const char *title, const char *contact,
    const char *reason, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_store_customer_list(
    json_t **out, struct sl_db *db, struct sl_error *err);

/* With licences and tokens. */
SL_MUST_CHECK enum sl_status sl_store_customer_show(
    json_t **out, struct sl_db *db, const char *name, struct sl_error *err);

struct sl_token_new {
	const char *customer;
	const char *licence;   /* id, or NULL: all of the customer's */
	const char *name;      /* NULL: "default" */
	unsigned char mac[32]; /* HMAC-SHA-256(pepper, token) */
	char tail[8];          /* last characters, to tell tokens apart */
	unsigned scopes;       /* SL_SCOPE_…; 0: all */
	int64_t expires_us;    /* 0: one year from now */
	const char *reason;
};

/* SL_ERR_LIMIT, code token_limit: two live tokens of one name, for rotation. */
SL_MUST_CHECK enum sl_status sl_store_token_issue(json_t **out,
    struct sl_db *db, const struct sl_token_new *token, struct sl_error *err);
/* customer NULL: all. */
SL_MUST_CHECK enum sl_status sl_store_token_list(
    json_t **out, struct sl_db *db, const char *customer, struct sl_error *err);
/* `token` is its id. */
SL_MUST_CHECK enum sl_status sl_store_token_revoke(json_t **out,
    struct sl_db *db, const char *token, const char *reason,
    struct sl_error *err);

/* `login` is a PostgreSQL role that is a member of sluice_publisher. */
SL_MUST_CHECK enum sl_status sl_store_publisher_add(json_t **out,
    struct sl_db *db, const char *name, const char *title, const char *login,
    const char *reason, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_store_publisher_list(
    json_t **out, struct sl_db *db, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_store_key_revoke(json_t **out, struct sl_db *db,
    const char *public_key, const char *reason, struct sl_error *err);

/* The keys a customer's profile pins for a customer's datasets: array of
 * "RW…"; customer NULL: all active keys. */
SL_MUST_CHECK enum sl_status sl_store_trusted_keys(
    json_t **out, struct sl_db *db, const char *customer, struct sl_error *err);

/* Newest first; limit 0: 100. */
SL_MUST_CHECK enum sl_status sl_store_audit_list(
    json_t **out, struct sl_db *db, uint32_t limit, struct sl_error *err);

SL_MUST_CHECK enum sl_status sl_store_setting_list(
    json_t **out, struct sl_db *db, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_store_setting_set(json_t **out,
    struct sl_db *db, const char *name, const char *value, const char *reason,
    struct sl_error *err);

#endif /* SLUICE_STORE_CUSTOMER_H */
