/* The text that a licence is bound to by its hash. */
#include <stdio.h>
#include <string.h>

#include "sluice/base/buf.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "sluice/crypto/sha256.h"
#include "sluice/store/acceptance.h"
#include "terms_options.h"

/* A contract may be a scanned document. */
#define CONTRACT_BYTES_MAX (256 * 1024 * 1024)

/* Customers read it before they accept it, so the database keeps it. */
static enum sl_status
keep_text(struct sl_run *run, struct sl_db *db, struct sl_slice text,
    struct sl_error *err)
{
	json_t *kept;
	enum sl_status status;

	status = sl_store_terms_text_add(
	    &kept, db, text, sl_run_text(run, "reason"), err);
	json_decref(kept);
	return status;
}

enum sl_status
ctl_bind_text(struct sl_terms *terms, struct sl_run *run, struct sl_db *db,
    struct sl_error *err)
{
	const char *path = sl_run_text(run, "terms");
	const char *contract = sl_run_text(run, "contract");
	bool is_shown = path != NULL;
	unsigned char digest[SL_SHA256_BYTES];
	struct sl_buf text;
	enum sl_status status;

	if (path != NULL && contract != NULL)
		return sl_run_usage(
		    run, err, "--terms and --contract exclude each other");
	if (path != NULL && strcmp(path, "none") == 0) {
		terms->text_sha256[0] = '\0';
		terms->needs_acceptance = false;
		return SL_OK;
	}
	if (path == NULL)
		path = contract;
	if (path == NULL)
		return SL_OK;
	sl_buf_init(&text, is_shown ? SL_TERMS_TEXT_MAX : CONTRACT_BYTES_MAX);
	status = sl_file_read(&text, path, err);
	if (status == SL_OK && text.len == 0)
		status = sl_error_code(
		    err, SL_ERR_INVALID, "bad_terms_text", "%s is empty", path);
	if (status == SL_OK && is_shown)
		status = keep_text(run, db, sl_buf_slice(&text), err);
	if (status == SL_OK)
		status = sl_sha256_of(digest, sl_buf_slice(&text));
	if (status == SL_OK) {
		sl_hex_encode(terms->text_sha256, digest, sizeof(digest));
		terms->needs_acceptance = is_shown;
	}
	sl_buf_clear(&text);
	return status;
}
