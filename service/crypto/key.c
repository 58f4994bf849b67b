#include "sluice/crypto/key.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "sluice/base/base64.h"
#include "sluice/base/file.h"
#include "sluice/base/secret.h"
#include "sluice/crypto/blake2b.h"

#include "key_file.h"
#include "sodium_start.h"

#define SECRET_COMMENT KEY_COMMENT "sluice secret key\n"
#define SECRET_FILE_MAX \
	(sizeof(SECRET_COMMENT) + SL_BASE64_LEN(KEY_SECRET_BYTES) + 1)

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

/* `key` from the file's text; the public half is computed again from the
 * seed, so a damaged file cannot sign with mixed halves. */
static enum sl_status
parse_secret(struct sl_sign_key *key, struct sl_slice file)
{
	unsigned char raw[KEY_SECRET_BYTES];
	struct sl_slice line;
	enum sl_status status;

	status = sl_key_file_line(&line, file);
	if (status == SL_OK)
		status = sl_base64_decode(raw, sizeof(raw), line);
	if (status == SL_OK &&
	    memcmp(raw, KEY_ALGORITHM, strlen(KEY_ALGORITHM)) != 0)
		status = SL_ERR_INVALID;
	if (status == SL_OK) {
		memcpy(key->public_half.id, raw + strlen(KEY_ALGORITHM),
		    SL_KEY_ID_BYTES);
		(void)crypto_sign_seed_keypair(key->public_half.bytes,
		    key->secret, raw + KEY_PREFIX_BYTES);
		if (sodium_memcmp(key->secret, raw + KEY_PREFIX_BYTES,
		        sizeof(key->secret)) != 0)
			status = SL_ERR_INVALID;
	}
	sodium_memzero(raw, sizeof(raw));
	return status;
}

enum sl_status
sl_sign_key_load(
    struct sl_sign_key **out, const char *path, struct sl_error *err)
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
	status = parse_secret(key, sl_secret_slice(&file));
	sl_secret_clear(&file);
	if (status != SL_OK) {
		sl_sign_key_free(key);
		return sl_error_set(
		    err, status, "%s: not a sluice secret key", path);
	}
	*out = key;
	return SL_OK;
}

enum sl_status
sl_sign_key_save(
    const struct sl_sign_key *key, const char *path, struct sl_error *err)
{
	unsigned char raw[KEY_SECRET_BYTES];
	char text[SECRET_FILE_MAX];
	size_t len = strlen(SECRET_COMMENT);
	enum sl_status status;

	memcpy(raw, KEY_ALGORITHM, strlen(KEY_ALGORITHM));
	memcpy(
	    raw + strlen(KEY_ALGORITHM), key->public_half.id, SL_KEY_ID_BYTES);
	memcpy(raw + KEY_PREFIX_BYTES, key->secret, sizeof(key->secret));
	memcpy(text, SECRET_COMMENT, len);
	sl_base64_encode(text + len, raw, sizeof(raw));
	len += SL_BASE64_LEN(sizeof(raw));
	text[len++] = '\n';
	status = sl_key_file_create(path, sl_slice_of(text, len), err);
	sodium_memzero(raw, sizeof(raw));
	sodium_memzero(text, sizeof(text));
	return status;
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
