/* The listening sockets, made before privilege is dropped. */
#ifndef SLUICED_LISTEN_H
#define SLUICED_LISTEN_H

#include <stddef.h>

#include "sluice/base/error.h"

#define LISTEN_ADDRESSES_MAX 8

/* Sockets for `worker_count` workers: each has one per address, so that the
 * kernel spreads connections and a respawned worker finds the connections
 * that waited for its predecessor. */
struct listen_set {
	size_t address_count;
	size_t worker_count;
	int *fds; /* [worker * address_count + address] */
};

/* `addresses` is a list of HOST:PORT or [HOST]:PORT, with commas.  A port that
 * someone listens on is SL_ERR_EXISTS, although SO_REUSEPORT would share it. */
SL_MUST_CHECK enum sl_status listen_open(struct listen_set *out,
    const char *addresses, size_t worker_count, struct sl_error *err);

/* Sockets that systemd passed on (LISTEN_FDS), shared by all workers;
 * SL_ERR_NOT_FOUND if it passed none. */
SL_MUST_CHECK enum sl_status listen_inherit(
    struct listen_set *out, size_t worker_count, struct sl_error *err);

/* Are they addresses of this kind that can be resolved?  Nothing is bound. */
SL_MUST_CHECK enum sl_status listen_check(
    const char *addresses, struct sl_error *err);

void listen_close(struct listen_set *set);

#endif /* SLUICED_LISTEN_H */
