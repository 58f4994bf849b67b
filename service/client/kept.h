/* Offline: is what a mirror keeps of the log what its batches are, by trust
 * files as new as this machine has seen? */
#ifndef SL_CLIENT_KEPT_H
#define SL_CLIENT_KEPT_H

#include "notary.h"

/* Are the batches up to `seq`, and any more that were proven, what the kept
 * proof and the kept checkpoint say?  Whether the trust file has expired is not
 * asked: it speaks for nothing new then, and takes nothing from what was
 * accepted in time.  SL_ERR_INTEGRITY with a code of the folder's README. */
SL_MUST_CHECK enum sl_status sl_kept_check(const struct sl_notary *notary,
    const struct sl_heads *heads, uint32_t seq, struct sl_error *err);

#endif /* SL_CLIENT_KEPT_H */
