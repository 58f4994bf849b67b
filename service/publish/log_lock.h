/* A lock between programs that share a home: a file that stays. */
#ifndef SL_PUBLISH_LOG_LOCK_H
#define SL_PUBLISH_LOG_LOCK_H

#include "sluice/base/error.h"

/* *fd holds the lock until it is closed; -1 on failure.  Waits a few seconds
 * for another one's end, then SL_ERR_CONFLICT, code log_busy, "another program
 * works on WHAT". */
SL_MUST_CHECK enum sl_status log_lock_take(
    int *fd, const char *path, const char *what, struct sl_error *err);

#endif /* SL_PUBLISH_LOG_LOCK_H */
