/* What a receipt about a mirror says. */
#ifndef SL_CLIENT_PROOF_H
#define SL_CLIENT_PROOF_H

#include "inspection.h"
#include "sluice/catalog/receipt.h"

/* Licence and newest head of the ledger, dataset, seq, the segments of
 * episodes that the tree has; without customer, retractions and deletions.
 * *out must be initialised. */
SL_MUST_CHECK enum sl_status sl_proof_fill(struct sl_receipt *out,
    const struct sl_mirror *mirror, const struct sl_heads *heads,
    struct sl_error *err);

/* Episodes that batches after `since` retract: nothing of them is in the
 * tree.  Of very many only the newest. */
SL_MUST_CHECK enum sl_status sl_proof_retractions(
    struct sl_receipt *out, const struct sl_heads *heads, uint32_t since);

/* Newest head of the licence that `book` has, none is 0. */
SL_MUST_CHECK enum sl_status sl_proof_head(struct sl_ledger_head *out,
    const char *book, const struct sl_uuid *licence, struct sl_error *err);

/* Keep what the server says of the licence, with the customer's name, and copy
 * that into the receipt. */
SL_MUST_CHECK enum sl_status sl_proof_customer(struct sl_receipt *out,
    const json_t *licence, struct sl_mirror *mirror, struct sl_error *err);

#endif /* SL_CLIENT_PROOF_H */
