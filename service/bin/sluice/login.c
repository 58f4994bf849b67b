#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "activate.h"
#include "commands.h"
#include "connect.h"
#include "credentials.h"
#include "customer_key.h"
#include "sluice/base/file.h"
#include "sluice/client/receipt.h"
#include "sluice/command/run.h"

#define LINK_MAX 8192

static const struct sl_option options[] = {
    {.name = "profile-file",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "the profile that you were given; else standard input"},
    {.name = "activate",
        .kind = SL_VALUE_TEXT,
        .argument = "LINK",
        .help = "the one-time link that you were given; - reads it from "
                "standard input"},
    {.name = "no-check",
        .kind = SL_VALUE_FLAG,
        .help = "do not ask the server whether it knows the token"},
    {0},
};

static enum sl_status
read_input(struct sl_buf *text, struct sl_error *err)
{
	for (;;) {
		ssize_t got;

		if (sl_buf_reserve(text, 4096) != SL_OK)
			return sl_error_set(
			    err, SL_ERR_LIMIT, "the profile is too long");
		got = read(STDIN_FILENO, text->data + text->len, 4096);
		if (got < 0)
			return sl_error_errno(err, "standard input");
		if (got == 0)
			return SL_OK;
		text->len += (size_t)got;
	}
}

static enum sl_status
read_profile(
    struct sl_run *run, struct sl_profile *profile, struct sl_error *err)
{
	const char *file = sl_run_text(run, "profile-file");
	enum sl_status status;
	struct sl_buf text;

	sl_buf_init(&text, SL_PROFILE_BYTES_MAX + 4096);
	if (file != NULL)
		status = sl_file_read(&text, file, err);
	else if (isatty(STDIN_FILENO) == 1)
		status = sl_run_usage(run, err,
		    "--profile-file FILE is missing: the profile that you "
		    "were given");
	else
		status = read_input(&text, err);
	if (status == SL_OK) {
		status = sl_profile_parse(profile, sl_buf_slice(&text), err);
		if (status != SL_OK)
			sl_error_prefix(err, status, "%s",
			    file == NULL ? "standard input" : file);
		if (status != SL_OK && file == NULL)
			sl_run_hint(run,
			    "give the profile that you received: sluice login "
			    "--profile-file FILE");
		if (status != SL_OK && credentials_is_garbled(err))
			status = err->status = SL_ERR_AUTH;
	}
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
read_link(struct sl_run *run, struct sl_profile *profile, struct sl_error *err)
{
	const char *link = sl_run_text(run, "activate");
	enum sl_status status = SL_OK;
	struct sl_buf text;

	if (sl_run_has(run, "profile-file"))
		return sl_run_usage(run, err,
		    "--activate and --profile-file do not go together");
	sl_buf_init(&text, LINK_MAX);
	if (strcmp(link, "-") == 0) {
		status = read_input(&text, err);
		while (text.len > 0 && text.data[text.len - 1] <= ' ')
			text.len--;
		if (status == SL_OK)
			link = sl_buf_text(&text);
	}
	if (status == SL_OK)
		status = activate(run, link == NULL ? "" : link, profile, err);
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
ask_server(
    struct sl_run *run, const struct sl_profile *profile, struct sl_error *err)
{
	struct sl_client *client;
	json_t *answer = NULL;
	enum sl_status status;

	status = connect_as(run, profile, 0, &client, err);
	if (status == SL_OK && !sl_run_flag(run, "no-check"))
		status = sl_client_get(client, "/v1/licences", &answer, err);
	/* A token may lack the right to see licences and still be good. */
	if (status == SL_ERR_DENIED)
		status = SL_OK;
	json_decref(answer);
	sl_client_free(client);
	return status;
}

/* Receipts need a key that the server knows; without it all else works. */
static enum sl_status
prepare_key(
    struct sl_run *run, const struct sl_profile *profile, struct sl_error *err)
{
	struct sl_client *client = NULL;
	struct sl_sign_key *key;
	struct sl_error local = {0};
	enum sl_status status;
	bool is_new;

	status = customer_key_make(&key, &is_new, err);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "customer.key");
	if (!sl_run_flag(run, "no-check")) {
		status = connect_as(run, profile, 0, &client, &local);
		if (status == SL_OK)
			status = sl_receipt_register(client, key, &local);
		if (status != SL_OK)
			sl_run_warn(run,
			    "the key for receipts is not registered: %s",
			    local.text);
	}
	if (is_new)
		sl_run_say(run, "made the key that receipts are signed with");
	sl_client_free(client);
	sl_sign_key_free(key);
	return SL_OK;
}

static enum sl_status
run_login(struct sl_run *run, struct sl_error *err)
{
	struct sl_profile profile;
	enum sl_status status;

	sl_profile_init(&profile);
	if (sl_run_has(run, "activate"))
		status = read_link(run, &profile, err);
	else
		status = read_profile(run, &profile, err);
	/* What an activation gave is gone if it is not kept. */
	if (status == SL_OK && !sl_run_has(run, "activate"))
		status = ask_server(run, &profile, err);
	if (status == SL_OK)
		status = credentials_save(&profile, err);
	if (status == SL_OK)
		status = prepare_key(run, &profile, err);
	if (status == SL_OK) {
		sl_run_print(run, "Logged in at %s.", profile.endpoint);
		sl_run_json(run,
		    json_pack("{s:s, s:b}", "endpoint", profile.endpoint,
		        "logged_in", 1));
	}
	sl_profile_clear(&profile);
	return status;
}

const struct sl_command cmd_login = {
    .name = "login",
    .summary = "keep a profile: server, token and trusted keys",
    .options = options,
    .details = "The token is checked with the server and kept in "
               "$XDG_CONFIG_HOME/sluice/credentials, readable by you only; "
               "beside it a key is made that receipts are signed with, and "
               "the server is told its public half.  An existing key is kept.",
    .run = run_login,
};

static enum sl_status
run_logout(struct sl_run *run, struct sl_error *err)
{
	enum sl_status status = credentials_remove(err);

	if (status == SL_ERR_NOT_FOUND) {
		sl_run_print(run, "You were not logged in.");
		status = SL_OK;
	} else if (status == SL_OK) {
		sl_run_print(run, "Logged out.");
	}
	if (status == SL_OK)
		sl_run_json(run, json_pack("{s:b}", "logged_in", 0));
	return status;
}

const struct sl_command cmd_logout = {
    .name = "logout",
    .summary = "forget the profile",
    .run = run_logout,
};
