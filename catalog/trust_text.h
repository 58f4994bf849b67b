/* What the trust file's parts share: limits and order of its lines. */
#ifndef SL_CATALOG_TRUST_TEXT_H
#define SL_CATALOG_TRUST_TEXT_H

#include "sluice/catalog/trust.h"

/* How many keys each role may have. */
extern const size_t sl_trust_role_max[SL_TRUST_ROLE_COUNT];

/* "*", or names of datasets in order, each once, with commas. */
bool sl_trust_scope_is_valid(struct sl_slice scope);
bool sl_trust_scope_has(const char *scope, const char *dataset);

/* By the bytes of their text. */
int sl_trust_key_order(
    const struct sl_verify_key *a, const struct sl_verify_key *b);

/* Values that a trust file may have?  SL_ERR_INVALID with words if not. */
SL_MUST_CHECK enum sl_status sl_trust_check_sound(
    const struct sl_trust *trust, struct sl_error *err);

#endif /* SL_CATALOG_TRUST_TEXT_H */
