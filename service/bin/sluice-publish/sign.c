/* sign: what one machine asks for is signed on another, which has the key and
 * needs neither database nor network. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/catalog/manifest.h"
#include "sluice/command/run.h"
#include "sluice/command/value.h"
#include "sluice/crypto/minisig.h"

#include "ask.h"
#include "commands.h"
#include "place.h"
#include "trust_file.h"

struct request {
	struct sl_run *run;
	const char *path;
	struct sl_buf text;
	bool is_trust;
	char comment[SL_DATASET_NAME_MAX + 64]; /* the trusted comment */
};

/* ---- what is signed ---- */

static void
print_manifest(struct sl_run *run, const struct sl_manifest *manifest)
{
	char published[SL_TIME_TEXT_MAX];
	char size[SL_VALUE_SHOW_MAX];

	sl_time_format(published, manifest->published_us);
	sl_value_show_bytes(size, manifest->content_bytes);
	sl_run_print(run, "Batch %u of %s, published %s", manifest->seq,
	    manifest->dataset, published);
	sl_run_print(run, "  %u episodes added, %u revised, %u retracted, %s",
	    manifest->added, manifest->revised, manifest->retracted, size);
}

static enum sl_status
show_trust(struct request *request, struct sl_error *err)
{
	const char *path = sl_run_text(request->run, "after");
	struct trust_file after;
	struct sl_trust trust;
	enum sl_status status;

	sl_trust_init(&trust);
	trust_file_init(&after);
	status = sl_trust_parse(&trust, sl_buf_slice(&request->text), err);
	if (status == SL_OK && path != NULL)
		status = trust_file_read(&after, path, err);
	if (status == SL_OK)
		trust_file_print(request->run, &trust);
	if (status == SL_OK && path != NULL) {
		sl_run_print(request->run, "Changes:");
		trust_file_print_changes(request->run,
		    sl_buf_slice(&after.text), sl_buf_slice(&request->text));
	}
	(void)snprintf(request->comment, sizeof(request->comment),
	    "sluice-trust/v1 %u", trust.version);
	trust_file_clear(&after);
	sl_trust_clear(&trust);
	return status;
}

/* Nothing is signed that is not understood. */
static enum sl_status
show_request(struct request *request, struct sl_error *err)
{
	static const char head[] = "# sluice-trust/v1\n";
	struct sl_manifest manifest;
	enum sl_status status;

	request->is_trust = request->text.len >= sizeof(head) - 1 &&
	    memcmp(request->text.data, head, sizeof(head) - 1) == 0;
	if (request->is_trust)
		return show_trust(request, err);
	status =
	    sl_manifest_parse(&manifest, sl_buf_slice(&request->text), err);
	if (status != SL_OK)
		return sl_error_set(
		    err, SL_ERR_INVALID, "neither a manifest nor a trust file");
	print_manifest(request->run, &manifest);
	(void)snprintf(request->comment, sizeof(request->comment),
	    "sluice-manifest/v1 %s %u", manifest.dataset, manifest.seq);
	return SL_OK;
}

/* ---- the signature ---- */

static enum sl_status
open_key(struct sl_sign_key **out, struct sl_run *run, struct sl_error *err)
{
	const char *file = sl_run_text(run, "key-file");

	return file != NULL ? place_open_key(out, run, file, err)
	                    : place_load_key(out, run, err);
}

static enum sl_status
write_minisig(char **out, const struct request *request,
    const struct sl_sign_key *key, struct sl_error *err)
{
	const char *to = sl_run_text(request->run, "out");
	struct sl_buf minisig;
	enum sl_status status;

	if (to != NULL ? (*out = strdup(to)) == NULL
	               : asprintf(out, "%s.minisig", request->path) < 0) {
		*out = NULL;
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	sl_buf_init(&minisig, SL_MINISIG_MAX);
	status = sl_minisig_write(
	    &minisig, key, sl_buf_slice(&request->text), request->comment);
	if (status == SL_OK)
		status =
		    sl_file_replace(*out, sl_buf_slice(&minisig), 0644, err);
	sl_buf_clear(&minisig);
	return status;
}

static enum sl_status
sign(struct request *request, struct sl_error *err)
{
	struct sl_run *run = request->run;
	struct sl_sign_key *key = NULL;
	struct sl_verify_key verify;
	char id[SL_KEY_ID_TEXT_LEN + 1];
	char *path = NULL;
	enum sl_status status = open_key(&key, run, err);

	if (status == SL_OK)
		status = request->is_trust
		    ? trust_file_sign(&path, request->path,
		          sl_run_text(run, "out"), sl_buf_slice(&request->text),
		          key, err)
		    : write_minisig(&path, request, key, err);
	if (status == SL_OK) {
		sl_sign_key_public(key, &verify);
		sl_verify_key_format_id(id, &verify);
		sl_run_print(run, "signed by key %s: %s", id, path);
		sl_run_json(run,
		    json_pack("{s:s, s:s}", "signature", path, "key_id", id));
	}
	free(path);
	sl_sign_key_free(key);
	return status;
}

static enum sl_status
run_sign(struct sl_run *run, struct sl_error *err)
{
	struct request request = {.run = run, .path = sl_run_arg(run, 0)};
	enum sl_status status;

	if (!sl_run_flag(run, "yes") && !ask_can(run))
		return sl_run_usage(run, err,
		    "there is no terminal to ask at: --yes signs what the "
		    "request says");
	sl_buf_init(&request.text, SL_TRUST_BYTES_MAX);
	status = sl_file_read(&request.text, request.path, err);
	if (status == SL_OK) {
		status = show_request(&request, err);
		if (status != SL_OK)
			sl_error_prefix(err, status, "%s", request.path);
	}
	if (status == SL_OK && !sl_run_flag(run, "yes"))
		status = ask_yes("Sign this?", err);
	if (status == SL_OK)
		status = sign(&request, err);
	sl_buf_clear(&request.text);
	return status;
}

static const struct sl_option sign_options[] = {
    {.name = "key",
        .letter = 'k',
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "the signing key of the home folder (default: default)"},
    {.name = "key-file",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "the secret key's file instead, such as a root key's"},
    {.name = "after",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "the trust file before this one: shows what changes"},
    {.name = "out",
        .letter = 'o',
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "where the signature goes (default: beside the request)"},
    {.name = "yes",
        .letter = 'y',
        .kind = SL_VALUE_FLAG,
        .help = "sign without asking"},
    {0},
};

const struct sl_command command_sign = {
    .name = "sign",
    .summary = "sign a manifest or a trust file that another machine made",
    .arguments = "REQUEST",
    .args_min = 1,
    .args_max = 1,
    .options = sign_options,
    .details = "Needs no database and no network.  Says what is signed, and "
               "asks.  Of a\nmanifest the signature is REQUEST.minisig, of a "
               "trust file KEYID.minisig\nbeside it.",
    .run = run_sign,
};
