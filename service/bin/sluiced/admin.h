/* The admin process: /livez, /readyz and /metrics over plain HTTP.
 *
 * It reads the workers' counters from the shared mapping and holds nothing
 * else, so it answers also when a worker hangs. */
#ifndef SLUICED_ADMIN_H
#define SLUICED_ADMIN_H

#include <stddef.h>

struct sl_counters;

struct admin_start {
	const int *listen_fds;
	size_t listen_count;
	const struct sl_counters *counters; /* one per worker */
	size_t worker_count;
};

/* Serve until SIGTERM; returns the process's exit code. */
int admin_main(const struct admin_start *start);

#endif /* SLUICED_ADMIN_H */
