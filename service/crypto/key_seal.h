/* A secret key under a passphrase: Argon2id makes the key of a secretbox
 * (XSalsa20-Poly1305, libsodium) around the 74 bytes of the plain form. */
#ifndef SL_CRYPTO_KEY_SEAL_H
#define SL_CRYPTO_KEY_SEAL_H

#include "sluice/base/slice.h"
#include "sluice/base/status.h"

#include "key_file.h"

/* "Es", salt, nonce, box. */
#define KEY_SEALED_ALGORITHM "Es"
#define KEY_SEALED_BYTES     (2 + 16 + 24 + KEY_SECRET_BYTES + 16)

/* SL_ERR_NOMEM if Argon2id's memory is not there. */
SL_MUST_CHECK enum sl_status sl_key_seal(unsigned char out[KEY_SEALED_BYTES],
    const unsigned char raw[KEY_SECRET_BYTES], struct sl_slice passphrase);

/* SL_ERR_AUTH for a wrong passphrase or changed bytes: nobody can tell which.
 * The caller wipes `raw`. */
SL_MUST_CHECK enum sl_status sl_key_unseal(unsigned char raw[KEY_SECRET_BYTES],
    const unsigned char sealed[KEY_SEALED_BYTES], struct sl_slice passphrase);

#endif /* SL_CRYPTO_KEY_SEAL_H */
