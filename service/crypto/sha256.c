#include "sluice/crypto/sha256.h"

#include <pthread.h>

#include <openssl/evp.h>

/* Fetched once: EVP_sha256() looks the algorithm up at each use. */
static EVP_MD *algorithm;

static void
fetch_algorithm(void)
{
	algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
}

enum sl_status
sl_sha256_init(struct sl_sha256 *hash)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	EVP_MD_CTX *ctx;

	hash->state = NULL;
	hash->failure = SL_ERR_NOMEM;
	pthread_once(&once, fetch_algorithm);
	if (algorithm == NULL)
		return SL_ERR_NOMEM;
	ctx = EVP_MD_CTX_new();
	if (ctx == NULL)
		return SL_ERR_NOMEM;
	if (EVP_DigestInit_ex2(ctx, algorithm, NULL) != 1) {
		EVP_MD_CTX_free(ctx);
		return SL_ERR_NOMEM;
	}
	hash->state = ctx;
	hash->failure = SL_OK;
	return SL_OK;
}

void
sl_sha256_update(struct sl_sha256 *hash, const void *data, size_t len)
{
	if (hash->state == NULL || len == 0)
		return;
	if (EVP_DigestUpdate(hash->state, data, len) != 1)
		hash->failure = SL_ERR_STATE;
}

enum sl_status
sl_sha256_final(struct sl_sha256 *hash, unsigned char out[SL_SHA256_BYTES])
{
	enum sl_status status = hash->failure;

	if (hash->state == NULL)
		return SL_ERR_STATE;
	if (status == SL_OK && EVP_DigestFinal_ex(hash->state, out, NULL) != 1)
		status = SL_ERR_STATE;
	sl_sha256_clear(hash);
	return status;
}

void
sl_sha256_clear(struct sl_sha256 *hash)
{
	EVP_MD_CTX_free(hash->state);
	hash->state = NULL;
}

enum sl_status
sl_sha256_of(unsigned char out[SL_SHA256_BYTES], struct sl_slice bytes)
{
	struct sl_sha256 hash;
	enum sl_status status;

	status = sl_sha256_init(&hash);
	if (status != SL_OK)
		return status;
	sl_sha256_update(&hash, bytes.data, bytes.len);
	return sl_sha256_final(&hash, out);
}
