#include "tls.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* AES-128 first: as strong as is needed, and the cheapest per byte. */
#define CIPHERS_TLS13                                    \
	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:" \
	"TLS_CHACHA20_POLY1305_SHA256"
#define CIPHERS_TLS12 "ECDHE+AESGCM:ECDHE+CHACHA20"

struct sl_tls_context {
	SSL_CTX *current;
	char *cert_path;
	char *key_path;
	struct sl_tls_ticket_keys keys;
};

/* The last error of this thread in words. */
static const char *
last_reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	return text == NULL ? "unknown error" : text;
}

static int
select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned in_len, void *arg)
{
	static const unsigned char ours[] = {
	    8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours), in,
	        in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* Protocol, ciphers, sessions: all that does not come from files. */
static bool
set_policy(SSL_CTX *ctx, struct sl_tls_ticket_keys *keys)
{
	static const unsigned char session_id[] = "sluice";

	SSL_CTX_set_options(ctx,
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
	        SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	/* Tickets only: no session is kept here. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(ctx, select_protocol, NULL);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_ciphersuites(ctx, CIPHERS_TLS13) == 1 &&
	    SSL_CTX_set_cipher_list(ctx, CIPHERS_TLS12) == 1 &&
	    SSL_CTX_set_num_tickets(ctx, 1) == 1 &&
	    SSL_CTX_set_session_id_context(
	        ctx, session_id, sizeof(session_id) - 1) == 1 &&
	    SSL_CTX_set_tlsext_ticket_keys(
	        ctx, keys->bytes, sizeof(keys->bytes)) == 1;
}

static enum sl_status
load_files(
    SSL_CTX *ctx, const struct sl_tls_context *context, struct sl_error *err)
{
	if (access(context->cert_path, R_OK) != 0)
		return sl_error_errno(
		    err, "certificate %s", context->cert_path);
	if (access(context->key_path, R_OK) != 0)
		return sl_error_errno(err, "private key %s", context->key_path);
	if (SSL_CTX_use_certificate_chain_file(ctx, context->cert_path) != 1)
		return sl_error_set(err, SL_ERR_INVALID,
		    "certificate %s is no PEM certificate (%s)",
		    context->cert_path, last_reason());
	if (SSL_CTX_use_PrivateKey_file(
	        ctx, context->key_path, SSL_FILETYPE_PEM) != 1)
		return sl_error_set(err, SL_ERR_INVALID,
		    "private key %s is no PEM key (%s)", context->key_path,
		    last_reason());
	if (SSL_CTX_check_private_key(ctx) != 1)
		return sl_error_set(err, SL_ERR_INVALID,
		    "private key %s does not fit certificate %s",
		    context->key_path, context->cert_path);
	return SL_OK;
}

enum sl_status
sl_tls_ticket_keys_make(struct sl_tls_ticket_keys *out)
{
	if (getrandom(out->bytes, sizeof(out->bytes), 0) !=
	    (ssize_t)sizeof(out->bytes))
		return SL_ERR_IO;
	return SL_OK;
}

void
sl_tls_ticket_keys_wipe(struct sl_tls_ticket_keys *keys)
{
	OPENSSL_cleanse(keys->bytes, sizeof(keys->bytes));
}

enum sl_status
sl_tls_context_new(struct sl_tls_context **out, const char *cert_path,
    const char *key_path, const struct sl_tls_ticket_keys *keys,
    struct sl_error *err)
{
	struct sl_tls_context *context;
	enum sl_status status = SL_OK;

	*out = NULL;
	context = calloc(1, sizeof(*context));
	if (context == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	context->cert_path = strdup(cert_path);
	context->key_path = strdup(key_path);
	if (context->cert_path == NULL || context->key_path == NULL)
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	else if (keys != NULL)
		context->keys = *keys;
	else
		status = sl_tls_ticket_keys_make(&context->keys);
	if (status == SL_OK)
		status = sl_tls_context_reload(context, err);
	if (status != SL_OK) {
		sl_tls_context_free(context);
		return status;
	}
	*out = context;
	return SL_OK;
}

enum sl_status
sl_tls_context_reload(struct sl_tls_context *context, struct sl_error *err)
{
	enum sl_status status;
	SSL_CTX *ctx;

	ERR_clear_error();
	ctx = SSL_CTX_new(TLS_server_method());
	if (ctx == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	if (!set_policy(ctx, &context->keys))
		status = sl_error_set(err, SL_ERR_INVALID,
		    "cannot set up TLS: %s", last_reason());
	else
		status = load_files(ctx, context, err);
	if (status != SL_OK) {
		SSL_CTX_free(ctx);
		return status;
	}
	SSL_CTX_free(context->current);
	context->current = ctx;
	return SL_OK;
}

void
sl_tls_context_free(struct sl_tls_context *context)
{
	if (context == NULL)
		return;
	SSL_CTX_free(context->current);
	sl_tls_ticket_keys_wipe(&context->keys);
	free(context->cert_path);
	free(context->key_path);
	free(context);
}

SSL_CTX *
sl_tls_context_current(struct sl_tls_context *context)
{
	return context->current;
}
