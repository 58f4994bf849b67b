/* The text that a licence is bound to: licence terms, licence accept. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "confirm.h"
#include "connect.h"
#include "licence.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"
#include "sluice/command/run.h"
#include "sluice/crypto/sha256.h"

#define TEXT_MAX  (2 * 1024 * 1024)
#define HEX_BYTES (2 * SL_SHA256_BYTES)

/* The text as it came, and its hash. */
struct terms {
	struct sl_client *client;
	json_t *licence;
	char path[128]; /* of the licence */
	struct sl_buf text;
	char sha256[HEX_BYTES + 1];
};

static void
terms_clear(struct terms *terms)
{
	sl_buf_clear(&terms->text);
	json_decref(terms->licence);
	sl_client_free(terms->client);
}

static enum sl_status
terms_read(struct sl_run *run, struct terms *terms, struct sl_error *err)
{
	unsigned char hash[SL_SHA256_BYTES];
	enum sl_status status;
	char path[160];

	memset(terms, 0, sizeof(*terms));
	sl_buf_init(&terms->text, TEXT_MAX);
	status = connect_client(run, &terms->client, err);
	if (status == SL_OK)
		status = licence_find(run, terms->client, sl_run_arg(run, 0),
		    &terms->licence, err);
	if (status != SL_OK)
		return status;
	snprintf(terms->path, sizeof(terms->path), "/v1/licences/%.36s",
	    json_string_value(json_object_get(terms->licence, "id")));
	snprintf(path, sizeof(path), "%s/terms", terms->path);
	status = sl_client_get_bytes(
	    terms->client, path, "text/plain", &terms->text, err);
	if (strcmp(err->code, "terms_text_not_found") == 0)
		sl_error_code(err, status, err->code,
		    "the licence is bound to no text of terms; there is "
		    "nothing to accept");
	if (status == SL_OK) {
		status = sl_sha256_of(hash, sl_buf_slice(&terms->text));
		if (status != SL_OK)
			return sl_error_set(err, status, "SHA-256");
		sl_hex_encode(terms->sha256, hash, sizeof(hash));
	}
	return status;
}

static void
print_text(struct sl_run *run, const struct terms *terms)
{
	const unsigned char *data = terms->text.data;
	size_t len = terms->text.len;
	size_t from = 0;

	while (from < len) {
		const unsigned char *end =
		    memchr(data + from, '\n', len - from);
		size_t to = end == NULL ? len : (size_t)(end - data);

		sl_run_print(
		    run, "%.*s", (int)(to - from), (const char *)data + from);
		from = to + 1;
	}
}

static enum sl_status
run_terms(struct sl_run *run, struct sl_error *err)
{
	struct terms terms;
	enum sl_status status = terms_read(run, &terms, err);

	if (status == SL_OK) {
		const json_t *text = json_object_get(terms.licence, "text");

		sl_run_json(run,
		    json_pack("{s:O, s:s, s:s#, s:O?, s:O?}", "licence",
		        json_object_get(terms.licence, "id"), "sha256",
		        terms.sha256, "text", (const char *)terms.text.data,
		        (int)terms.text.len, "acceptance",
		        json_object_get(text, "acceptance"), "accepted",
		        json_object_get(terms.licence, "accepted")));
		print_text(run, &terms);
		sl_run_say(run, "SHA-256 of these terms: %s", terms.sha256);
	}
	terms_clear(&terms);
	return status;
}

const struct sl_command cmd_licence_terms = {
    .name = "licence terms",
    .summary = "print the text that a licence is bound to",
    .arguments = "LICENCE",
    .args_min = 1,
    .args_max = 1,
    .details = "LICENCE is its ID, or the name of a dataset that you have one "
               "licence on.  The SHA-256 of the text goes to standard error.",
    .run = run_terms,
};

/* -- accept -- */

static const struct sl_option accept_options[] = {
    {.name = "name",
        .kind = SL_VALUE_TEXT,
        .argument = "PERSON",
        .help = "who accepts; asked for at a terminal"},
    {.name = "yes",
        .letter = 'y',
        .kind = SL_VALUE_FLAG,
        .help = "do not ask; needs --name and --sha256"},
    {.name = "sha256",
        .kind = SL_VALUE_TEXT,
        .argument = "HEX",
        .help = "accept only the text with this hash"},
    {0},
};

static enum sl_status
check_options(struct sl_run *run, struct sl_error *err)
{
	bool is_unattended = sl_run_flag(run, "yes");

	if (is_unattended &&
	    (!sl_run_has(run, "sha256") || !sl_run_has(run, "name")))
		return sl_run_usage(run, err,
		    "--yes needs --sha256 HEX, so that only a text that you "
		    "have read is accepted, and --name PERSON");
	if (!is_unattended && !confirm_is_possible(run))
		return sl_run_usage(run, err,
		    "terms are accepted at a terminal, or with --yes --sha256 "
		    "HEX --name PERSON");
	return SL_OK;
}

static enum sl_status
check_hash(struct sl_run *run, const struct terms *terms, struct sl_error *err)
{
	const char *expected = sl_run_text(run, "sha256");

	if (expected == NULL || strcmp(expected, terms->sha256) == 0)
		return SL_OK;
	sl_run_hint(run,
	    "read the text that it is now: sluice licence terms %s",
	    sl_run_arg(run, 0));
	return sl_error_code(err, SL_ERR_CONFLICT, "terms_changed",
	    "the text of the licence has SHA-256 %s, not the one that was "
	    "given; nothing was accepted",
	    terms->sha256);
}

static enum sl_status
post_acceptance(struct sl_run *run, struct terms *terms, const char *name,
    struct sl_error *err)
{
	json_t *body =
	    json_pack("{s:s, s:s}", "sha256", terms->sha256, "name", name);
	json_t *answer = NULL;
	enum sl_status status = SL_ERR_NOMEM;
	struct sl_buf text;
	char path[160];

	sl_buf_init(&text, 8192);
	snprintf(path, sizeof(path), "%s/accept", terms->path);
	if (body != NULL)
		status = sl_json_dump(&text, body);
	if (status != SL_OK)
		sl_error_set(err, status, "accept");
	else
		status = sl_client_post(
		    terms->client, path, sl_buf_slice(&text), &answer, err);
	if (strcmp(err->code, "terms_changed") == 0)
		sl_run_hint(run,
		    "the text was changed while you read it: run the command "
		    "again");
	if (status == SL_OK) {
		sl_run_print(run, "Accepted by %s.", name);
		sl_run_json(run, json_incref(answer));
	}
	json_decref(answer);
	json_decref(body);
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
run_accept(struct sl_run *run, struct sl_error *err)
{
	char typed[CONFIRM_ANSWER_MAX] = "";
	const char *name = sl_run_text(run, "name");
	struct terms terms = {0};
	enum sl_status status = check_options(run, err);

	if (status != SL_OK)
		return status;
	status = terms_read(run, &terms, err);
	if (status == SL_OK)
		status = check_hash(run, &terms, err);
	if (status == SL_OK && !sl_run_flag(run, "yes")) {
		print_text(run, &terms);
		if (name == NULL)
			status = confirm_ask(
			    "Who accepts these terms? Your name: ", typed, err);
		if (status == SL_OK)
			status =
			    confirm_yes("Type 'yes' to accept them: ", err);
	}
	if (status == SL_OK)
		status = post_acceptance(
		    run, &terms, name == NULL ? typed : name, err);
	terms_clear(&terms);
	return status;
}

const struct sl_command cmd_licence_accept = {
    .name = "licence accept",
    .summary = "read the terms of a licence and accept them",
    .arguments = "LICENCE",
    .args_min = 1,
    .args_max = 1,
    .options = accept_options,
    .details = "Shows the text and asks.  Unattended, --yes with --sha256 "
               "accepts a text that was read before (`sluice licence terms`); "
               "if it is another one now, nothing is accepted, exit code 11.",
    .run = run_accept,
};
