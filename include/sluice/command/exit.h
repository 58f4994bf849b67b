/* Exit codes, the same for all programs. */
#ifndef SLUICE_COMMAND_EXIT_H
#define SLUICE_COMMAND_EXIT_H

#include "sluice/base/status.h"

enum sl_exit {
	SL_EXIT_OK = 0,
	SL_EXIT_GENERAL = 1,
	SL_EXIT_USAGE = 2,
	SL_EXIT_PARTIAL = 3,
	SL_EXIT_AUTH = 4,
	SL_EXIT_DENIED = 5, /* not licensed, expired, revoked */
	SL_EXIT_QUOTA = 6,
	SL_EXIT_INTEGRITY = 7,
	SL_EXIT_NETWORK = 8, /* network, server or database */
	SL_EXIT_NOT_FOUND = 9,
	SL_EXIT_STORAGE = 10, /* local disk: full, locked, unreadable */
	SL_EXIT_CONFLICT = 11,
	SL_EXIT_INTERRUPTED = 130,
};

/* SL_ERR_INVALID is 1 here: only a fault of the command line itself is 2 (see
 * sl_run_usage). */
int sl_exit_of(enum sl_status status);

#endif /* SLUICE_COMMAND_EXIT_H */
