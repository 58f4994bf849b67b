/* receipt add: what a customer without a network signed, as a file. */
#include "sluice/store/receipt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "commands.h"
#include "sluice/base/file.h"
#include "sluice/catalog/receipt.h"
#include "sluice/crypto/key.h"
#include "sluice/crypto/minisig.h"

struct carried {
	struct sl_buf text;
	struct sl_buf minisig;
	char key[SL_KEY_TEXT_LEN + 1];
};

/* FILE with another ending; the caller frees. */
static char *
beside(const char *file, const char *ending)
{
	char *path;

	return asprintf(&path, "%s%s", file, ending) < 0 ? NULL : path;
}

static enum sl_status
read_beside(struct sl_buf *out, const char *file, const char *ending,
    struct sl_error *err)
{
	char *path = beside(file, ending);
	enum sl_status status;

	if (path == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_file_read(out, path, err);
	free(path);
	return status;
}

static enum sl_status
read_key(struct sl_verify_key *out, struct sl_run *run, const char *file,
    struct sl_error *err)
{
	const char *named = sl_run_text(run, "key");
	char *path = named != NULL ? strdup(named) : beside(file, ".pub");
	enum sl_status status;

	if (path == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_verify_key_load(out, path, err);
	free(path);
	return status;
}

/* It is a receipt, and signed by that key. */
static enum sl_status
check(const struct carried *carried, const struct sl_verify_key *key,
    struct sl_error *err)
{
	struct sl_receipt receipt;
	enum sl_status status;

	sl_receipt_init(&receipt);
	status = sl_receipt_parse(&receipt, sl_buf_slice(&carried->text), err);
	if (status == SL_OK)
		status = sl_minisig_verify(sl_buf_slice(&carried->minisig),
		    sl_buf_slice(&carried->text), key, 1, NULL, err);
	sl_receipt_clear(&receipt);
	return status;
}

static enum sl_status
carry(json_t **out, struct sl_run *run, struct sl_db *db, void *ctx,
    struct sl_error *err)
{
	struct carried *carried = ctx;
	const struct sl_receipt_new receipt = {
	    .public_key = carried->key,
	    .text = sl_buf_slice(&carried->text),
	    .minisig = sl_buf_slice(&carried->minisig),
	};

	return sl_store_receipt_carry(
	    out, db, &receipt, sl_run_text(run, "reason"), err);
}

static enum sl_status
add(struct sl_run *run, struct carried *carried, struct sl_error *err)
{
	const char *file = sl_run_arg(run, 0);
	struct sl_verify_key key;
	json_t *answer = NULL;
	enum sl_status status = sl_file_read(&carried->text, file, err);
	bool is_ours;

	if (status == SL_OK)
		status = read_beside(&carried->minisig, file, ".minisig", err);
	if (status == SL_OK)
		status = read_key(&key, run, file, err);
	if (status == SL_OK)
		status = check(carried, &key, err);
	if (status != SL_OK)
		return status;
	sl_verify_key_format(carried->key, &key);
	status = ctl_change(&answer, run, carry, carried, err);
	if (status != SL_OK)
		return status;
	is_ours = json_is_true(json_object_get(answer, "on_chain"));
	status = ctl_tell(run, "receipt",
	    json_string_value(json_object_get(answer, "name")), answer, err);
	if (status == SL_OK && !is_ours)
		return sl_error_code(err, SL_ERR_INTEGRITY, "head_mismatch",
		    "the receipt is kept, but its ledger head is not ours");
	return status;
}

static enum sl_status
run_add(struct sl_run *run, struct sl_error *err)
{
	struct carried carried;
	enum sl_status status;

	sl_buf_init(&carried.text, SL_RECEIPT_BYTES_MAX);
	sl_buf_init(&carried.minisig, SL_MINISIG_MAX);
	status = add(run, &carried, err);
	sl_buf_clear(&carried.text);
	sl_buf_clear(&carried.minisig);
	return status;
}

static const struct sl_option add_options[] = {
    {.name = "key",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "the customer's public key; without it FILE.pub beside the "
                "receipt"},
    CTL_CHANGE_OPTIONS,
    {0},
};

const struct sl_command ctl_receipt_add = {
    .name = "receipt add",
    .summary = "take a receipt that came back as a file",
    .arguments = "FILE",
    .args_min = 1,
    .args_max = 1,
    .options = add_options,
    .details =
        "Three files that `sluice receipt send --out` wrote.  The signature is "
        "checked.  A key that nobody has becomes the customer's, so be sure "
        "whose files they are.  Exit code 7 if the ledger head in it is not "
        "ours; it is kept all the same.",
    .run = run_add,
};
