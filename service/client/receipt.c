#include "sluice/client/receipt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proof.h"
#include "sluice/base/clock.h"
#include "sluice/catalog/json.h"
#include "sluice/client/book.h"
#include "submission.h"

#define LICENCE_BYTES_MAX (256 * 1024)

enum sl_status
sl_receipt_register(struct sl_client *client, const struct sl_sign_key *key,
    struct sl_error *err)
{
	char text[SL_KEY_TEXT_LEN + 1];
	struct sl_verify_key half;
	json_t *answer = NULL;
	enum sl_status status;
	char body[128];
	int len;

	sl_sign_key_public(key, &half);
	sl_verify_key_format(text, &half);
	len = snprintf(body, sizeof(body), "{\"key\":\"%s\"}", text);
	status = sl_client_post(
	    client, "/v1/keys", sl_slice_of(body, (size_t)len), &answer, err);
	json_decref(answer);
	return status;
}

enum sl_status
sl_receipt_last(struct sl_receipt *out, const char *dir, struct sl_error *err)
{
	struct sl_mirror mirror;
	enum sl_status status;
	struct sl_buf text;

	status = sl_mirror_open(&mirror, dir, SL_MIRROR_LOOK, err);
	if (status != SL_OK)
		return status;
	sl_buf_init(&text, SL_RECEIPT_BYTES_MAX);
	status = sl_mirror_read(&mirror, SL_RECEIPT_FILE, &text, err);
	if (status == SL_ERR_NOT_FOUND)
		sl_error_code(err, status, "no_receipt",
		    "%s: no receipt has been sent yet", dir);
	if (status == SL_OK)
		status = sl_receipt_parse(out, sl_buf_slice(&text), err);
	sl_buf_clear(&text);
	sl_mirror_close(&mirror);
	return status;
}

static bool
says_the_same(const struct sl_receipt *a, const struct sl_receipt *last)
{
	return a->seq == last->seq && a->ledger.number == last->ledger.number &&
	    memcmp(a->ledger.head, last->ledger.head, sizeof(a->ledger.head)) ==
	    0 &&
	    a->segments_verified == last->segments_verified &&
	    a->segments_bytes == last->segments_bytes;
}

/* Does nothing if the last one said the same and need not be repeated. */
static enum sl_status
make_and_post(struct sl_client *client, struct sl_check *check,
    const struct sl_receipt_options *options, struct sl_receipt *receipt,
    struct sl_receipt_result *result, struct sl_error *err)
{
	struct sl_submission_place place = {.folder = check->mirror.meta_dir};
	char *book = sl_mirror_path(&check->mirror, SL_BOOK_FOLDER);
	json_t *licence = NULL;
	enum sl_status status;

	place.book = book;
	status =
	    sl_submission_licence(client, &receipt->licence, &licence, err);
	if (status == SL_OK)
		status =
		    sl_proof_customer(receipt, licence, &check->mirror, err);
	receipt->at_us = sl_clock_wall_us();
	if (status == SL_OK)
		status = sl_submission_send(client, receipt, options->key,
		    &place, &result->number, err);
	result->was_sent = status == SL_OK;
	result->ledger_number = receipt->ledger.number;
	result->retractions = receipt->retraction_count;
	json_decref(licence);
	free(book);
	return status;
}

static enum sl_status
send_checked(struct sl_client *client, struct sl_check *check,
    const struct sl_receipt_options *options, struct sl_receipt_result *result,
    struct sl_error *err)
{
	struct sl_receipt receipt, last;
	enum sl_status status;
	bool has_last;

	sl_receipt_init(&receipt);
	sl_receipt_init(&last);
	status = sl_proof_fill(&receipt, &check->mirror, &check->heads, err);
	has_last = sl_receipt_last(&last, options->dir, NULL) == SL_OK &&
	    sl_uuid_is(&last.licence, &receipt.licence);
	result->ledger_number = receipt.ledger.number;
	if (status == SL_OK && has_last && !options->is_forced &&
	    says_the_same(&receipt, &last)) {
		sl_receipt_clear(&last);
		sl_receipt_clear(&receipt);
		return SL_OK;
	}
	if (status == SL_OK) {
		status = sl_proof_retractions(
		    &receipt, &check->heads, has_last ? last.seq : 0);
		if (status != SL_OK)
			sl_error_set(err, status, "receipt");
	}
	if (status == SL_OK)
		status = make_and_post(
		    client, check, options, &receipt, result, err);
	sl_receipt_clear(&last);
	sl_receipt_clear(&receipt);
	return status;
}

/* -- as a file -- */

/* Whose it is: as told, or as the server said last. */
static enum sl_status
name_customer(struct sl_receipt *receipt, const struct sl_mirror *mirror,
    const char *customer, struct sl_error *err)
{
	enum sl_status status = SL_ERR_NOT_FOUND;
	json_t *licence = NULL;
	struct sl_buf text;

	if (customer != NULL) {
		if (!sl_slug_is_valid(sl_slice_text(customer)))
			return sl_error_set(err, SL_ERR_INVALID,
			    "'%.64s' is no customer's name", customer);
		snprintf(receipt->customer, sizeof(receipt->customer), "%s",
		    customer);
		return SL_OK;
	}
	sl_buf_init(&text, LICENCE_BYTES_MAX);
	if (sl_mirror_read(mirror, "licence.json", &text, NULL) == SL_OK &&
	    sl_json_parse(&licence, sl_buf_slice(&text), LICENCE_BYTES_MAX,
	        NULL) == SL_OK)
		status = sl_proof_customer(receipt, licence, NULL, err);
	json_decref(licence);
	sl_buf_clear(&text);
	if (status != SL_OK)
		return sl_error_code(err, SL_ERR_NOT_FOUND, "customer_unknown",
		    "%s does not know whose it is: give --customer, the name "
		    "that the provider knows you by",
		    mirror->dir);
	return SL_OK;
}

static enum sl_status
write_checked(const char *file, struct sl_check *check,
    const struct sl_receipt_options *options, const char *customer,
    struct sl_receipt_result *result, struct sl_error *err)
{
	struct sl_receipt receipt;
	enum sl_status status;

	sl_receipt_init(&receipt);
	status = sl_proof_fill(&receipt, &check->mirror, &check->heads, err);
	if (status == SL_OK)
		status = name_customer(&receipt, &check->mirror, customer, err);
	if (status == SL_OK) {
		status = sl_proof_retractions(&receipt, &check->heads, 0);
		if (status != SL_OK)
			sl_error_set(err, status, "receipt");
	}
	receipt.at_us = sl_clock_wall_us();
	if (status == SL_OK)
		status = sl_submission_write(file, &receipt, options->key, err);
	result->ledger_number = receipt.ledger.number;
	result->retractions = receipt.retraction_count;
	sl_receipt_clear(&receipt);
	return status;
}

enum sl_status
sl_receipt_write(const char *file, const struct sl_receipt_options *options,
    const char *customer, struct sl_receipt_result *result,
    struct sl_error *err)
{
	const struct sl_verify_options look = {.dir = options->dir};
	struct sl_verify_result unused = {0};
	struct sl_check check = {.options = &look, .result = &unused};
	enum sl_status status;

	memset(result, 0, sizeof(*result));
	status = sl_check_open(&check, SL_MIRROR_LOOK, err);
	if (status != SL_OK)
		return status;
	status = sl_check_load_whole(&check, err);
	if (status == SL_OK)
		status =
		    write_checked(file, &check, options, customer, result, err);
	sl_check_clear(&check);
	return status;
}

/* -- to the server -- */

enum sl_status
sl_receipt_send(struct sl_client *client,
    const struct sl_receipt_options *options, struct sl_receipt_result *result,
    struct sl_error *err)
{
	const struct sl_verify_options look = {.dir = options->dir};
	struct sl_verify_result unused = {0};
	struct sl_check check = {.options = &look, .result = &unused};
	enum sl_status status;

	memset(result, 0, sizeof(*result));
	status = sl_check_open(&check, SL_MIRROR_WRITE, err);
	if (status != SL_OK)
		return status;
	status = sl_check_load_whole(&check, err);
	if (status == SL_OK)
		status = send_checked(client, &check, options, result, err);
	sl_check_clear(&check);
	return status;
}
