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
 * (licence.json).  SL_ERR_INTEGRITY: the server's ledger is not the one that
 * this side was told of; code ledger_fork, both heads in a file (book.h), or
 * head_mismatch. */
SL_MUST_CHECK enum sl_status sl_receipt_send(struct sl_client *client,
    const struct sl_receipt_options *options, struct sl_receipt_result *result,
    struct sl_error *err);

/* Sign one into `file` and file.minisig instead, with the public key in
 * file.pub, for who has no network; works offline.  `customer` NULL: as the
 * mirror's licence.json says; SL_ERR_NOT_FOUND, code customer_unknown, if it
 * has none. */
SL_MUST_CHECK enum sl_status sl_receipt_write(const char *file,
    const struct sl_receipt_options *options, const char *customer,
    struct sl_receipt_result *result, struct sl_error *err);

/* The last one that the server took.  SL_ERR_NOT_FOUND if there is none. */
SL_MUST_CHECK enum sl_status sl_receipt_last(
    struct sl_receipt *out, const char *dir, struct sl_error *err);

#endif /* SLUICE_CLIENT_RECEIPT_H */
