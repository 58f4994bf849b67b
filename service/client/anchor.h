/* The highest version of a trust file that this machine's user has seen, so
 * that a new mirror is not shown an older one, and an old mirror is judged by
 * the newest.
 *
 * In the folder, where ROOT are the digits of the pinned root's fingerprint and
 * ORIGIN is the service that the trust files, under root's signatures, name:
 *
 *   ROOT.ORIGIN/seen    "VERSION SHA256-OF-THE-TEXT\n"
 *   ROOT.ORIGIN/trust/  the trust files, as a mirror keeps them
 *   ROOT@ENDPOINT       "ORIGIN\n": whose trust files a server showed;
 *                       ENDPOINT is a SHA-256
 *   ROOT                as `seen`; what older versions wrote.  It counts for
 *                       every service that has no folder yet.
 *
 * So services may share root keys.  A server under a new address does not get
 * around what was seen of its service, and one under a known address cannot
 * show another service's trust files.  Several programs may use the folder. */
#ifndef SL_CLIENT_ANCHOR_H
#define SL_CLIENT_ANCHOR_H

#include "chain.h"
#include "sluice/base/error.h"

/* Is the chain's newest version at least what was seen, and of the service
 * that `endpoint` (NULL: no server was asked) showed before?  `folder` NULL:
 * fine.  SL_ERR_INTEGRITY with code trust_rollback, or trust_mismatch for
 * another text of the same version or another service. */
SL_MUST_CHECK enum sl_status sl_anchor_check(const char *folder,
    const char *endpoint, const struct sl_trust_chain *chain,
    struct sl_error *err);

/* The same, and the newest version is kept durably, with the trust files that
 * `meta` (a descriptor of .sluice, or -1: none) has of the chain. */
SL_MUST_CHECK enum sl_status sl_anchor_raise(const char *folder,
    const char *endpoint, const struct sl_trust_chain *chain, int meta,
    struct sl_error *err);

/* Go on with versions that another mirror of this machine brought, each checked
 * as any other.  One that is damaged here ends the chain before it. */
SL_MUST_CHECK enum sl_status sl_anchor_extend(
    const char *folder, struct sl_trust_chain *chain, struct sl_error *err);

#endif /* SL_CLIENT_ANCHOR_H */
