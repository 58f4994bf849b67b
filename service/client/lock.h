/* The one-writer lock of a mirror: an open-file-description record lock
 * (fcntl, F_OFD_SETLK) on .sluice/lock.  NFS clients pass it to the server;
 * it goes when its process does. */
#ifndef SL_CLIENT_LOCK_H
#define SL_CLIENT_LOCK_H

#include "sluice/base/error.h"

/* SL_ERR_CONFLICT (code "mirror_locked") with who has it. */
SL_MUST_CHECK enum sl_status sl_lock_take(
    int folder, int *out_fd, struct sl_error *err);

void sl_lock_drop(int fd);

#endif /* SL_CLIENT_LOCK_H */
