#include "receipt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "connect.h"
#include "credentials.h"
#include "customer_key.h"
#include "sluice/base/clock.h"
#include "sluice/base/hex.h"
#include "sluice/client/book.h"
#include "sluice/client/receipt.h"
#include "sluice/command/run.h"

/* -- after a pull -- */

enum sl_status
receipt_merge(struct sl_run *run, const struct sl_pull_options *options,
    const struct sl_pull_result *result, struct sl_error *err)
{
	char *own = credentials_state_path(SL_BOOK_FOLDER);
	struct sl_error local = {0};
	enum sl_status status = SL_OK;
	char *kept = NULL;

	if (!result->has_licence) {
		free(own);
		return SL_OK;
	}
	if (own == NULL ||
	    asprintf(&kept, "%s/.sluice/" SL_BOOK_FOLDER, options->dir) < 0)
		status = sl_error_set(&local, SL_ERR_NOMEM, "out of memory");
	else
		status = sl_book_merge(own, kept, &result->licence, &local);
	if (status == SL_ERR_INTEGRITY)
		*err = local;
	else if (status != SL_OK)
		sl_run_warn(run, "heads of the ledger are kept in %s only: %s",
		    options->dir, local.text);
	free(kept);
	free(own);
	return status == SL_ERR_INTEGRITY ? status : SL_OK;
}

void
receipt_after(struct sl_run *run, struct sl_client *client,
    const struct sl_pull_options *options)
{
	struct sl_receipt_options receipt = {.dir = options->dir};
	struct sl_receipt_result result;
	struct sl_sign_key *key = NULL;
	struct sl_error err = {0};
	enum sl_status status;

	if (sl_run_flag(run, "no-receipt"))
		return;
	status = customer_key_load(&key, &err);
	/* Never logged in here: a profile of somebody's, or a test. */
	if (status == SL_ERR_NOT_FOUND) {
		if (sl_run_is_verbose(run))
			sl_run_say(run,
			    "no receipt: `sluice login` makes a key for it");
		return;
	}
	receipt.key = key;
	if (status == SL_OK)
		status = sl_receipt_send(client, &receipt, &result, &err);
	if (status != SL_OK)
		sl_run_warn(run, "no receipt was sent: %s", err.text);
	else if (result.was_sent && sl_run_is_verbose(run))
		sl_run_say(run, "receipt %" PRIu64 " sent", result.number);
	sl_sign_key_free(key);
}

/* -- receipt send -- */

static const struct sl_option send_options[] = {
    {.name = "out",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "write it, with FILE.minisig and FILE.pub, and ask no server"},
    {.name = "customer",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "with --out: the name that the provider knows you by"},
    {0},
};

/* For who has no network: the file is carried. */
static enum sl_status
write_out(struct sl_run *run, const struct sl_receipt_options *options,
    struct sl_error *err)
{
	const char *file = sl_run_text(run, "out");
	struct sl_receipt_result result;
	enum sl_status status = sl_receipt_write(
	    file, options, sl_run_text(run, "customer"), &result, err);

	if (status != SL_OK)
		return status;
	sl_run_print(run,
	    "%s, %s.minisig, %s.pub: up to row %" PRIu64
	    " of the ledger; hand them to the provider.",
	    file, file, file, result.ledger_number);
	sl_run_json(run,
	    json_pack("{s:s, s:s, s:I, s:I}", "dir", options->dir, "file", file,
	        "ledger_number", (json_int_t)result.ledger_number,
	        "retractions", (json_int_t)result.retractions));
	return SL_OK;
}

static enum sl_status
run_send(struct sl_run *run, struct sl_error *err)
{
	const char *dir = sl_run_arg(run, 0);
	struct sl_receipt_options options = {
	    .dir = dir == NULL ? "." : dir, .is_forced = true};
	struct sl_receipt_result result = {0};
	struct sl_client *client = NULL;
	struct sl_sign_key *key = NULL;
	enum sl_status status;
	bool is_new;

	if (sl_run_has(run, "customer") && !sl_run_has(run, "out"))
		return sl_run_usage(run, err, "--customer goes with --out");
	status = customer_key_make(&key, &is_new, err);
	options.key = key;
	if (status == SL_OK && sl_run_has(run, "out")) {
		status = write_out(run, &options, err);
		sl_sign_key_free(key);
		return status;
	}
	if (status == SL_OK)
		status = connect_client(run, &client, err);
	if (status == SL_OK)
		status = sl_receipt_send(client, &options, &result, err);
	if (status == SL_OK) {
		sl_run_print(run,
		    "Receipt %" PRIu64 ": both agree up to row %" PRIu64
		    " of the ledger.",
		    result.number, result.ledger_number);
		sl_run_json(run,
		    json_pack("{s:s, s:I, s:I, s:I}", "dir", options.dir,
		        "number", (json_int_t)result.number, "ledger_number",
		        (json_int_t)result.ledger_number, "retractions",
		        (json_int_t)result.retractions));
	}
	sl_client_free(client);
	sl_sign_key_free(key);
	return status;
}

const struct sl_command cmd_receipt_send = {
    .name = "receipt send",
    .summary = "sign what a mirror holds and hand it to the provider",
    .arguments = "[DIR]",
    .args_max = 1,
    .options = send_options,
    .details = "Says which head of the ledger was told, what is held and "
               "which retractions were applied; pull does it by itself.  "
               "Exit code 7 if the server's ledger is another one.",
    .run = run_send,
};

/* -- receipt show -- */

static json_t *
receipt_json(const struct sl_receipt *receipt)
{
	struct sl_buf text;
	json_t *object = NULL;

	sl_buf_init(&text, SL_RECEIPT_BYTES_MAX);
	if (sl_receipt_format(&text, receipt) == SL_OK)
		object = json_loadb((const char *)text.data, text.len, 0, NULL);
	sl_buf_clear(&text);
	return object;
}

static void
print_receipt(struct sl_run *run, const struct sl_receipt *receipt)
{
	char head[2 * SL_SHA256_BYTES + 1];
	char licence[SL_UUID_TEXT_LEN + 1];
	char at[SL_TIME_TEXT_MAX];

	sl_hex_encode(head, receipt->ledger.head, SL_SHA256_BYTES);
	sl_uuid_format(licence, &receipt->licence);
	sl_time_format(at, receipt->at_us);
	sl_run_print(run, "Signed       %s by %s", at, receipt->customer);
	sl_run_print(run, "Licence      %s", licence);
	sl_run_print(run, "Dataset      %s, batch %" PRIu32, receipt->dataset,
	    receipt->seq);
	sl_run_print(run, "Ledger       row %" PRIu64 ", %s",
	    receipt->ledger.number, head);
	sl_run_print(run,
	    "Held         %" PRIu64 " segments, %" PRIu64 " bytes",
	    receipt->segments_verified, receipt->segments_bytes);
	sl_run_print(
	    run, "Retractions  %zu applied", receipt->retraction_count);
	sl_run_print(
	    run, "Deletions    %zu certified", receipt->deletion_count);
}

static enum sl_status
run_show(struct sl_run *run, struct sl_error *err)
{
	const char *dir = sl_run_arg(run, 0);
	struct sl_receipt receipt;
	enum sl_status status;

	sl_receipt_init(&receipt);
	status = sl_receipt_last(&receipt, dir == NULL ? "." : dir, err);
	if (status == SL_OK) {
		print_receipt(run, &receipt);
		sl_run_json(run, receipt_json(&receipt));
	}
	sl_receipt_clear(&receipt);
	return status;
}

const struct sl_command cmd_receipt_show = {
    .name = "receipt show",
    .summary = "show the last receipt of a mirror that the provider took",
    .arguments = "[DIR]",
    .args_max = 1,
    .details = "It is .sluice/receipt.json, signed as "
               ".sluice/receipt.json.minisig.",
    .run = run_show,
};
