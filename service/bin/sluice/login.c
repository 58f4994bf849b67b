#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "activate.h"
#include "commands.h"
#include "connect.h"
#include "credentials.h"
#include "customer_key.h"
#include "sluice/base/file.h"
#include "sluice/client/first_use.h"
#include "sluice/client/receipt.h"
#include "sluice/command/run.h"
#include "trust_words.h"

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
    {.name = "trust-on-first-use",
        .kind = SL_VALUE_FLAG,
        .help = "pin the root keys that the server has now, for a profile "
                "without any"},
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

/* A profile without root keys: ask the server for them, if told to. */
static enum sl_status
pin_first(struct sl_run *run, struct sl_profile *profile, struct sl_error *err)
{
	bool is_asked = sl_run_flag(run, "trust-on-first-use");
	struct sl_client *client = NULL;
	enum sl_status status;

	if (profile->pin.version > 0)
		return is_asked ? sl_run_usage(run, err,
		                      "--trust-on-first-use: the profile pins "
		                      "root keys already")
		                : SL_OK;
	if (!is_asked) {
		sl_run_warn(run,
		    "the profile pins no root keys, so nothing can be pulled "
		    "with it: ask for another, or log in again with "
		    "--trust-on-first-use");
		return SL_OK;
	}
	status = connect_as(run, profile, 0, &client, err);
	if (status == SL_OK)
		status = sl_first_use(client, &profile->pin, err);
	sl_client_free(client);
	if (status == SL_OK)
		sl_run_warn(run,
		    "these root keys are what the server says now: ask the "
		    "provider another way whether the fingerprint is theirs");
	return status;
}

/* The root that an earlier login pinned was another. */
static void
warn_of_change(struct sl_run *run, const struct sl_profile *profile)
{
	char old[SL_TRUST_FINGERPRINT_LEN + 1];
	char new[SL_TRUST_FINGERPRINT_LEN + 1];
	struct sl_profile kept;

	sl_profile_init(&kept);
	if (credentials_kept(&kept) == SL_OK && kept.pin.version > 0 &&
	    profile->pin.version > 0 &&
	    strcmp(kept.endpoint, profile->endpoint) == 0 &&
	    sl_trust_pin_fingerprint(old, &kept.pin) == SL_OK &&
	    sl_trust_pin_fingerprint(new, &profile->pin) == SL_OK &&
	    strcmp(old, new) != 0)
		sl_run_warn(run,
		    "the root pinned for %s was %s and is now another: ask the "
		    "provider another way whether that is right",
		    profile->endpoint, old);
	sl_profile_clear(&kept);
}

static void
report(struct sl_run *run, const struct sl_profile *profile)
{
	char fingerprint[SL_TRUST_FINGERPRINT_LEN + 1] = "";
	const struct sl_trust_pin *pin = &profile->pin;

	sl_run_print(run, "Logged in at %s.", profile->endpoint);
	if (pin->version > 0) {
		trust_print_pin(run, pin, "Root  ");
		if (sl_trust_pin_fingerprint(fingerprint, pin) != SL_OK)
			fingerprint[0] = '\0';
	}
	sl_run_json(run,
	    json_pack("{s:s, s:b, s:s?, s:o}", "endpoint", profile->endpoint,
	        "logged_in", 1, "fingerprint",
	        pin->version > 0 ? fingerprint : NULL, "root",
	        pin->version > 0 ? sl_trust_pin_json(pin) : json_null()));
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
		status = pin_first(run, &profile, err);
	if (status == SL_OK) {
		warn_of_change(run, &profile);
		status = credentials_save(&profile, err);
	}
	if (status == SL_OK)
		activate_end();
	if (status == SL_OK)
		status = prepare_key(run, &profile, err);
	if (status == SL_OK)
		report(run, &profile);
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
               "the server is told its public half.  An existing key is kept.  "
               "What every later command trusts are the root keys that the "
               "profile pins: their fingerprint is shown, and can be compared "
               "with what the provider says of it elsewhere.",
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
