#include "submission.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/catalog/json.h"
#include "sluice/client/book.h"
#include "sluice/client/receipt.h"
#include "sluice/crypto/minisig.h"

#define BODY_MAX   ((size_t)SL_RECEIPT_BYTES_MAX * 2)
#define PATH_BYTES 256

struct signed_text {
	struct sl_buf text;
	struct sl_buf minisig;
};

static void
signed_clear(struct signed_text *made)
{
	sl_buf_clear(&made->text);
	sl_buf_clear(&made->minisig);
}

static enum sl_status
sign(struct signed_text *made, const struct sl_receipt *receipt,
    const struct sl_sign_key *key, struct sl_error *err)
{
	char licence[SL_UUID_TEXT_LEN + 1];
	char comment[128];
	enum sl_status status;

	sl_buf_init(&made->text, SL_RECEIPT_BYTES_MAX);
	sl_buf_init(&made->minisig, SL_MINISIG_MAX);
	sl_uuid_format(licence, &receipt->licence);
	snprintf(comment, sizeof(comment), "sluice-receipt/v1 %s", licence);
	status = sl_receipt_format(&made->text, receipt);
	if (status == SL_OK)
		status = sl_minisig_write(
		    &made->minisig, key, sl_buf_slice(&made->text), comment);
	return status == SL_OK ? SL_OK : sl_error_set(err, status, "receipt");
}

static enum sl_status
post_once(struct sl_client *client, const struct signed_text *made,
    uint64_t *number, struct sl_error *err)
{
	json_t *answer = NULL;
	enum sl_status status;
	struct sl_buf body;

	sl_buf_init(&body, BODY_MAX);
	status = sl_buf_append_text(&body, "{\"receipt\":");
	if (status == SL_OK)
		status =
		    sl_json_append_string(&body, sl_buf_slice(&made->text));
	if (status == SL_OK)
		status = sl_buf_append_text(&body, ",\"minisig\":");
	if (status == SL_OK)
		status =
		    sl_json_append_string(&body, sl_buf_slice(&made->minisig));
	if (status == SL_OK)
		status = sl_buf_append_text(&body, "}");
	if (status != SL_OK)
		sl_error_set(err, status, "the receipt is too long");
	else
		status = sl_client_post(
		    client, "/v1/receipts", sl_buf_slice(&body), &answer, err);
	if (status == SL_OK)
		status =
		    sl_json_need_u64(number, answer, "number", INT64_MAX, err);
	json_decref(answer);
	sl_buf_clear(&body);
	return status;
}

/* The server's row of that number, for the evidence. */
static enum sl_status
ask_row(struct sl_client *client, const struct sl_receipt *receipt,
    struct sl_book_head *out)
{
	char licence[SL_UUID_TEXT_LEN + 1];
	char path[PATH_BYTES];
	json_t *answer = NULL;
	const json_t *row;
	enum sl_status status;

	sl_uuid_format(licence, &receipt->licence);
	snprintf(path, sizeof(path), "/v1/usage/rows?licence=%s&after=%llu",
	    licence, (unsigned long long)(receipt->ledger.number - 1));
	status = sl_client_get(client, path, &answer, NULL);
	row = json_array_get(json_object_get(answer, "rows"), 0);
	if (status == SL_OK)
		status = sl_json_need_u64(
		    &out->number, row, "number", INT64_MAX, NULL);
	if (status == SL_OK)
		status = sl_json_need_hex(
		    out->head, sizeof(out->head), row, "hash", NULL);
	json_decref(answer);
	return status;
}

static void
prove_fork(struct sl_client *client, const struct sl_receipt *receipt,
    const char *book, struct sl_error *err)
{
	struct sl_book_head row = {.source = "rows"};

	row.at_us = sl_clock_wall_us();
	if (book == NULL || receipt->ledger.number == 0 ||
	    ask_row(client, receipt, &row) != SL_OK ||
	    row.number != receipt->ledger.number)
		return;
	/* Differs from what is kept, so this fills err. */
	(void)!sl_book_keep(book, &receipt->licence, &row, err);
}

static enum sl_status
put(const char *path, const struct signed_text *made, struct sl_error *err)
{
	char *sig = NULL;
	enum sl_status status;

	if (asprintf(&sig, "%s.minisig", path) < 0)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_file_replace(sig, sl_buf_slice(&made->minisig), 0644, err);
	if (status == SL_OK)
		status =
		    sl_file_replace(path, sl_buf_slice(&made->text), 0644, err);
	free(sig);
	return status;
}

static enum sl_status
store(const char *folder, const struct signed_text *made, struct sl_error *err)
{
	char *path = NULL;
	enum sl_status status;

	if (asprintf(&path, "%s/" SL_RECEIPT_FILE, folder) < 0)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_file_make_dirs(folder, err);
	if (status == SL_OK)
		status = put(path, made, err);
	free(path);
	return status;
}

enum sl_status
sl_submission_write(const char *file, const struct sl_receipt *receipt,
    const struct sl_sign_key *key, struct sl_error *err)
{
	struct signed_text made;
	struct sl_verify_key half;
	char *path = NULL;
	enum sl_status status = sign(&made, receipt, key, err);

	if (status == SL_OK && asprintf(&path, "%s.pub", file) < 0) {
		path = NULL;
		status = sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	if (status == SL_OK) {
		sl_sign_key_public(key, &half);
		status = sl_verify_key_save(&half, path, err);
	}
	if (status == SL_OK)
		status = put(file, &made, err);
	free(path);
	signed_clear(&made);
	return status;
}

enum sl_status
sl_submission_send(struct sl_client *client, const struct sl_receipt *receipt,
    const struct sl_sign_key *key, const struct sl_submission_place *place,
    uint64_t *number, struct sl_error *err)
{
	struct sl_error local = {0};
	struct signed_text made;
	enum sl_status status;

	status = sign(&made, receipt, key, &local);
	if (status == SL_OK)
		status = post_once(client, &made, number, &local);
	if (status != SL_OK && strcmp(local.code, "unknown_key") == 0) {
		sl_error_clear(&local);
		status = sl_receipt_register(client, key, &local);
		if (status == SL_OK)
			status = post_once(client, &made, number, &local);
	}
	if (strcmp(local.code, "head_mismatch") == 0)
		prove_fork(client, receipt, place->book, &local);
	if (status == SL_OK && place->folder != NULL)
		status = store(place->folder, &made, &local);
	signed_clear(&made);
	if (status != SL_OK && err != NULL)
		*err = local;
	return status;
}

enum sl_status
sl_submission_licence(struct sl_client *client, const struct sl_uuid *licence,
    json_t **out, struct sl_error *err)
{
	char text[SL_UUID_TEXT_LEN + 1];
	json_t *answer = NULL;
	enum sl_status status;
	json_t *row;
	size_t i;

	*out = NULL;
	sl_uuid_format(text, licence);
	status = sl_client_get(client, "/v1/licences", &answer, err);
	json_array_foreach (json_object_get(answer, "licences"), i, row) {
		const char *id = json_string_value(json_object_get(row, "id"));

		if (id != NULL && strcmp(id, text) == 0)
			*out = json_incref(row);
	}
	json_decref(answer);
	if (status == SL_OK && *out == NULL)
		status = sl_error_code(err, SL_ERR_NOT_FOUND,
		    "licence_not_found", "you have no licence %s", text);
	return status;
}
