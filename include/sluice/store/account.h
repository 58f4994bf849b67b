/* Who holds a token. */
#ifndef SLUICE_STORE_ACCOUNT_H
#define SLUICE_STORE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/slice.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/name.h"
#include "sluice/store/reply.h"

/* Scopes of a token, as bits. */
#define SL_SCOPE_CATALOG 1u /* catalog:read */
#define SL_SCOPE_DELIVER 2u /* deliver */
#define SL_SCOPE_USAGE   4u /* usage:read */

struct sl_account {
	struct sl_uuid customer;
	char customer_name[SL_SLUG_MAX + 1];
	struct sl_uuid token;
	unsigned scopes;
	bool has_licence; /* the token is for this licence only */
	struct sl_uuid licence;
	int64_t expires_us; /* of the token */
};

/* `account` is NULL unless SL_OK.  SL_ERR_AUTH with code unauthorized,
 * token_expired, token_revoked or customer_disabled. */
typedef void sl_account_fn(void *ctx, enum sl_status status,
    const struct sl_account *account, const struct sl_error *err);

/* `mac` is HMAC-SHA-256(pepper, token), 32 bytes. */
SL_MUST_CHECK enum sl_status sl_store_authenticate(struct sl_db *db,
    const unsigned char mac[32], sl_account_fn *fn, void *ctx,
    struct sl_error *err);

#endif /* SLUICE_STORE_ACCOUNT_H */
