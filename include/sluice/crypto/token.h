/* Bearer tokens and the pepper that hashes them.
 *
 * A token is "slc_live_", 22 base62 digits of 128 random bits, and 6 base62
 * digits of the CRC-32 of all that is before them, so that a mistyped or
 * truncated token is refused without asking the database and a secret scanner
 * can recognise one.  The database keeps only HMAC-SHA-256(pepper, token). */
#ifndef SLUICE_CRYPTO_TOKEN_H
#define SLUICE_CRYPTO_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/secret.h"
#include "sluice/base/slice.h"
#include "sluice/crypto/hmac.h"

#define SL_TOKEN_PREFIX "slc_live_"
#define SL_TOKEN_LEN    37
#define SL_PEPPER_BYTES 32

/* A new token and a NUL.  The caller wipes it. */
void sl_token_make(char out[SL_TOKEN_LEN + 1]);

/* Prefix, length, digits and checksum are right. */
bool sl_token_is_well_formed(struct sl_slice token);

/* What the database keeps. */
void sl_token_mac(unsigned char out[SL_HMAC_BYTES],
    const struct sl_secret *pepper, struct sl_slice token);

/* Read the pepper: a file of exactly SL_PEPPER_BYTES raw bytes.
 * SL_ERR_AUTH if group or others can read it. */
SL_MUST_CHECK enum sl_status sl_pepper_load(
    struct sl_secret *out, const char *path, struct sl_error *err);

/* Create one, mode 0600, fsynced; SL_ERR_EXISTS rather than replace. */
SL_MUST_CHECK enum sl_status sl_pepper_create(
    const char *path, struct sl_error *err);

/* CRC-32 (ISO-HDLC, as in zip and PNG). */
uint32_t sl_crc32(struct sl_slice bytes);

#endif /* SLUICE_CRYPTO_TOKEN_H */
