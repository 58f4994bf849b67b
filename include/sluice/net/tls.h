/* Certificate, key and TLS settings of a listener (TLS 1.2 and 1.3, ALPN
 * http/1.1).
 *
 * Shared by servers of one process; loop thread only.  Connections keep what
 * they began with, so a reload does not disturb them. */
#ifndef SLUICE_NET_TLS_H
#define SLUICE_NET_TLS_H

#include "sluice/base/error.h"

#define SL_TLS_TICKET_KEYS_LEN 80

/* Secret keys of session tickets.  The master makes them before it forks, so
 * that a session of one worker resumes at another. */
struct sl_tls_ticket_keys {
	unsigned char bytes[SL_TLS_TICKET_KEYS_LEN];
};

/* From getrandom(2). */
SL_MUST_CHECK enum sl_status sl_tls_ticket_keys_make(
    struct sl_tls_ticket_keys *out);
void sl_tls_ticket_keys_wipe(struct sl_tls_ticket_keys *keys);

struct sl_tls_context;

/* `cert_path` is a PEM chain, leaf first; `key_path` the PEM private key, which
 * must fit.  `keys` (copied) may be NULL: then sessions resume only here. */
SL_MUST_CHECK enum sl_status sl_tls_context_new(struct sl_tls_context **out,
    const char *cert_path, const char *key_path,
    const struct sl_tls_ticket_keys *keys, struct sl_error *err);

/* Read both files again; on failure all stays as it was. */
SL_MUST_CHECK enum sl_status sl_tls_context_reload(
    struct sl_tls_context *context, struct sl_error *err);

/* Servers that use it must be gone; connections need not.  NULL is allowed. */
void sl_tls_context_free(struct sl_tls_context *context);

#endif /* SLUICE_NET_TLS_H */
