/* Handing in a receipt. */
#ifndef SL_CLIENT_SUBMISSION_H
#define SL_CLIENT_SUBMISSION_H

#include <jansson.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/receipt.h"
#include "sluice/client/client.h"
#include "sluice/crypto/key.h"

#define SL_RECEIPT_FILE "receipt.json"

/* Where to keep what comes of it; each may be NULL. */
struct sl_submission_place {
	const char *folder; /* of receipt.json and receipt.json.minisig */
	const char *book;   /* of heads (sluice/client/book.h) */
};

/* Sign it and hand it in; *number is the server's.  A key that the server does
 * not know is registered first.  The files are put into the folder once the
 * server has the receipt.
 *
 * SL_ERR_INTEGRITY: the server's ledger is not the one that this side was told
 * of.  With a book the code is ledger_fork and both heads are in a file there,
 * else head_mismatch. */
SL_MUST_CHECK enum sl_status sl_submission_send(struct sl_client *client,
    const struct sl_receipt *receipt, const struct sl_sign_key *key,
    const struct sl_submission_place *place, uint64_t *number,
    struct sl_error *err);

/* Sign it into `file`, file.minisig and file.pub. */
SL_MUST_CHECK enum sl_status sl_submission_write(const char *file,
    const struct sl_receipt *receipt, const struct sl_sign_key *key,
    struct sl_error *err);

/* What /v1/licences says of one licence; the caller owns *out.
 * SL_ERR_NOT_FOUND, code licence_not_found. */
SL_MUST_CHECK enum sl_status sl_submission_licence(struct sl_client *client,
    const struct sl_uuid *licence, json_t **out, struct sl_error *err);

#endif /* SL_CLIENT_SUBMISSION_H */
