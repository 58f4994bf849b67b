/* Bearer tokens, and one-time activations that become one.
 *
 * The database keeps keyed hashes only; a token or an activation code is shown
 * once, by the program that made it.  Changes answer as in customer.h. */
#ifndef SLUICE_STORE_TOKEN_H
#define SLUICE_STORE_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/store/reply.h"

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

/* A new token with the old one's customer, licence, name and scopes. */
struct sl_token_rotate {
	const char *token; /* id of the old one */
	unsigned char mac[32];
	char tail[8];
	int64_t expires_us; /* 0: one year from now */
	uint32_t overlap_s; /* the old one still works for so long */
	const char *reason;
};

/* The new token; "replaces" is the old one's id.  SL_ERR_STATE, code
 * token_not_active; SL_ERR_LIMIT, code token_limit. */
SL_MUST_CHECK enum sl_status sl_store_token_rotate(json_t **out,
    struct sl_db *db, const struct sl_token_rotate *rotate,
    struct sl_error *err);

/* `token` is its id. */
SL_MUST_CHECK enum sl_status sl_store_token_revoke(json_t **out,
    struct sl_db *db, const char *token, const char *reason,
    struct sl_error *err);

/* Every live token and open activation: {"customer","revoked":n,"changes"}. */
SL_MUST_CHECK enum sl_status sl_store_token_revoke_all(json_t **out,
    struct sl_db *db, const char *customer, const char *reason,
    struct sl_error *err);

/* ---- activations ---- */

struct sl_activation_new {
	const char *customer;
	const char *licence;        /* id, or NULL: all of the customer's */
	const char *name;           /* of the token to be; NULL: "default" */
	unsigned char code_mac[32]; /* HMAC-SHA-256(pepper, code) */
	unsigned scopes;            /* SL_SCOPE_…; 0: all */
	int64_t expires_us;         /* of the code; 0: three days from now */
	int64_t token_expires_us;   /* 0: one year after it is redeemed */
	const char *reason;
};

/* {"id","customer","licence","name","scopes","expires","status",…} */
SL_MUST_CHECK enum sl_status sl_store_activation_add(json_t **out,
    struct sl_db *db, const struct sl_activation_new *activation,
    struct sl_error *err);
/* customer NULL: all.  Status open, used, expired or revoked. */
SL_MUST_CHECK enum sl_status sl_store_activation_list(
    json_t **out, struct sl_db *db, const char *customer, struct sl_error *err);

/* For sluiced: the code becomes the token whose hash is given, once; and again,
 * with the nonce of that time, for a token in place of that one, which ends.
 * {"token":{as in token_list},"customer":{"name","title"},"keys":["RW…"],
 * "billing":["RW…"]}.  SL_ERR_NOT_FOUND, code activation_not_found;
 * SL_ERR_STATE, code activation_used or activation_expired; SL_ERR_LIMIT,
 * code token_limit. */
struct sl_activation_redeem {
	unsigned char code_mac[32];
	bool has_nonce;
	unsigned char nonce_mac[32];
	unsigned char token_mac[32];
	char tail[8];
};

SL_MUST_CHECK enum sl_status sl_store_activation_redeem(struct sl_db *db,
    const struct sl_activation_redeem *redeem, sl_json_fn *fn, void *ctx,
    struct sl_error *err);

#endif /* SLUICE_STORE_TOKEN_H */
