#include "key_seal.h"

#include <string.h>

#include <sodium.h>

#include "sodium_start.h"

/* libsodium's "moderate": about a second and 256 MiB for each guess.  Fixed,
 * so that a file cannot ask for more. */
#define SEAL_OPS       3
#define SEAL_MEM_BYTES ((size_t)256 * 1024 * 1024)

#define SALT_AT  2
#define NONCE_AT (SALT_AT + crypto_pwhash_SALTBYTES)
#define BOX_AT   (NONCE_AT + crypto_secretbox_NONCEBYTES)

_Static_assert(
    BOX_AT + crypto_secretbox_MACBYTES + KEY_SECRET_BYTES == KEY_SEALED_BYTES,
    "the sealed form has no gap");

static enum sl_status
derive(unsigned char key[crypto_secretbox_KEYBYTES], const unsigned char *salt,
    struct sl_slice passphrase)
{
	sl_sodium_start();
	return crypto_pwhash(key, crypto_secretbox_KEYBYTES,
	           (const char *)passphrase.data, passphrase.len, salt,
	           SEAL_OPS, SEAL_MEM_BYTES, crypto_pwhash_ALG_ARGON2ID13) == 0
	    ? SL_OK
	    : SL_ERR_NOMEM;
}

enum sl_status
sl_key_seal(unsigned char out[KEY_SEALED_BYTES],
    const unsigned char raw[KEY_SECRET_BYTES], struct sl_slice passphrase)
{
	unsigned char key[crypto_secretbox_KEYBYTES];
	enum sl_status status;

	sl_sodium_start();
	memcpy(out, KEY_SEALED_ALGORITHM, SALT_AT);
	randombytes_buf(out + SALT_AT, BOX_AT - SALT_AT);
	status = derive(key, out + SALT_AT, passphrase);
	if (status == SL_OK)
		(void)crypto_secretbox_easy(
		    out + BOX_AT, raw, KEY_SECRET_BYTES, out + NONCE_AT, key);
	sodium_memzero(key, sizeof(key));
	return status;
}

enum sl_status
sl_key_unseal(unsigned char raw[KEY_SECRET_BYTES],
    const unsigned char sealed[KEY_SEALED_BYTES], struct sl_slice passphrase)
{
	unsigned char key[crypto_secretbox_KEYBYTES];
	enum sl_status status = derive(key, sealed + SALT_AT, passphrase);

	if (status == SL_OK &&
	    crypto_secretbox_open_easy(raw, sealed + BOX_AT,
	        KEY_SEALED_BYTES - BOX_AT, sealed + NONCE_AT, key) != 0)
		status = SL_ERR_AUTH;
	sodium_memzero(key, sizeof(key));
	return status;
}
