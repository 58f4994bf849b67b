/* Documents that the operator signs with the billing key: FILE, and the
 * signature as FILE.minisig. */
#ifndef SLUICECTL_SIGNED_H
#define SLUICECTL_SIGNED_H

#include "ctl.h"
#include "sluice/base/slice.h"
#include "sluice/crypto/key.h"

#define CTL_BILLING_KEY_OPTION                                          \
	{                                                               \
		.name = "billing-key", .kind = SL_VALUE_TEXT,           \
		.argument = "FILE", .env = "SLUICE_BILLING_KEY",        \
		.help = "the secret key that documents are signed with" \
	}

struct ctl_signer {
	struct sl_sign_key *key; /* owned */
};

/* As --billing-key says; a key that others can read is refused. */
SL_MUST_CHECK enum sl_status ctl_signer_load(
    struct ctl_signer *signer, struct sl_run *run, struct sl_error *err);
void ctl_signer_clear(struct ctl_signer *signer);

/* Customers trust registered keys only. */
SL_MUST_CHECK enum sl_status ctl_signer_check(
    const struct ctl_signer *signer, struct sl_db *db, struct sl_error *err);

/* The signature is written first, so that there is never a document without
 * one. */
SL_MUST_CHECK enum sl_status ctl_write_signed(const struct ctl_signer *signer,
    const char *path, struct sl_slice text, const char *comment,
    struct sl_error *err);

#endif /* SLUICECTL_SIGNED_H */
