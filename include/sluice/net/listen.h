/* Listening TCP sockets, made before privileges are dropped. */
#ifndef SLUICE_NET_LISTEN_H
#define SLUICE_NET_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"

#define SL_LISTEN_BACKLOG 1024

/* Bind and listen on a numeric address ("0.0.0.0", "::1"; port 0 picks one).
 * Non-blocking, close-on-exec.  With `share`, further sockets may be bound to
 * the same address (SO_REUSEPORT), one per worker.  The caller owns the fd. */
SL_MUST_CHECK enum sl_status sl_listen_open(int *out_fd, const char *address,
    uint16_t port, bool share, struct sl_error *err);

/* The port a socket is bound to, 0 if it is none. */
uint16_t sl_listen_port(int fd);

#endif /* SLUICE_NET_LISTEN_H */
