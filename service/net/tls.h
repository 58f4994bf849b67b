/* The TLS context as streams need it; for this folder only. */
#ifndef SL_NET_TLS_H
#define SL_NET_TLS_H

#include <openssl/ssl.h>

#include "sluice/net/tls.h"

/* Borrowed: what new connections use now. */
SSL_CTX *sl_tls_context_current(struct sl_tls_context *context);

#endif /* SL_NET_TLS_H */
