/* Whom a log signer or a witness believes: root, as it was told once, and the
 * trust files that follow from there.
 *
 * `<home>/trust.pin` has the fingerprint of the first and the newest version
 * that was seen, one line: "SHA256:… VERSION SHA256-OF-ITS-TEXT".  It is on the
 * disk before anything is signed by that version. */
#ifndef SL_PUBLISH_LOG_TRUST_H
#define SL_PUBLISH_LOG_TRUST_H

#include "sluice/catalog/trust.h"

struct sl_db;

/* Everything is borrowed. */
struct log_trust_source {
	struct sl_db *db;
	const char *home;
	const char *root; /* a fingerprint that the caller was told; or NULL */
};

/* The database's newest trust file, if the chain of signatures leads to it from
 * what is pinned.  Codes as sl_log_run() has them.  *out must be initialised.
 */
SL_MUST_CHECK enum sl_status log_trust_load(struct sl_trust *out,
    const struct log_trust_source *source, struct sl_error *err);

/* SL_ERR_DENIED, with `code`, unless the trust file gives the key the role. */
SL_MUST_CHECK enum sl_status log_trust_need(const struct sl_trust *trust,
    enum sl_trust_role role, const struct sl_sign_key *key, const char *code,
    struct sl_error *err);

#endif /* SL_PUBLISH_LOG_TRUST_H */
