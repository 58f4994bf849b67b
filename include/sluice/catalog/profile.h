/* A customer's profile file: where the server is, who the customer is, and
 * which keys to trust.  Holds a secret: keep it 0600. */
#ifndef SLUICE_CATALOG_PROFILE_H
#define SLUICE_CATALOG_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/base/slice.h"
#include "sluice/catalog/trust.h"
#include "sluice/crypto/token.h"

#define SL_PROFILE_BYTES_MAX (256 * 1024)
#define SL_PROFILE_ROOTS_MAX 16
/* "RW…" of a minisign public key: base64 of 42 bytes. */
#define SL_PROFILE_ROOT_LEN 56
#define SL_PROFILE_URL_MAX  512

/* The owner embeds it and calls clear, which wipes the token. */
struct sl_profile {
	char endpoint[SL_PROFILE_URL_MAX + 1]; /* https://host[:port] */
	char token[SL_TOKEN_LEN + 1];
	int64_t expires_us;
	/* What everything else hangs on; version 0: trusts nobody yet. */
	struct sl_trust_pin pin;
	/* What statements are signed by; may be none. */
	char billing[SL_PROFILE_ROOTS_MAX][SL_PROFILE_ROOT_LEN + 1];
	size_t billing_count;
	char *ca; /* PEM text, or NULL for the system's store; owned */
};

void sl_profile_init(struct sl_profile *profile);
void sl_profile_clear(struct sl_profile *profile);

/* *out must be initialised and is replaced on success only.  A token
 * without the right form or checksum is refused. */
SL_MUST_CHECK enum sl_status sl_profile_parse(
    struct sl_profile *out, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status sl_profile_format(
    struct sl_buf *buf, const struct sl_profile *profile);

#endif /* SLUICE_CATALOG_PROFILE_H */
