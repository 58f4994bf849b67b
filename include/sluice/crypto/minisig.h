/* minisign signature files of four lines, algorithm "Ed":
 *
 *   untrusted comment: <anything>
 *   base64("Ed", key id, signature over the message)
 *   trusted comment: <text>
 *   base64(signature over the 64 signature bytes and the text)
 *
 * Parsing is strict: these four lines, each ended by a newline, nothing else,
 * at most SL_MINISIG_MAX bytes.  The pre-hashed variant "ED" is refused, so
 * that signify and openssl check the same 64 bytes. */
#ifndef SLUICE_CRYPTO_MINISIG_H
#define SLUICE_CRYPTO_MINISIG_H

#include "sluice/base/buf.h"
#include "sluice/base/error.h"
#include "sluice/crypto/key.h"

#define SL_MINISIG_MAX 2048

struct sl_minisig {
	unsigned char key_id[SL_KEY_ID_BYTES];
	unsigned char signature[SL_SIGNATURE_BYTES];
	unsigned char comment_signature[SL_SIGNATURE_BYTES];
	struct sl_slice trusted_comment; /* borrowed from the parsed text */
};

/* Append a signature file over `message` to `out`.  The comment is one line
 * of printable UTF-8, at most 1,024 bytes, else SL_ERR_INVALID. */
SL_MUST_CHECK enum sl_status sl_minisig_write(struct sl_buf *out,
    const struct sl_sign_key *key, struct sl_slice message,
    const char *trusted_comment);

/* Only the form; nothing is verified.  SL_ERR_INVALID. */
SL_MUST_CHECK enum sl_status sl_minisig_parse(
    struct sl_minisig *out, struct sl_slice text, struct sl_error *err);

/* Check message and trusted comment with the key of `keys` that has the
 * signature's id (several may).  SL_ERR_INTEGRITY with code "unknown_key" or
 * "bad_signature", SL_ERR_INVALID for a malformed file.  `signer` (NULL is
 * allowed) becomes the index in `keys` of the key that signed. */
SL_MUST_CHECK enum sl_status sl_minisig_verify(struct sl_slice text,
    struct sl_slice message, const struct sl_verify_key *keys, size_t key_count,
    size_t *signer, struct sl_error *err);

#endif /* SLUICE_CRYPTO_MINISIG_H */
