/* The tree is there, but state.json is not: which segments does the tree
 * have? */
#ifndef SL_CLIENT_ADOPT_H
#define SL_CLIENT_ADOPT_H

#include "heads.h"
#include "mirror.h"

/* Hash what stands where files of segments belong, first of those of `target`,
 * then of all others that were ever published, so that what is no longer
 * wanted goes later.  The segments whose files are all as signed become the
 * mirror's state, durably, as an incomplete one; *count says how many.  Other
 * files are left alone. */
SL_MUST_CHECK enum sl_status sl_adopt(struct sl_mirror *mirror,
    const struct sl_heads *heads, const struct sl_holdings *target,
    struct sl_state *state, uint64_t *count, struct sl_error *err);

#endif /* SL_CLIENT_ADOPT_H */
