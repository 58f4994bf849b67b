#include "activate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connect.h"
#include "credentials.h"
#include "sluice/base/buf.h"
#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "sluice/base/secret.h"
#include "sluice/catalog/json.h"
#include "sluice/command/run.h"
#include "sluice/crypto/random.h"

#define SCHEME      "https://"
#define CODE_MAX    128
#define NONCE_BYTES 16
#define NONCE_FILE  "activation"

/* The last part of the link, whatever stands before it. */
static enum sl_status
split(struct sl_run *run, const char *link, struct sl_profile *profile,
    char code[CODE_MAX + 1], struct sl_error *err)
{
	const char *host = link + strlen(SCHEME);
	const char *last = link;
	size_t len;

	if (strncmp(link, SCHEME, strlen(SCHEME)) != 0)
		return sl_run_usage(run, err,
		    "--activate: expected a link like "
		    "https://HOST/activate#CODE");
	len = strcspn(host, "/?#");
	for (const char *at = host + len; *at != '\0'; at++) {
		if (strchr("/?#=", *at) != NULL)
			last = at + 1;
	}
	if (len == 0 || last == link || *last == '\0' ||
	    strlen(last) > CODE_MAX ||
	    strlen(SCHEME) + len > SL_PROFILE_URL_MAX)
		return sl_run_usage(
		    run, err, "--activate: the link has no code at its end");
	snprintf(profile->endpoint, sizeof(profile->endpoint), "%.*s",
	    (int)(strlen(SCHEME) + len), link);
	snprintf(code, CODE_MAX + 1, "%s", last);
	return SL_OK;
}

/* Certificates that the person trusts stay with the profile. */
static enum sl_status
keep_ca(struct sl_run *run, struct sl_profile *profile, struct sl_error *err)
{
	const char *file = sl_run_text(run, "ca");
	enum sl_status status = SL_OK;
	struct sl_buf text;

	if (file == NULL)
		return SL_OK;
	sl_buf_init(&text, SL_PROFILE_BYTES_MAX / 2);
	status = sl_file_read(&text, file, err);
	if (status == SL_OK) {
		const char *words = sl_buf_text(&text);

		free(profile->ca);
		profile->ca = words == NULL ? NULL : strdup(words);
		if (profile->ca == NULL)
			status = sl_error_set(err, SL_ERR_NOMEM, "memory");
	}
	sl_buf_clear(&text);
	return status;
}

/* That of the last time, if its answer never came; else a new one, kept. */
static enum sl_status
take_nonce(struct sl_secret *out, struct sl_error *err)
{
	char *path = credentials_path(NONCE_FILE);
	unsigned char random[NONCE_BYTES];
	char text[2 * NONCE_BYTES + 1];
	enum sl_status status;

	if (path == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_secret_read_file(out, path, CODE_MAX, NULL);
	if (status == SL_OK && sl_secret_slice(out).len != 2 * NONCE_BYTES) {
		sl_secret_clear(out);
		status = SL_ERR_INVALID;
	}
	if (status != SL_OK) {
		sl_random(random, sizeof(random));
		sl_hex_encode(text, random, sizeof(random));
		status = credentials_make_folder(err);
		if (status == SL_OK)
			status = sl_file_replace(
			    path, sl_slice_text(text), 0600, err);
		if (status == SL_OK)
			status = sl_secret_copy(out, sl_slice_text(text));
	}
	free(path);
	return status;
}

static enum sl_status
write_body(
    struct sl_buf *body, struct sl_slice code, const struct sl_secret *nonce)
{
	enum sl_status status = sl_buf_append_text(body, "{\"code\":");

	if (status == SL_OK)
		status = sl_json_append_string(body, code);
	if (status == SL_OK)
		status = sl_buf_append_text(body, ",\"nonce\":");
	if (status == SL_OK)
		status = sl_json_append_string(body, sl_secret_slice(nonce));
	return status == SL_OK ? sl_buf_append_text(body, "}") : status;
}

static enum sl_status
redeem(struct sl_run *run, const struct sl_profile *server, const char *code,
    json_t **answer, struct sl_error *err)
{
	struct sl_secret nonce = {0};
	struct sl_client *client = NULL;
	enum sl_status status;
	struct sl_buf body;

	sl_buf_init(&body, 1024);
	status = take_nonce(&nonce, err);
	if (status == SL_OK &&
	    write_body(&body, sl_slice_text(code), &nonce) != SL_OK)
		status = sl_error_set(err, SL_ERR_NOMEM, "--activate");
	if (status == SL_OK)
		status = connect_to(run, server, &client, err);
	if (status == SL_OK)
		status = sl_client_post(
		    client, "/v1/activate", sl_buf_slice(&body), answer, err);
	if (body.data != NULL)
		explicit_bzero(body.data, body.len);
	sl_buf_clear(&body);
	sl_secret_clear(&nonce);
	sl_client_free(client);
	return status;
}

static enum sl_status
take_profile(struct sl_profile *out, const json_t *answer, struct sl_error *err)
{
	enum sl_status status;
	struct sl_buf text;

	sl_buf_init(&text, SL_PROFILE_BYTES_MAX);
	status = sl_json_dump(&text, answer);
	if (status == SL_OK)
		status = sl_profile_parse(out, sl_buf_slice(&text), err);
	if (status != SL_OK)
		sl_error_prefix(err, status, "the server's profile");
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	sl_buf_clear(&text);
	return status;
}

enum sl_status
activate(struct sl_run *run, const char *link, struct sl_profile *out,
    struct sl_error *err)
{
	struct sl_profile server;
	char code[CODE_MAX + 1];
	json_t *answer = NULL;
	enum sl_status status;

	sl_profile_init(&server);
	status = split(run, link, &server, code, err);
	if (status == SL_OK)
		status = redeem(run, &server, code, &answer, err);
	if (status == SL_OK)
		status = take_profile(out, answer, err);
	/* The server was reached there, whatever it calls itself. */
	if (status == SL_OK)
		memcpy(out->endpoint, server.endpoint, sizeof(out->endpoint));
	if (status == SL_OK)
		status = keep_ca(run, out, err);
	if (strncmp(err->code, "activation_", 11) == 0)
		sl_run_hint(run,
		    "a link works once and for a limited time: ask the "
		    "provider for another one");
	explicit_bzero(code, sizeof(code));
	json_decref(answer);
	sl_profile_clear(&server);
	return status;
}

void
activate_end(void)
{
	char *path = credentials_path(NONCE_FILE);

	if (path != NULL)
		(void)unlink(path);
	free(path);
}
