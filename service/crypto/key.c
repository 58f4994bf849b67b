#include "sluice/crypto/key.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "sluice/base/base64.h"
#include "sluice/base/file.h"
#include "sluice/base/secret.h"
#include "sluice/crypto/blake2b.h"

#include "key_file.h"
#include "key_seal.h"
#include "sodium_start.h"

#define SECRET_COMMENT KEY_COMMENT "sluice secret key\n"
#define SEALED_COMMENT KEY_COMMENT "sluice secret key under a passphrase\n"
#define SECRET_FILE_MAX \
	(sizeof(SEALED_COMMENT) + SL_BASE64_LEN(KEY_SEALED_BYTES) + 1)

struct sl_sign_key {
	struct sl_verify_key public_half;
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
};

/* Guarded memory (mlock, guard pages), zeroed when freed. */
static struct sl_sign_key *
allocate_key(void)
{
	sl_sodium_start();
	return sodium_malloc(sizeof(struct sl_sign_key));
}

enum sl_status
sl_sign_key_generate(struct sl_sign_key **out)
{
	unsigned char digest[SL_BLAKE2B_BYTES];
	struct sl_sign_key *key;

	*out = NULL;
	key = allocate_key();
	if (key == NULL)
		return SL_ERR_NOMEM;
	(void)crypto_sign_keypair(key->public_half.bytes, key->secret);
	sl_blake2b_of(digest,
	    sl_slice_of(
	        key->public_half.bytes, sizeof(key->public_half.bytes)));
	memcpy(key->public_half.id, digest, sizeof(key->public_half.id));
	*out = key;
	return SL_OK;
}

/* The public half is computed again from the seed, so that a damaged file
 * cannot sign with mixed halves. */
static enum sl_status
take_raw(struct sl_sign_key *key, const unsigned char raw[KEY_SECRET_BYTES])
{
	if (memcmp(raw, KEY_ALGORITHM, strlen(KEY_ALGORITHM)) != 0)
		return SL_ERR_INVALID;
	memcpy(
	    key->public_half.id, raw + strlen(KEY_ALGORITHM), SL_KEY_ID_BYTES);
	(void)crypto_sign_seed_keypair(
	    key->public_half.bytes, key->secret, raw + KEY_PREFIX_BYTES);
	if (sodium_memcmp(
	        key->secret, raw + KEY_PREFIX_BYTES, sizeof(key->secret)) != 0)
		return SL_ERR_INVALID;
	return SL_OK;
}

static bool
is_sealed(struct sl_slice line)
{
	unsigned char sealed[KEY_SEALED_BYTES];

	return sl_base64_decode(sealed, sizeof(sealed), line) == SL_OK &&
	    memcmp(sealed, KEY_SEALED_ALGORITHM,
	        strlen(KEY_SEALED_ALGORITHM)) == 0;
}

/* `passphrase` NULL: the file is not sealed. */
static enum sl_status
parse_secret(struct sl_sign_key *key, struct sl_slice file,
    const struct sl_slice *passphrase, struct sl_error *err)
{
	unsigned char raw[KEY_SECRET_BYTES];
	unsigned char sealed[KEY_SEALED_BYTES];
	struct sl_slice line;
	enum sl_status status = sl_key_file_line(&line, file);

	if (status == SL_OK && is_sealed(line) != (passphrase != NULL))
		return is_sealed(line)
		    ? sl_error_code(err, SL_ERR_AUTH, "passphrase_needed",
		          "the key is under a passphrase")
		    : sl_error_set(err, SL_ERR_INVALID,
		          "not a sluice secret key under a passphrase");
	if (status == SL_OK && passphrase == NULL)
		status = sl_base64_decode(raw, sizeof(raw), line);
	if (status == SL_OK && passphrase != NULL) {
		status = sl_base64_decode(sealed, sizeof(sealed), line);
		if (status == SL_OK)
			status = sl_key_unseal(raw, sealed, *passphrase);
	}
	if (status == SL_OK)
		status = take_raw(key, raw);
	sodium_memzero(raw, sizeof(raw));
	if (status == SL_ERR_AUTH)
		return sl_error_code(
		    err, status, "wrong_passphrase", "the passphrase is wrong");
	return status == SL_OK
	    ? SL_OK
	    : sl_error_set(err, status,
	          status == SL_ERR_NOMEM ? "out of memory"
	                                 : "not a sluice secret key");
}

static enum sl_status
load(struct sl_sign_key **out, const char *path,
    const struct sl_slice *passphrase, struct sl_error *err)
{
	struct sl_secret file;
	struct sl_sign_key *key;
	enum sl_status status;

	*out = NULL;
	status = sl_secret_read_file(&file, path, KEY_FILE_MAX, err);
	if (status != SL_OK)
		return status;
	key = allocate_key();
	if (key == NULL) {
		sl_secret_clear(&file);
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	status = parse_secret(key, sl_secret_slice(&file), passphrase, err);
	sl_secret_clear(&file);
	if (status != SL_OK) {
		sl_sign_key_free(key);
		return sl_error_prefix(err, status, "%s", path);
	}
	*out = key;
	return SL_OK;
}

enum sl_status
sl_sign_key_load(
    struct sl_sign_key **out, const char *path, struct sl_error *err)
{
	return load(out, path, NULL, err);
}

enum sl_status
sl_sign_key_load_sealed(struct sl_sign_key **out, const char *path,
    struct sl_slice passphrase, struct sl_error *err)
{
	return load(out, path, &passphrase, err);
}

static void
fill_raw(unsigned char raw[KEY_SECRET_BYTES], const struct sl_sign_key *key)
{
	memcpy(raw, KEY_ALGORITHM, strlen(KEY_ALGORITHM));
	memcpy(
	    raw + strlen(KEY_ALGORITHM), key->public_half.id, SL_KEY_ID_BYTES);
	memcpy(raw + KEY_PREFIX_BYTES, key->secret, sizeof(key->secret));
}

static enum sl_status
save_line(const char *path, const char *comment, const unsigned char *bytes,
    size_t len, struct sl_error *err)
{
	char text[SECRET_FILE_MAX];
	size_t at = strlen(comment);
	enum sl_status status;

	memcpy(text, comment, at);
	sl_base64_encode(text + at, bytes, len);
	at += SL_BASE64_LEN(len);
	text[at++] = '\n';
	status = sl_key_file_create(path, sl_slice_of(text, at), err);
	sodium_memzero(text, sizeof(text));
	return status;
}

enum sl_status
sl_sign_key_save(
    const struct sl_sign_key *key, const char *path, struct sl_error *err)
{
	unsigned char raw[KEY_SECRET_BYTES];
	enum sl_status status;

	fill_raw(raw, key);
	status = save_line(path, SECRET_COMMENT, raw, sizeof(raw), err);
	sodium_memzero(raw, sizeof(raw));
	return status;
}

enum sl_status
sl_sign_key_save_sealed(const struct sl_sign_key *key, const char *path,
    struct sl_slice passphrase, struct sl_error *err)
{
	unsigned char raw[KEY_SECRET_BYTES];
	unsigned char sealed[KEY_SEALED_BYTES];
	enum sl_status status;

	if (passphrase.len == 0)
		return sl_error_set(
		    err, SL_ERR_INVALID, "the passphrase is empty");
	fill_raw(raw, key);
	status = sl_key_seal(sealed, raw, passphrase);
	sodium_memzero(raw, sizeof(raw));
	if (status != SL_OK)
		return sl_error_set(err, status,
		    "there is not enough memory for a passphrase (256 MiB)");
	return save_line(path, SEALED_COMMENT, sealed, sizeof(sealed), err);
}

void
sl_sign_key_public(const struct sl_sign_key *key, struct sl_verify_key *out)
{
	*out = key->public_half;
}

void
sl_sign_key_sign(const struct sl_sign_key *key,
    unsigned char out[SL_SIGNATURE_BYTES], struct sl_slice message)
{
	(void)crypto_sign_detached(
	    out, NULL, message.data, message.len, key->secret);
}

void
sl_sign_key_free(struct sl_sign_key *key)
{
	sodium_free(key);
}

enum sl_status
sl_verify_key_parse(struct sl_verify_key *out, struct sl_slice text)
{
	unsigned char raw[KEY_PUBLIC_BYTES];

	if (sl_base64_decode(raw, sizeof(raw), text) != SL_OK)
		return SL_ERR_INVALID;
	if (memcmp(raw, KEY_ALGORITHM, strlen(KEY_ALGORITHM)) != 0)
		return SL_ERR_INVALID;
	memcpy(out->id, raw + strlen(KEY_ALGORITHM), sizeof(out->id));
	memcpy(out->bytes, raw + KEY_PREFIX_BYTES, sizeof(out->bytes));
	return SL_OK;
}

void
sl_verify_key_format(
    char out[SL_KEY_TEXT_LEN + 1], const struct sl_verify_key *key)
{
	unsigned char raw[KEY_PUBLIC_BYTES];

	memcpy(raw, KEY_ALGORITHM, strlen(KEY_ALGORITHM));
	memcpy(raw + strlen(KEY_ALGORITHM), key->id, sizeof(key->id));
	memcpy(raw + KEY_PREFIX_BYTES, key->bytes, sizeof(key->bytes));
	sl_base64_encode(out, raw, sizeof(raw));
}

void
sl_verify_key_format_id(
    char out[SL_KEY_ID_TEXT_LEN + 1], const struct sl_verify_key *key)
{
	for (size_t i = 0; i < SL_KEY_ID_BYTES; i++)
		snprintf(out + 2 * i, 3, "%02X",
		    (unsigned)key->id[SL_KEY_ID_BYTES - 1 - i]);
}

void
sl_verify_key_format_pem(
    char out[SL_KEY_PEM_LEN + 1], const struct sl_verify_key *key)
{
	/* SEQUENCE { SEQUENCE { 1.3.101.112 } BIT STRING } (RFC 8410) */
	static const unsigned char head[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
	    0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
	unsigned char der[sizeof(head) + SL_KEY_BYTES];
	char text[SL_BASE64_LEN(sizeof(der)) + 1];

	memcpy(der, head, sizeof(head));
	memcpy(der + sizeof(head), key->bytes, SL_KEY_BYTES);
	sl_base64_encode(text, der, sizeof(der));
	snprintf(out, SL_KEY_PEM_LEN + 1,
	    "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n", text);
}

enum sl_status
sl_verify_key_load(
    struct sl_verify_key *out, const char *path, struct sl_error *err)
{
	struct sl_buf file;
	struct sl_slice line;
	enum sl_status status;

	sl_buf_init(&file, KEY_FILE_MAX);
	status = sl_file_read(&file, path, err);
	if (status != SL_OK)
		goto out;
	line = sl_buf_slice(&file);
	if (line.len == SL_KEY_TEXT_LEN + 1 &&
	    line.data[SL_KEY_TEXT_LEN] == '\n')
		line.len--;
	if (line.len != SL_KEY_TEXT_LEN)
		status = sl_key_file_line(&line, sl_buf_slice(&file));
	if (status == SL_OK)
		status = sl_verify_key_parse(out, line);
	if (status != SL_OK)
		(void)sl_error_set(
		    err, status, "%s: not a minisign public key", path);
out:
	sl_buf_clear(&file);
	return status;
}

enum sl_status
sl_verify_key_save(
    const struct sl_verify_key *key, const char *path, struct sl_error *err)
{
	char file[KEY_FILE_MAX];
	char id[SL_KEY_ID_TEXT_LEN + 1];
	char text[SL_KEY_TEXT_LEN + 1];
	int len;

	sl_verify_key_format_id(id, key);
	sl_verify_key_format(text, key);
	len = snprintf(file, sizeof(file),
	    KEY_COMMENT "minisign public key %s\n%s\n", id, text);
	return sl_file_replace(path, sl_slice_of(file, (size_t)len), 0644, err);
}

bool
sl_verify_key_is(const struct sl_verify_key *a, const struct sl_verify_key *b)
{
	return memcmp(a->id, b->id, sizeof(a->id)) == 0 &&
	    memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

enum sl_status
sl_verify_key_check(const struct sl_verify_key *key, struct sl_slice message,
    const unsigned char signature[SL_SIGNATURE_BYTES])
{
	sl_sodium_start();
	if (crypto_sign_verify_detached(
	        signature, message.data, message.len, key->bytes) != 0)
		return SL_ERR_INTEGRITY;
	return SL_OK;
}
