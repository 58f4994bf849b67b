#include "signed.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "sluice/base/buf.h"
#include "sluice/base/file.h"
#include "sluice/crypto/minisig.h"
#include "sluice/db/db.h"
#include "sluice/store/publisher.h"

enum sl_status
ctl_signer_load(
    struct ctl_signer *signer, struct sl_run *run, struct sl_error *err)
{
	const char *path = sl_run_text(run, "billing-key");

	signer->key = NULL;
	if (path == NULL)
		return sl_run_usage(run, err,
		    "--billing-key FILE (or SLUICE_BILLING_KEY) is missing: "
		    "'sluicectl key generate --billing FILE' makes one");
	return sl_sign_key_load(&signer->key, path, err);
}

void
ctl_signer_clear(struct ctl_signer *signer)
{
	sl_sign_key_free(signer->key);
	signer->key = NULL;
}

enum sl_status
ctl_signer_check(
    const struct ctl_signer *signer, struct sl_db *db, struct sl_error *err)
{
	char text[SL_KEY_TEXT_LEN + 1];
	struct sl_verify_key public;
	json_t *rows;
	json_t *found;
	enum sl_status status;

	sl_sign_key_public(signer->key, &public);
	sl_verify_key_format(text, &public);
	status = sl_store_billing_key_list(&rows, db, err);
	if (status != SL_OK)
		return status;
	found = ctl_find(rows, "public_key", text);
	if (found == NULL)
		status = sl_error_code(err, SL_ERR_NOT_FOUND, "key_not_found",
		    "%s is no billing key that customers know; 'sluicectl key "
		    "generate' registers it",
		    text);
	else if (strcmp(ctl_text(found, "status"), "active") != 0)
		status = sl_error_code(err, SL_ERR_CONFLICT, "key_revoked",
		    "the billing key %s is revoked", text);
	json_decref(rows);
	return status;
}

enum sl_status
ctl_write_signed(const struct ctl_signer *signer, const char *path,
    struct sl_slice text, const char *comment, struct sl_error *err)
{
	char signature_path[PATH_MAX];
	struct sl_buf signature;
	enum sl_status status;

	if ((size_t)snprintf(signature_path, sizeof(signature_path),
	        "%s.minisig", path) >= sizeof(signature_path))
		return sl_error_set(
		    err, SL_ERR_LIMIT, "the file's name is too long");
	sl_buf_init(&signature, SL_MINISIG_MAX);
	status = sl_minisig_write(&signature, signer->key, text, comment);
	if (status != SL_OK)
		sl_error_set(err, status, "the signature cannot be made");
	if (status == SL_OK)
		status = sl_file_replace(
		    signature_path, sl_buf_slice(&signature), 0644, err);
	if (status == SL_OK)
		status = sl_file_replace(path, text, 0644, err);
	sl_buf_clear(&signature);
	return status;
}
