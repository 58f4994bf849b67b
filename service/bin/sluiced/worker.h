/* One worker process: its own loop, pool and connections. */
#ifndef SLUICED_WORKER_H
#define SLUICED_WORKER_H

#include <stddef.h>

#include "config.h"
#include "sluice/net/tls.h"

struct sl_counters;

struct worker_start {
	/* Loads the settings again (SIGHUP); `run` is the command line. */
	struct sl_run *run;
	const struct config *config;
	const int *listen_fds;
	size_t listen_count;
	const struct sl_tls_ticket_keys *ticket_keys;
	struct sl_counters *counters;
};

/* Serve until SIGTERM; returns the process's exit code. */
int worker_main(const struct worker_start *start);

#endif /* SLUICED_WORKER_H */
