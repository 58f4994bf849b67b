/* Receipts: what this side says, signed, about what it holds.  The provider
 * keeps them; they say up to which head of the ledger both agree. */
#ifndef SLUICE_CLIENT_RECEIPT_H
#define SLUICE_CLIENT_RECEIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/catalog/receipt.h"
#include "sluice/client/client.h"
#include "sluice/crypto/key.h"

/* Tell the server the public half of the key; again is no error. */
SL_MUST_CHECK enum sl_status sl_receipt_register(struct sl_client *client,
    const struct sl_sign_key *key, struct sl_error *err);

/* Sign it and hand it in; *number is the server's.  A key that the server does
 * not know is registered first.  `folder` NULL, or where receipt.json and
 * receipt.json.minisig are put once the server has it.
 *
 * SL_ERR_INTEGRITY: the server's ledger is not the one that this side was told
 * of.  With `book` (NULL is allowed) the code is ledger_fork and both heads
 * are in a file there (see book.h), else head_mismatch. */
struct sl_receipt_place {
	const char *folder;
	const char *book;
};
SL_MUST_CHECK enum sl_status sl_receipt_post(struct sl_client *client,
    const struct sl_receipt *receipt, const struct sl_sign_key *key,
    const struct sl_receipt_place *place, uint64_t *number,
    struct sl_error *err);

/* What /v1/licences says of one licence; the caller owns *out.
 * SL_ERR_NOT_FOUND, code licence_not_found. */
SL_MUST_CHECK enum sl_status sl_receipt_licence(struct sl_client *client,
    const struct sl_uuid *licence, json_t **out, struct sl_error *err);

struct sl_receipt_options {
	const char *dir; /* the mirror */
	const struct sl_sign_key *key;
	bool is_forced; /* also if the last one said the same */
};

struct sl_receipt_result {
	bool was_sent;   /* false: the last one said the same */
	uint64_t number; /* of the receipt, by the server */
	uint64_t ledger_number;
	uint64_t retractions;
};

/* About a mirror.  What the server says of the licence is kept in it
 * (licence.json). */
SL_MUST_CHECK enum sl_status sl_receipt_send(struct sl_client *client,
    const struct sl_receipt_options *options, struct sl_receipt_result *result,
    struct sl_error *err);

/* The last one that the server took.  SL_ERR_NOT_FOUND if there is none. */
SL_MUST_CHECK enum sl_status sl_receipt_last(
    struct sl_receipt *out, const char *dir, struct sl_error *err);

#endif /* SLUICE_CLIENT_RECEIPT_H */
