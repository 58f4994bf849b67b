/* The highest version of a trust file that this machine's user has seen, so
 * that a new mirror is not shown an older one.
 *
 * A file per pinned root, named by the digits of its fingerprint:
 * "VERSION SHA256-OF-THE-TEXT\n".  Several programs may use the folder. */
#ifndef SL_CLIENT_ANCHOR_H
#define SL_CLIENT_ANCHOR_H

#include "chain.h"
#include "sluice/base/error.h"

/* Is the chain's newest version at least what was seen?  `folder` NULL: fine.
 * SL_ERR_INTEGRITY with code trust_rollback, or trust_mismatch for another
 * text of the same version. */
SL_MUST_CHECK enum sl_status sl_anchor_check(const char *folder,
    const struct sl_trust_chain *chain, struct sl_error *err);

/* The same, and the newest version is kept durably. */
SL_MUST_CHECK enum sl_status sl_anchor_raise(const char *folder,
    const struct sl_trust_chain *chain, struct sl_error *err);

#endif /* SL_CLIENT_ANCHOR_H */
