/* Ed25519 keys and their files.
 *
 * A verify key is a value: 8 bytes of id and the public key.  Its text is
 * what minisign and signify print: base64("Ed", id, key), "RW…".  NAME.pub
 * holds one comment line and that text, and is a minisign and signify public
 * key.  NAME.key is ours: "untrusted comment: sluice secret key" and
 * base64("Ed", id, 64 bytes of secret key), mode 0600.  Under a passphrase
 * that line is base64("Es", salt, nonce, box): Argon2id at libsodium's
 * "moderate" limits (256 MiB) and a secretbox around the plain form.
 *
 * A sign key keeps its secret in guarded memory that free wipes; the caller
 * owns it.  Once made, any thread may use it. */
#ifndef SLUICE_CRYPTO_KEY_H
#define SLUICE_CRYPTO_KEY_H

#include <stdbool.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

#define SL_KEY_ID_BYTES    8
#define SL_KEY_BYTES       32
#define SL_SIGNATURE_BYTES 64
/* Characters of a verify key's text. */
#define SL_KEY_TEXT_LEN 56
/* Characters of a public key in PEM, three lines. */
#define SL_KEY_PEM_LEN 113
/* Digits of a key id as minisign prints it. */
#define SL_KEY_ID_TEXT_LEN 16

struct sl_verify_key {
	unsigned char id[SL_KEY_ID_BYTES];
	unsigned char bytes[SL_KEY_BYTES];
};

struct sl_sign_key;

/* A new pair; its id is the first 8 bytes of BLAKE2b-256(public key). */
SL_MUST_CHECK enum sl_status sl_sign_key_generate(struct sl_sign_key **out);

/* Read NAME.key.  SL_ERR_AUTH if group or others can read it, with code
 * passphrase_needed if it is under a passphrase; SL_ERR_INVALID if it is not a
 * key file or its halves do not belong together. */
SL_MUST_CHECK enum sl_status sl_sign_key_load(
    struct sl_sign_key **out, const char *path, struct sl_error *err);

/* The same of a key under a passphrase.  SL_ERR_AUTH with code
 * wrong_passphrase, SL_ERR_INVALID if it is under none. */
SL_MUST_CHECK enum sl_status sl_sign_key_load_sealed(struct sl_sign_key **out,
    const char *path, struct sl_slice passphrase, struct sl_error *err);

/* Create NAME.key, mode 0600, fsynced; SL_ERR_EXISTS rather than replace. */
SL_MUST_CHECK enum sl_status sl_sign_key_save(
    const struct sl_sign_key *key, const char *path, struct sl_error *err);

/* The same under a passphrase, which is not empty. */
SL_MUST_CHECK enum sl_status sl_sign_key_save_sealed(
    const struct sl_sign_key *key, const char *path, struct sl_slice passphrase,
    struct sl_error *err);

/* The public half. */
void sl_sign_key_public(
    const struct sl_sign_key *key, struct sl_verify_key *out);

/* Plain Ed25519 over the raw bytes (RFC 8032, section 5.1). */
void sl_sign_key_sign(const struct sl_sign_key *key,
    unsigned char out[SL_SIGNATURE_BYTES], struct sl_slice message);

/* Wipes.  NULL is allowed. */
void sl_sign_key_free(struct sl_sign_key *key);

/* The text "RW…", whole slice, nothing around it; else SL_ERR_INVALID. */
SL_MUST_CHECK enum sl_status sl_verify_key_parse(
    struct sl_verify_key *out, struct sl_slice text);

/* Writes SL_KEY_TEXT_LEN characters and a NUL. */
void sl_verify_key_format(
    char out[SL_KEY_TEXT_LEN + 1], const struct sl_verify_key *key);

/* The id as minisign prints it: 16 upper-case digits, last byte first. */
void sl_verify_key_format_id(
    char out[SL_KEY_ID_TEXT_LEN + 1], const struct sl_verify_key *key);

/* The key as openssl reads it, SubjectPublicKeyInfo in PEM (RFC 8410), with a
 * NUL. */
void sl_verify_key_format_pem(
    char out[SL_KEY_PEM_LEN + 1], const struct sl_verify_key *key);

/* Read NAME.pub (ours, minisign's or signify's), or a file with the text
 * only. */
SL_MUST_CHECK enum sl_status sl_verify_key_load(
    struct sl_verify_key *out, const char *path, struct sl_error *err);

/* Write NAME.pub; replaces what is there. */
SL_MUST_CHECK enum sl_status sl_verify_key_save(
    const struct sl_verify_key *key, const char *path, struct sl_error *err);

/* Same id and same key. */
bool sl_verify_key_is(
    const struct sl_verify_key *a, const struct sl_verify_key *b);

/* SL_OK if `signature` is this key's over `message`, else SL_ERR_INTEGRITY.
 * Refuses small-order keys and non-canonical encodings. */
SL_MUST_CHECK enum sl_status sl_verify_key_check(
    const struct sl_verify_key *key, struct sl_slice message,
    const unsigned char signature[SL_SIGNATURE_BYTES]);

#endif /* SLUICE_CRYPTO_KEY_H */
