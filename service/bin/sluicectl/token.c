/* token issue|list|revoke. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "ctl.h"
#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/base/uuid.h"
#include "sluice/catalog/profile.h"
#include "sluice/crypto/token.h"
#include "sluice/db/db.h"
#include "sluice/store/customer.h"
#include "sluice/store/publisher.h"
#include "sluice/store/token.h"

#define CA_BYTES_MAX 131072
#define TAIL_LEN     4

static enum sl_status
load_pepper(struct sl_secret *out, struct sl_run *run, struct sl_error *err)
{
	const char *path = sl_run_text(run, "pepper-file");

	if (path == NULL)
		return sl_run_usage(run, err,
		    "--pepper-file FILE (or SLUICE_PEPPER_FILE) is missing: "
		    "the secret that sluiced hashes tokens with");
	return sl_pepper_load(out, path, err);
}

/* Can the profile be written?  Better asked now than after the token was
 * made. */
static enum sl_status
check_place(const char *profile, struct sl_error *err)
{
	const char *slash = strrchr(profile, '/');
	char folder[PATH_MAX] = ".";

	if (access(profile, F_OK) == 0)
		return sl_error_code(err, SL_ERR_EXISTS, "profile_exists",
		    "%s exists already", profile);
	if (slash != NULL)
		snprintf(folder, sizeof(folder), "%.*s",
		    slash == profile ? 1 : (int)(slash - profile), profile);
	return access(folder, W_OK) == 0 ? SL_OK
	                                 : sl_error_errno(err, "%s", folder);
}

static enum sl_status
check_options(struct sl_run *run, struct sl_error *err)
{
	const char *licence = sl_run_text(run, "licence");
	const char *endpoint = sl_run_text(run, "endpoint");
	const char *profile = sl_run_text(run, "out-profile");
	struct sl_uuid uuid;

	if (licence != NULL &&
	    sl_uuid_parse(&uuid, sl_slice_text(licence)) != SL_OK)
		return sl_run_usage(
		    run, err, "'%.80s' is no licence id", licence);
	if (profile != NULL && endpoint == NULL)
		return sl_run_usage(
		    run, err, "--out-profile needs --endpoint URL");
	if (profile == NULL && (endpoint != NULL || sl_run_has(run, "ca")))
		return sl_run_usage(
		    run, err, "--endpoint and --ca go with --out-profile");
	if (endpoint != NULL && strncmp(endpoint, "https://", 8) != 0)
		return sl_run_usage(run, err,
		    "--endpoint: '%.80s' does not begin with https://",
		    endpoint);
	if (sl_run_time(run, "until", INT64_MAX) <= sl_clock_wall_us())
		return sl_run_usage(run, err, "--until %s is in the past",
		    sl_run_text(run, "until"));
	return profile == NULL ? SL_OK : check_place(profile, err);
}

static enum sl_status
add_roots(struct sl_profile *profile, struct sl_db *db, const char *customer,
    struct sl_error *err)
{
	json_t *keys;
	json_t *key;
	size_t i;
	enum sl_status status;

	status = sl_store_trusted_keys(&keys, db, customer, err);
	if (status != SL_OK)
		return status;
	if (json_array_size(keys) > SL_PROFILE_ROOTS_MAX)
		status = sl_error_set(err, SL_ERR_LIMIT,
		    "more than %d publisher keys", SL_PROFILE_ROOTS_MAX);
	json_array_foreach (keys, i, key) {
		if (status != SL_OK)
			break;
		snprintf(profile->root[profile->root_count++],
		    sizeof(profile->root[0]), "%s", json_string_value(key));
	}
	json_decref(keys);
	return status;
}

/* Everything of the profile but the token and its expiry. */
static enum sl_status
prepare_profile(struct sl_profile *profile, struct sl_run *run,
    struct sl_db *db, struct sl_error *err)
{
	const char *path = sl_run_text(run, "ca");
	struct sl_buf pem;
	enum sl_status status;

	if (sl_run_text(run, "out-profile") == NULL)
		return SL_OK;
	snprintf(profile->endpoint, sizeof(profile->endpoint), "%s",
	    sl_run_text(run, "endpoint"));
	status = add_roots(profile, db, sl_run_text(run, "customer"), err);
	if (status == SL_OK && profile->root_count == 0)
		sl_run_warn(run,
		    "%s has no licence on a dataset whose publisher has a "
		    "key: this profile trusts nobody, and nothing can be "
		    "pulled with it; grant the licence first",
		    sl_run_text(run, "customer"));
	if (status != SL_OK || path == NULL)
		return status;
	sl_buf_init(&pem, CA_BYTES_MAX);
	status = sl_file_read(&pem, path, err);
	if (status == SL_OK && pem.len > 0)
		profile->ca = strndup((const char *)pem.data, pem.len);
	if (status == SL_OK && profile->ca == NULL)
		status = sl_error_set(err, SL_ERR_INVALID, "%s is empty", path);
	sl_buf_clear(&pem);
	return status;
}

static enum sl_status
write_profile(struct sl_profile *profile, struct sl_run *run,
    const json_t *token, struct sl_error *err)
{
	struct sl_buf text;
	enum sl_status status;

	status = sl_time_parse(
	    &profile->expires_us, sl_slice_text(ctl_text(token, "expires")));
	if (status != SL_OK)
		return sl_error_set(err, status, "the expiry cannot be read");
	sl_buf_init(&text, SL_PROFILE_BYTES_MAX);
	status = sl_profile_format(&text, profile);
	if (status == SL_OK)
		status = sl_file_replace(sl_run_text(run, "out-profile"),
		    sl_buf_slice(&text), 0600, err);
	else
		sl_error_set(err, status, "the profile cannot be written");
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	sl_buf_clear(&text);
	return status;
}

/* The token goes to the profile, or this once to standard output. */
static enum sl_status
hand_over(struct sl_run *run, struct sl_profile *profile, json_t *issued,
    struct sl_error *err)
{
	const char *path = sl_run_text(run, "out-profile");
	enum sl_status status;

	if (path != NULL) {
		status = write_profile(profile, run, issued, err);
		if (status != SL_OK) {
			sl_run_hint(run, "token %s was issued; revoke it",
			    ctl_text(issued, "id"));
			return status;
		}
		ctl_told_change(run, path, "(none)", "profile with a token",
		    json_incref(issued));
		return SL_OK;
	}
	sl_run_say(run, "this token is shown once; hand it over safely:");
	sl_run_print(run, "%s", profile->token);
	if (sl_run_is_json(run)) {
		json_object_set_new(
		    issued, "token", json_string(profile->token));
		sl_run_json(run, json_incref(issued));
	}
	return SL_OK;
}

static enum sl_status
issue(struct sl_run *run, struct sl_db *db, const struct sl_secret *pepper,
    struct sl_error *err)
{
	struct sl_token_new token = {
	    .customer = sl_run_text(run, "customer"),
	    .licence = sl_run_text(run, "licence"),
	    .name = sl_run_text(run, "name"),
	    .expires_us = sl_run_time(run, "until", 0),
	    .reason = sl_run_text(run, "reason"),
	};
	struct sl_profile profile;
	json_t *issued = NULL;
	enum sl_status status;

	sl_profile_init(&profile);
	sl_token_make(profile.token);
	sl_token_mac(token.mac, pepper, sl_slice_text(profile.token));
	memcpy(
	    token.tail, profile.token + SL_TOKEN_LEN - TAIL_LEN, TAIL_LEN + 1);
	status = prepare_profile(&profile, run, db, err);
	if (status == SL_OK && sl_run_flag(run, "dry-run")) {
		status =
		    sl_store_customer_show(&issued, db, token.customer, err);
		if (status == SL_OK)
			ctl_told_change(run, token.customer, "(none)", "token",
			    json_pack("{s:s}", "customer", token.customer));
	} else if (status == SL_OK) {
		status = sl_store_token_issue(&issued, db, &token, err);
		if (status == SL_OK)
			status = hand_over(run, &profile, issued, err);
	}
	json_decref(issued);
	sl_profile_clear(&profile);
	return status;
}

static enum sl_status
run_issue(struct sl_run *run, struct sl_error *err)
{
	struct sl_secret pepper = {0};
	struct sl_db *db = NULL;
	enum sl_status status;

	status = ctl_check_reason(run, err);
	if (status == SL_OK)
		status = check_options(run, err);
	if (status == SL_OK)
		status = load_pepper(&pepper, run, err);
	if (status == SL_OK)
		status = ctl_connect(&db, run, err);
	if (status == SL_OK)
		status = issue(run, db, &pepper, err);
	sl_db_close(db);
	sl_secret_clear(&pepper);
	return status;
}

static enum sl_status
run_list(struct sl_run *run, struct sl_error *err)
{
	static const struct sl_column columns[] = {
	    {"id", "Token", SL_COLUMN_TEXT},
	    {"customer", "Customer", SL_COLUMN_TEXT},
	    {"name", "Name", SL_COLUMN_TEXT},
	    {"tail", "Ends in", SL_COLUMN_TEXT},
	    {"status", "Status", SL_COLUMN_TEXT},
	    {"expires", "Expires", SL_COLUMN_TEXT},
	    {"licence", "Licence", SL_COLUMN_TEXT},
	    {0},
	};
	struct sl_db *db;
	json_t *rows;
	enum sl_status status;

	status = ctl_connect(&db, run, err);
	if (status != SL_OK)
		return status;
	status =
	    sl_store_token_list(&rows, db, sl_run_text(run, "customer"), err);
	sl_db_close(db);
	if (status != SL_OK)
		return status;
	return ctl_print_rows(run, columns, rows, "no tokens", err);
}

static enum sl_status
revoke_token(struct sl_run *run, struct sl_db *db, struct sl_error *err)
{
	const char *id = sl_run_arg(run, 0);
	char what[80];
	char from[16];
	json_t *rows;
	json_t *found;
	json_t *revoked = NULL;
	enum sl_status status;

	status = sl_store_token_list(&rows, db, NULL, err);
	if (status != SL_OK)
		return status;
	found = ctl_find(rows, "id", id);
	snprintf(from, sizeof(from), "%s",
	    found == NULL ? "" : ctl_text(found, "status"));
	if (found == NULL)
		status = sl_error_code(err, SL_ERR_NOT_FOUND, "token_not_found",
		    "there is no token %s", id);
	else if (strcmp(from, "revoked") == 0)
		status = sl_error_code(err, SL_ERR_CONFLICT, "token_revoked",
		    "token %s is revoked already", id);
	else if (sl_run_flag(run, "dry-run"))
		revoked = json_incref(found);
	else
		status = sl_store_token_revoke(
		    &revoked, db, id, sl_run_text(run, "reason"), err);
	json_decref(rows);
	if (status != SL_OK)
		return status;
	snprintf(what, sizeof(what), "token %s", id);
	ctl_told_change(run, what, from, "revoked", revoked);
	return SL_OK;
}

static enum sl_status
run_revoke(struct sl_run *run, struct sl_error *err)
{
	struct sl_uuid uuid;
	struct sl_db *db = NULL;
	enum sl_status status;

	status = ctl_check_reason(run, err);
	if (status == SL_OK &&
	    sl_uuid_parse(&uuid, sl_slice_text(sl_run_arg(run, 0))) != SL_OK)
		return sl_run_usage(run, err,
		    "'%.80s' is no token id; 'sluicectl token list' shows them",
		    sl_run_arg(run, 0));
	if (status == SL_OK)
		status = ctl_connect(&db, run, err);
	if (status == SL_OK)
		status = revoke_token(run, db, err);
	sl_db_close(db);
	return status;
}

static const struct sl_option issue_options[] = {
    {.name = "customer",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .is_required = true,
        .help = "whose token it is"},
    {.name = "licence",
        .kind = SL_VALUE_TEXT,
        .argument = "ID",
        .help = "for this licence only; default all of the customer's"},
    {.name = "name",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "to tell tokens apart; at most two live ones of a name"},
    {.name = "until",
        .kind = SL_VALUE_TIME,
        .argument = "TIME",
        .help = "when it ends; default in one year"},
    {.name = "out-profile",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "write the customer's profile; else print the token once"},
    {.name = "endpoint",
        .kind = SL_VALUE_TEXT,
        .argument = "URL",
        .help = "the server, for the profile: https://HOST[:PORT]"},
    {.name = "ca",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "the server's CA, for the profile; default the system's"},
    {.name = "pepper-file",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .env = "SLUICE_PEPPER_FILE",
        .help = "the secret that tokens are hashed with"},
    CTL_CHANGE_OPTIONS,
    {0},
};

static const struct sl_option list_options[] = {
    {.name = "customer",
        .kind = SL_VALUE_TEXT,
        .argument = "NAME",
        .help = "only of this customer"},
    {0},
};

static const struct sl_option change_options[] = {CTL_CHANGE_OPTIONS, {0}};

const struct sl_command ctl_token_issue = {
    .name = "token issue",
    .summary = "make a token, or a profile that holds one",
    .options = issue_options,
    .run = run_issue,
};

const struct sl_command ctl_token_list = {
    .name = "token list",
    .summary = "list tokens, by their last characters",
    .options = list_options,
    .run = run_list,
};

const struct sl_command ctl_token_revoke = {
    .name = "token revoke",
    .summary = "end a token and what it is delivering",
    .arguments = "TOKEN",
    .args_min = 1,
    .args_max = 1,
    .options = change_options,
    .run = run_revoke,
};
